"""A real worker process beside the live server, as ``deploy/serve`` starts one.

It has the test's database (a file, or PostgreSQL), the test's files and a broker in a
folder. Nothing of the test's patches reaches it: what it does, it does as it would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection

from fundus_study.celery import app
from fundus_study.environment import broker_options

BROKER = "filesystem://localhost//"
SECONDS = 20  # until a worker that was asked to stop is killed


def database_url() -> str:
    """Name the test's database as the environment does."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    person = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    address = f"{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}"
    return f"postgres://{person}@{address}/{given['NAME']}"


@contextmanager
def worker(root: Path, var: Path, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker on the test's database, and send it what pages start."""
    settings.MEDIA_ROOT, settings.VAR_DIR = var / "media", var
    app.conf.update(
        broker_url=BROKER, broker_transport_options=broker_options(BROKER, var)
    )
    app.amqp._producer_pool = None  # was made for another broker
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": BROKER,
        "FUNDUS_VAR": str(var),
        "OMP_NUM_THREADS": "1",
    }
    celery = Path(sys.executable).parent / "celery"
    arguments = ["-q", "-A", "fundus_study", "worker", "-Q", "default,gpu", "-c", "1"]
    arguments += ["--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    process = subprocess.Popen(
        [celery, *arguments], cwd=root, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        app.amqp._producer_pool = None
