"""Long work of this app; each task takes a job's id and calls one service."""

from __future__ import annotations

from celery import shared_task

from forgery.services import jobs


@shared_task(name="detector.train_detector")
def train_detector(*, job_id: int) -> None:
    """Train a detector."""
    from detector.services import training

    jobs.run_job(job_id, training.train_work)


@shared_task(name="detector.score_pool")
def score_pool(*, job_id: int) -> None:
    """Score clusters of a pool."""
    from detector.services import pool_scoring

    jobs.run_job(job_id, pool_scoring.score_work)
