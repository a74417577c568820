"""A real broker and a real worker process: what a page starts is finished elsewhere.

Runs with ``DATABASE_URL`` (PostgreSQL) and ``CELERY_BROKER_URL`` (RabbitMQ or Redis).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from forgery.models import Job, Pool

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]
SECONDS = 120
QUEUES = "default,gpu"
SPAWN = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def spawn(root: Path, settings: Any, tmp_path: Path) -> Iterator[SPAWN]:
    """Start worker processes on this test's database, files and broker."""
    broker = os.environ.get("CELERY_BROKER_URL", "")
    if not broker or connection.vendor != "postgresql":
        reason = "needs CELERY_BROKER_URL and a PostgreSQL DATABASE_URL"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    given = connection.settings_dict
    address = f"{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}"
    person = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{person}@{address}/{given['NAME']}",
        "FUNDUS_VAR": str(tmp_path / "var"),
        "OMP_NUM_THREADS": "1",
    }
    started = []

    def start() -> subprocess.Popen[bytes]:
        celery = Path(sys.executable).parent / "celery"
        arguments = ["-A", "fundus_study", "worker", "-Q", QUEUES, "-c", "1"]
        process = subprocess.Popen(
            [celery, *arguments, "--loglevel=WARNING"],
            cwd=root,
            env=environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def import_phantoms(client: Client, name: str, per_lesion: int) -> Job:
    """Start an import through the page; return its job."""
    response = client.post(
        reverse("forgery:import"),
        {
            "layout": "phantom",
            "pool": name,
            "eyes": "right",
            "per_lesion": per_lesion,
            "opt": 1,
            "practice": 0,
            "seed": 1,
        },
    )
    assert response.status_code == 302, response.text
    return Job.objects.latest("pk")


def test_a_worker_finishes_what_a_page_started(spawn, coordinator_client):
    job = import_phantoms(coordinator_client, "from-a-page", 2)
    assert job.state == Job.State.QUEUED

    spawn()

    assert until(lambda: Job.objects.get(pk=job.pk).is_over)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.log
    assert Pool.objects.get(name="from-a-page").images.count() == 8
    page = coordinator_client.get(job.get_absolute_url())
    assert page.status_code == 200


def test_a_job_survives_the_death_of_its_worker(spawn, coordinator_client):
    job = import_phantoms(coordinator_client, "survivor", 12)
    first = spawn()
    assert until(lambda: Job.objects.get(pk=job.pk).done > 0)

    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING
    spawn()

    assert until(lambda: Job.objects.get(pk=job.pk).is_over)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.log
    assert job.attempts == 2
    assert Pool.objects.get(name="survivor").images.count() == 48
