"""A command's work as a job in its own process: resumed, refused, recorded."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from forgery.exceptions import JobBusy, JobCancelled, WrongInput
from forgery.models import Job
from forgery.services import jobs
from tests.forgery.working import KIND, dead_worker, running

pytestmark = pytest.mark.django_db


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
