"""Is each desk page answered within 200 ms, with 200 readers who read 4 sets?

Run by ``benchmarks/desk.py`` on a database of its own. Each page is asked in this
process, as its coordinator would, and beside it a bare page of the same program: one
line of HTML behind the same login. Leaves with status 1 where a limit is missed.
"""

import os
import statistics
import sys
import tempfile
import time

LIMIT = 200.0  # milliseconds
READERS, LESIONS, CASES = 200, 4, 50
ROUNDS = 5


def main() -> int:
    with tempfile.TemporaryDirectory() as var:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="fundus_study.settings",
            FUNDUS_VAR=var,
            LOG_LEVEL="ERROR",
            OMP_NUM_THREADS="1",
        )
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        return measure()


def measure() -> int:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from benchmarks.measure import desk_study

    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "benchmarks.measure.desk_bare"
    study, code = desk_study.make(READERS, LESIONS, CASES)
    client = Client()
    client.force_login(study.owner)
    bare, _ = asked(client, "/bare/")
    print(f"{'page':<34}{'ms':>8}{'x bare':>8}{'queries':>9}")
    print(f"{'bare Django page':<34}{bare:>8.1f}{1:>8.1f}")
    missed = []
    for name, path in desk_study.pages(study, code).items():
        took, queries = asked(client, path)
        print(f"{name:<34}{took:>8.1f}{took / bare:>8.1f}{queries:>9}")
        missed += [name] if took > LIMIT else []
    for name in missed:
        print(f"MISSED: {name} takes more than {LIMIT:g} ms")
    return 1 if missed else 0


def asked(client: "object", path: str) -> tuple[float, int]:
    """Median milliseconds of this process, database and all; and a page's queries.

    Processor time, so that a shared machine does not count; the first answer warms up.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)  # type: ignore[attr-defined]
    if answer.status_code != 200:
        sys.exit(f"{path}: {answer.status_code}")
    count = len(queries)
    for _ in range(ROUNDS):
        began = time.process_time()
        client.get(path)  # type: ignore[attr-defined]
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times), count


if __name__ == "__main__":
    sys.exit(main())
