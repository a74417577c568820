"""Whether somebody is there to do the work; nothing here writes."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app
from django.utils import timezone

from forgery.models import Job, Worker

SEEN_WITHIN = timedelta(seconds=60)


def queue_of(kind: str) -> str:
    """Name the queue that a kind of job waits in."""
    return str(current_app.amqp.router.route({}, kind)["queue"].name)


def queues_served() -> set[str]:
    """Name the queues that a living worker takes jobs from."""
    living = Worker.objects.filter(seen_at__gte=timezone.now() - SEEN_WITHIN)
    return {
        queue for queues in living.values_list("queues", flat=True) for queue in queues
    }


def is_waiting_in_vain(job: Job, served: set[str] | None = None) -> bool:
    """Whether a job is queued where no worker takes jobs from."""
    if job.state != Job.State.QUEUED:
        return False
    return queue_of(job.kind) not in (queues_served() if served is None else served)
