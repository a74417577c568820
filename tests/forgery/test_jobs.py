"""Jobs: claimed once, resumed after a crash, at most three attempts, cancelled."""

import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from forgery.exceptions import JobBusy, JobCancelled, WrongInput
from forgery.models import Job
from forgery.services import jobs, processes

pytestmark = pytest.mark.django_db
KIND = "forgery.test_work"


@pytest.fixture
def sent(monkeypatch):
    """Messages that would have gone to the broker."""
    messages = []
    monkeypatch.setattr(
        current_app,
        "send_task",
        lambda kind, kwargs: messages.append((kind, kwargs)),
    )
    return messages


def dead_worker() -> str:
    """The name of a process of this host that has ended."""
    code = (
        "import sys; from forgery.services.processes import this_worker;"
        "sys.stdout.write(this_worker())"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def running(worker: str, *, age: int = 0, **fields) -> Job:
    beat = timezone.now() - timedelta(seconds=age)
    values = {"attempts": 1, "arguments": {"a": 1}} | fields
    return Job.objects.create(
        kind=KIND, state=Job.State.RUNNING, worker=worker, heartbeat=beat, **values
    )


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


def inline(work, arguments=None) -> Job:
    return jobs.run_inline(
        kind=KIND, arguments=arguments or {"a": 1}, work=work, stream=io.StringIO()
    )


def test_same_command_resumes_what_a_killed_one_left():
    left = running(dead_worker(), age=1)
    (jobs.JobContext(left).workdir / "state").write_text("half")

    job = inline(lambda context: {"was": (context.workdir / "state").read_text()})

    assert job.pk == left.pk
    assert (job.state, job.result) == ("done", {"was": "half"})


def test_same_command_again_after_success_is_a_new_job():
    first = inline(lambda _context: {})

    second = inline(lambda _context: {})

    assert second.pk != first.pk


def test_other_arguments_do_not_resume():
    left = running(dead_worker())

    job = inline(lambda _context: {}, {"a": 2})

    assert job.pk != left.pk


def test_same_work_at_the_same_time_is_refused():
    other = running("elsewhere|1|1|x")

    with pytest.raises(JobBusy, match=f"job {other.pk}"):
        inline(lambda _context: {})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (WrongInput("bad row"), "failed"),
        (ZeroDivisionError("bug"), "failed"),
        (JobCancelled(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
    ],
)
def test_inline_error_is_recorded_and_raised(error, state):
    def work(_context):
        raise error

    with pytest.raises(type(error)):
        inline(work)

    assert Job.objects.get().state == state


def test_inline_job_killed_in_the_middle_is_found_by_a_worker(
    sent, django_capture_on_commit_callbacks
):
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from forgery.services.processes import this_worker\n"
            "sys.stdout.write(this_worker()); sys.stdout.flush(); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    )
    assert child.stdout is not None
    worker = child.stdout.read(1)
    while worker.count("|") < 3 or len(worker.rpartition("|")[2]) < 8:
        worker += child.stdout.read(1)
    job = running(worker)
    jobs.requeue_stale()
    job.refresh_from_db()
    assert job.state == "running"

    child.kill()
    child.wait()
    child.stdout.close()
    with django_capture_on_commit_callbacks(execute=True):
        jobs.requeue_stale()

    job.refresh_from_db()
    assert job.state == "queued"
    assert sent == [(KIND, {"job_id": job.pk})]
