"""The WSGI entry."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus_study.settings")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 (views are imported now, not by the first reader)
