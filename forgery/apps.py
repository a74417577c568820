"""App registration."""

from django.apps import AppConfig


class ForgeryConfig(AppConfig):
    """The forgery app."""

    name = "forgery"
