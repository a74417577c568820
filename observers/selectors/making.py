"""The jobs that make a study's reports."""

from __future__ import annotations

from forgery.models import Job
from observers.models import Study

KIND = "observers.make_report"


def newest_making(study: Study) -> Job | None:
    """Return the newest job that makes, or made, a report of the study."""
    found = Job.objects.filter(kind=KIND, arguments__study=study.name)
    return found.order_by("-pk").first()


def unfinished_making(study: Study) -> Job | None:
    """Return the newest such job unless a report came of it, or after it."""
    job = newest_making(study)
    if job is None or job.state == Job.State.DONE:
        return None
    is_past = job.is_over and study.reports.filter(created_at__gte=job.created_at)
    return None if is_past and is_past.exists() else job
