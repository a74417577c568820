"""The Celery app: queues "default" and "gpu"; jobs whose worker died are sent again."""

from __future__ import annotations

import os
from multiprocessing.process import (  # type: ignore[attr-defined]
    AuthenticationString,
    current_process,
)
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus_study.settings")

app = Celery("fundus_study")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(name="fundus_study.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Each minute: take stale jobs up again, remind late readers, let uploads go."""
    from forgery.services import uploads  # once the apps are ready
    from forgery.services.jobs import requeue_stale
    from observers.services.reminders import remind_all

    requeue_stale()
    remind_all()
    uploads.tidy()


@app.task(name="fundus_study.forget_logins")  # type: ignore[untyped-decorator]
def forget_logins() -> None:
    """Each hour: remove logins that ran out."""
    from forgery.services import logins  # once the apps are ready

    logins.forget_expired()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def allow_children(**_kwargs: Any) -> None:
    """Let a task share its work among processes of its own.

    Celery's children are billiard's: daemons, with a key that the standard library
    cannot hand to a spawned process. Both are only entries of a dictionary.
    """
    config = current_process()._config  # type: ignore[attr-defined]
    config["daemon"] = False
    config["authkey"] = AuthenticationString(config["authkey"])


@worker_ready.connect  # type: ignore[untyped-decorator]
def resume(sender: Any, **_kwargs: Any) -> None:
    """Show the new worker, and take up what a dead one left."""
    from forgery.services.workers import keep_showing  # once the apps are ready

    keep_showing(name=sender.hostname, queues=list(sender.app.amqp.queues.consume_from))
    tick()
