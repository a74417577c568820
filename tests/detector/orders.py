"""Orders to train, and their way through a job."""

from detector.services.training_plan import DetectorOrder
from forgery.models import Job
from forgery.services.jobs import run_job


def silent(*_told):
    """Hear of progress and do nothing."""


def order(of, **changes) -> DetectorOrder:
    values = {"name": "tiny", "recipe": "paper-sparse-cnn", "preset": "quick"}
    return DetectorOrder(**({"pool": of.name} | values | changes))


def job_for(wanted: DetectorOrder) -> Job:
    return Job.objects.create(
        kind="detector.train_detector", arguments=wanted.to_arguments()
    )


def train(wanted: DetectorOrder) -> Job:
    from detector.services.training import train_work

    job = job_for(wanted)
    run_job(job.pk, train_work)
    job.refresh_from_db()
    return job
