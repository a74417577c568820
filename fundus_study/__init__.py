"""The project: wiring only, no domain."""

from fundus_study.celery import app as celery_app

__all__ = ["celery_app"]
