"""Tasks take a job's id, call one service, and may run twice."""

import pytest

from detector import tasks
from detector.models import DetectorModel
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.models import Job
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_detector_is_trained_once_though_its_message_comes_twice(tiny_presets):
    pool = factories.training_pool(n=1)
    wanted = DetectorOrder(pool.name, "tiny", "paper-sparse-cnn", "quick")
    job = Job.objects.create(
        kind=tasks.train_detector.name, arguments=wanted.to_arguments()
    )

    tasks.train_detector(job_id=job.pk)
    tasks.train_detector(job_id=job.pk)
    job.refresh_from_db()

    assert (job.state, job.attempts) == (Job.State.DONE, 1)
    assert job.result["detector"] == DetectorModel.objects.get().pk


def test_a_pool_is_scored_and_a_refusal_is_told_by_name():
    pool = factories.training_pool(n=1)
    detector = factories.DetectorModelFactory(pool=pool, name="scorer")
    wanted = ScoringOrder(pool.name, "scorer")
    kind = tasks.score_pool.name
    job = Job.objects.create(kind=kind, arguments=wanted.to_arguments())
    late = Job.objects.create(kind=kind, arguments=wanted.to_arguments())

    tasks.score_pool(job_id=job.pk)
    detector.clusters.set(factories.clusters_with(pool, "opt"))
    tasks.score_pool(job_id=late.pk)
    job.refresh_from_db()
    late.refresh_from_db()

    assert job.result["originals"] == 2
    assert late.state == Job.State.FAILED
    name = factories.clusters_with(pool, "opt")[0].name
    assert f"cluster {name}, which has the role opt" in late.message
    assert late.log == ""
