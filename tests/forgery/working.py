"""Jobs as a worker left them."""

import subprocess
import sys
from datetime import timedelta

from django.utils import timezone

from forgery.models import Job

KIND = "forgery.test_work"


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
