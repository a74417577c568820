"""App registration."""

from django.apps import AppConfig


class ObserversConfig(AppConfig):
    """The observers app."""

    name = "observers"
