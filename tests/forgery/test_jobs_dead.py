"""Jobs whose worker died: seen, queued again, at most three attempts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from forgery.models import Job
from forgery.services import jobs, processes
from tests.forgery.working import KIND, dead_worker, running

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("worker", "age", "is_requeued"),
    [
        ("elsewhere|1|1|x", 0, False),
        ("elsewhere|1|1|x", 3600, True),
        (processes.this_worker(), 0, False),
    ],
    ids=["elsewhere, fresh", "elsewhere, stale", "here, alive"],  # the same anywhere
)
def test_stale_heartbeat_is_queued_again(
    sent, django_capture_on_commit_callbacks, worker, age, is_requeued
):
    job = running(worker, age=age)

    with django_capture_on_commit_callbacks(execute=True):
        jobs.requeue_stale()

    job.refresh_from_db()
    assert job.state == ("queued" if is_requeued else "running")
    assert sent == ([(KIND, {"job_id": job.pk})] if is_requeued else [])


def test_dead_process_of_this_host_is_seen_at_once(
    sent, django_capture_on_commit_callbacks
):
    job = running(dead_worker())

    with django_capture_on_commit_callbacks(execute=True):
        jobs.requeue_stale()

    assert sent == [(KIND, {"job_id": job.pk})]


def test_reused_process_number_is_not_taken_for_the_worker():
    host, pid, _started, token = processes.this_worker().split("|")

    assert processes.is_known_dead("|".join([host, pid, "1", token]))
    assert not processes.is_known_dead(processes.this_worker())
    assert not processes.is_known_dead("")


def test_third_death_is_final(sent):
    job = running("elsewhere|1|1|x", age=3600, attempts=3)

    jobs.requeue_stale()

    job.refresh_from_db()
    assert job.state == "failed"
    assert "3 times" in job.message
    assert sent == []


def test_cancelled_job_of_a_dead_worker_is_not_taken_up():
    job = running("elsewhere|1|1|x", age=3600, is_cancel_requested=True)

    jobs.requeue_stale()

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_worker_that_lost_its_job_stops_and_writes_nothing(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    def work(context):
        Job.objects.filter(pk=job.pk).update(worker="another|2|2|y", done=7)
        context.progress(1, 4, "late")
        assert context.should_stop()
        return {"late": True}

    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert (job.state, job.done, job.result) == ("running", 7, {})


def test_lost_message_is_sent_again(
    sent, coordinator, django_capture_on_commit_callbacks
):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(created_at=long_ago, heartbeat=long_ago)

    with django_capture_on_commit_callbacks(execute=True):
        jobs.requeue_stale()
        jobs.requeue_stale()

    assert sent[0] == (KIND, {"job_id": job.pk})
