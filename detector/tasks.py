"""Long work of this app; each task takes a job's id and calls one service."""

from __future__ import annotations

from celery import shared_task

from detector.services.training import DetectorOrder, train_detector
from forgery.services.jobs import run_job


@shared_task(name="detector.train_detector")
def train_detector_task(*, job_id: int) -> None:
    """Train a detector."""
    run_job(
        job_id,
        lambda context: train_detector(DetectorOrder(**context.job.arguments), context),
    )
