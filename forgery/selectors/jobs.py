"""Questions about jobs; nothing here writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forgery.models import ImportProblem, Job
from forgery.selectors.job_words import job_title
from forgery.selectors.workers import is_waiting_in_vain, queues_served

SHOWN_LINES = 60
RECENT = timedelta(hours=6)
"""How long a failed job stays in the tray of who started it."""


def jobs_running() -> QuerySet[Job]:
    """Find jobs that are not over."""
    return Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


def open_rows(job: Job) -> int:
    """Count the rows still to be mended of the pool that a job imported into."""
    name = job.result.get("pool") if job.kind == "forgery.import_pool" else None
    return ImportProblem.objects.filter(pool__name=name).count() if name else 0


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
    if job.state == Job.State.QUEUED:
        return _("waiting for a worker")
    return ngettext("{n} step", "{n} steps", job.done).format(n=job.done)


def tray_rows(user: Any, n: int) -> list[dict[str, Any]]:
    """List what runs, what waits next, then the user's own that failed lately."""
    running = list(jobs_running().order_by("-state", "id")[:n])
    since = timezone.now() - RECENT
    failed = Job.objects.filter(state=Job.State.FAILED, owner=user)
    late = list(failed.filter(finished_at__gte=since).order_by("-id")[:n])
    served = queues_served()
    return [tray_row(job, served) for job in [*running, *late][:n]]


def tray_row(job: Job, served: set[str]) -> dict[str, Any]:
    """Say what the tray shows of a job: with the last line of its log."""
    last = job.log.splitlines()[-1:] or [""]
    return job_state(job, served) | {
        "log": last[0],
        "retry": reverse("forgery:retry", args=[job.pk])
        if job.state == Job.State.FAILED
        else "",
    }


def job_state(job: Job, served: set[str] | None = None) -> dict[str, Any]:
    """Say all that a page shows of a job while it runs."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "title": job_title(job),
        "waits_in_vain": is_waiting_in_vain(job, served),
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
