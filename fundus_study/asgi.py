"""The ASGI entry."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus_study.settings")

application = get_asgi_application()

from fundus_study.warm import warm  # noqa: E402 (Django is set up now)

warm()
