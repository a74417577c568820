"""Jobs: sent after commit, claimed once, told, cancelled, retried."""

import pytest
from celery import current_app
from django.core.exceptions import PermissionDenied

from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.services import jobs
from tests.forgery.working import KIND

pytestmark = pytest.mark.django_db


def test_message_is_sent_by_name_only_after_commit(
    sent, coordinator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.start_job(kind=KIND, arguments={"a": 1}, owner=coordinator)

        assert sent == []
    assert sent == [(KIND, {"job_id": job.pk})]


def test_broker_that_is_down_leaves_the_job_queued(
    monkeypatch, coordinator, django_capture_on_commit_callbacks
):
    def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert "no broker" in job.message


def test_second_message_for_the_same_job_does_nothing(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)
    calls = []

    def work(context):
        calls.append(context.job.pk)
        jobs.run_job(job.pk, work)
        return {"answer": 42}

    jobs.run_job(job.pk, work)
    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert calls == [job.pk]
    assert (job.state, job.result, job.attempts) == ("done", {"answer": 42}, 1)


def test_refusal_ends_as_its_own_sentence(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    def work(_context):
        raise WrongInput("Cluster X is taken.")

    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "Cluster X is taken.")
    assert job.finished_at is not None


def test_bug_is_told_and_logged(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    def work(_context):
        raise ZeroDivisionError("oops")

    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert job.state == "failed"
    assert "ZeroDivisionError" in job.message
    assert "Traceback" in job.log


def test_progress_is_stored_and_the_folder_is_stable(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)
    folders = []

    def work(context):
        context.progress(1, 4, "one")
        context.log("hello")
        (context.workdir / "state").write_text("kept")
        folders.append(context.workdir)
        return {}

    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert (job.done, job.total, job.message) == (1, 4, "")
    assert "hello" in job.log
    assert jobs.JobContext(job).workdir == folders[0]


def test_cancel_reaches_the_running_work(coordinator):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    def work(context):
        jobs.cancel(Job.objects.get(pk=job.pk), coordinator)
        context.stop_if_asked()
        return {}

    jobs.run_job(job.pk, work)

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_cancel_ends_a_queued_job_and_retry_queues_it_again(
    sent, coordinator, django_capture_on_commit_callbacks
):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)
    jobs.cancel(job, coordinator)
    assert job.state == "cancelled"

    with django_capture_on_commit_callbacks(execute=True):
        jobs.retry(job, coordinator)

    assert (job.state, job.attempts, job.is_cancel_requested) == ("queued", 0, False)
    assert sent == [(KIND, {"job_id": job.pk})]


def test_strangers_cannot_cancel(coordinator, somebody):
    job = jobs.start_job(kind=KIND, arguments={}, owner=coordinator)

    with pytest.raises(PermissionDenied):
        jobs.cancel(job, somebody)

    job.refresh_from_db()
    assert job.state == "queued"
