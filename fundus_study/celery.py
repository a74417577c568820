"""The Celery app: queues "default" and "gpu"; jobs whose worker died are sent again."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus_study.settings")

app = Celery("fundus_study")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(name="fundus_study.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Each minute: send jobs with a stale heartbeat again."""
    from forgery.services.jobs import requeue_stale  # once the apps are ready

    requeue_stale()


@worker_ready.connect  # type: ignore[untyped-decorator]
def resume(**_kwargs: Any) -> None:
    """Take up, at the start of a worker, what a dead one left."""
    tick()
