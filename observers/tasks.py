"""Long work of this app; each task takes a job's id and calls one service."""

from __future__ import annotations

from celery import shared_task

from forgery.services import jobs


@shared_task(name="observers.score_study")
def score_study(*, job_id: int) -> None:
    """Score a study's cases by a detector."""
    from observers.services import scoring

    jobs.run_job(job_id, scoring.score_work)
