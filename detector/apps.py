"""App registration."""

from django.apps import AppConfig


class DetectorConfig(AppConfig):
    """The detector app."""

    name = "detector"
