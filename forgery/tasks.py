"""Celery's entries: take a job id, call one service; the work is in services.

Services are imported when a task runs, so that registering tasks stays cheap.
"""

from __future__ import annotations

from celery import shared_task

from forgery.services import jobs


@shared_task(name="forgery.import_pool")
def import_pool(*, job_id: int) -> None:
    """Import a pool."""
    from forgery.services import pools

    jobs.run_job(job_id, pools.import_work)


@shared_task(name="forgery.train_manipulator")
def train_manipulator(*, job_id: int) -> None:
    """Train one manipulator."""
    from forgery.services import training

    jobs.run_job(job_id, training.train_work)


@shared_task(name="forgery.manipulate")
def manipulate(*, job_id: int) -> None:
    """Manipulate images with a trained manipulator."""
    from forgery.services import manipulation

    jobs.run_job(job_id, manipulation.manipulate_work)


@shared_task(name="forgery.quality_report")
def quality_report(*, job_id: int) -> None:
    """Measure a manipulator's images."""
    from forgery.services import quality

    jobs.run_job(job_id, quality.quality_work)
