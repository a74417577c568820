"""Questions about jobs; nothing here writes."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from forgery.models import Job
from forgery.selectors.job_words import job_title
from forgery.selectors.workers import is_waiting_in_vain

SHOWN_LINES = 60


def jobs_running() -> QuerySet[Job]:
    """Find jobs that are not over."""
    return Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


def latest_jobs(state: str = "") -> QuerySet[Job]:
    """List jobs, the newest first."""
    found = Job.objects.select_related("owner")
    return found.filter(state=state) if state in Job.State.values else found


def seconds_left(job: Job) -> int | None:
    """Guess how long a running job still takes, from its pace since it began."""
    if job.state != Job.State.RUNNING or not job.started_at:
        return None
    if not 0 < job.done < job.total:
        return None
    spent = (timezone.now() - job.started_at).total_seconds()
    return round(spent / job.done * (job.total - job.done))


def share_done(job: Job) -> float:
    """Return how much of a job is done, from 0 to 1; unknown is nothing."""
    if job.state == Job.State.DONE:
        return 1.0
    return min(1.0, job.done / job.total) if job.total else 0.0


def count_done(job: Job) -> str:
    """Write the steps done, of all where that is known."""
    if job.total:
        return f"{job.done} / {job.total}"
    return ngettext("{n} step", "{n} steps", job.done).format(n=job.done)


def job_state(job: Job) -> dict[str, Any]:
    """Say all that a page shows of a job while it runs."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "title": job_title(job),
        "waits_in_vain": is_waiting_in_vain(job),
        "state": job.state,
        "state_text": str(job.get_state_display()),
        "is_over": job.is_over,
        "is_cancel_requested": job.is_cancel_requested,
        "done": job.done,
        "total": job.total,
        "share": share_done(job),
        "count": count_done(job),
        "message": job.message,
        "seconds_left": seconds_left(job),
        "attempts": job.attempts,
        "log": "\n".join(job.log.splitlines()[-SHOWN_LINES:]),
        "url": job.get_absolute_url(),
    }
