"""The WSGI entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus_study.settings")

application = get_wsgi_application()

from fundus_study.warm import warm  # noqa: E402 (Django is set up now)

warm()
