"""Is each desk page answered within 200 ms, with 200 readers who read 4 sets?

Run by ``benchmarks/desk.py`` on a database of its own. The study is made by another
process. This one starts as a server does, then gives each page to a process of its own
(a fork), which asks for it as its coordinator would: the first answer is *cold*, what
the first visitor after a start waits for, and the median of the next ones is *warm*.
Beside it stands a bare page of the same program: one line of HTML behind the same
login. Leaves with status 1 where a limit is missed, cold or warm.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from typing import Any

LIMIT = 200.0  # milliseconds
READERS, LESIONS, CASES = 200, 4, 50
ROUNDS = 5
WHILE_OPEN = ("study", "readers", "reader")
"""Pages that show more while a study is read than after its lock."""


def main() -> int:
    if "--make" in sys.argv:
        return make()
    with tempfile.TemporaryDirectory() as var:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="fundus_study.settings",
            FUNDUS_VAR=var,
            LOG_LEVEL="ERROR",
            OMP_NUM_THREADS="1",
        )
        os.environ.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, "-m", __spec__.name, "--make"], check=True)
        return measure()


def make() -> int:
    """Make the study, in the database that the environment names."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.measure import desk_study

    call_command("migrate", verbosity=0)
    desk_study.make(READERS, LESIONS, CASES)
    return 0


def measure() -> int:
    """Ask each page in a process that has just started; print, and compare."""
    from django.conf import settings

    import fundus_study.wsgi  # noqa: F401 - loads what a server loads
    from benchmarks.measure import desk_study
    from observers.models import Study

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "benchmarks.measure.desk_bare"
    study = Study.objects.get()
    code = study.reports.get().view["cases"][0]["case"]
    rows = {"bare Django page": asked(study, "/bare/")}
    pages = desk_study.pages(study, code)
    for name, path in pages.items():
        rows[name] = asked(study, path)
    Study.objects.update(state=Study.State.OPEN, opened_at=study.frozen_at)
    for name in WHILE_OPEN:
        rows[f"{name}, while open"] = asked(study, pages[name])
    return show(rows)


def show(rows: dict[str, tuple[float, float, int]]) -> int:
    """Print every page beside the bare one, and name what takes too long."""
    bare = rows["bare Django page"][1]
    print(f"{'page':<28}{'cold ms':>9}{'ms':>8}{'x bare':>8}{'queries':>9}")
    for name, (cold, warm, queries) in rows.items():
        print(f"{name:<28}{cold:>9.1f}{warm:>8.1f}{warm / bare:>8.1f}{queries:>9}")
    missed = [name for name, (*times, _) in rows.items() if max(times) > LIMIT]
    for name in missed:
        print(f"MISSED: {name} takes more than {LIMIT:g} ms")
    return 1 if missed else 0


def asked(study: Any, path: str) -> tuple[float, float, int]:
    """Ask in a fork of this process: first and median milliseconds, and queries."""
    from django.db import connections
    from django.test import Client

    client = Client()
    client.force_login(study.owner)
    cookies = client.cookies.output(header="", sep=";")
    connections.close_all()  # a fork does not share them
    with get_context("fork").Pool(1) as pool:
        return pool.apply(timed, (cookies, path))


def timed(cookies: str, path: str) -> tuple[float, float, int]:
    """Take this process's time, database and all, so that others do not count."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.cookies.load(cookies)
    client.handler.load_middleware()  # as a server has, before it is asked
    connection.ensure_connection()
    times = []
    for _ in range(1 + ROUNDS):
        began = time.process_time()
        answer = client.get(path)
        times.append(1000 * (time.process_time() - began))
        if answer.status_code != 200:
            sys.exit(f"{path}: {answer.status_code}")
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return times[0], statistics.median(times[1:]), len(queries)


if __name__ == "__main__":
    sys.exit(main())
