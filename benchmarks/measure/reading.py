"""Is the reading room as fast as Django can be? Prints one line a question.

Run by ``benchmarks/reading.py``. Everything happens in one run, alternately, on a
private PostgreSQL with fsync on, so the ratios hold on a shared machine where the
figures in milliseconds do not. Leaves with status 1 where a limit is missed.
"""

import contextlib
import os
import re
import secrets
import sys
import tempfile
import time
from typing import Any

from benchmarks.measure.reading_servers import Cluster, Server, cluster

LEVELS = (1, 8, 32, 200)
ROUNDS, SECONDS = 4, 1.0
"""Bare and ours take turns, in seconds: a burst of other work meets both."""
READERS = 260
PAINTS = 20
LIMITS = {
    "painted ratio": 1.6,
    "cpu": 10.0,  # milliseconds
    "statements": 12,
    "weight": 150_000,  # bytes
    "throughput": 0.5,
}
CONTROL = re.compile(r"BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET |SHOW ")


def main() -> int:
    missed: list[str] = []
    with cluster() as postgres, tempfile.TemporaryDirectory() as var:
        os.environ.update(
            DATABASE_URL=postgres.url,
            FUNDUS_VAR=var,
            SECRET_KEY=secrets.token_hex(32),
            CACHE_URL=f"filecache://{var}/cache",
            LOG_LEVEL="WARNING",
            FUNDUS_MODE="production",
            SECURE_SSL_REDIRECT="false",
            ALLOWED_HOSTS="127.0.0.1",
            CHAIN_KEY=secrets.token_hex(32),
            CELERY_BROKER_URL="redis://127.0.0.1:1/0",  # no job is sent
            DJANGO_SETTINGS_MODULE="fundus_study.settings",
            DJANGO_ALLOW_ASYNC_UNSAFE="true",
            OMP_NUM_THREADS="1",
        )
        seats, image = prepare()
        ours = Server("fundus_study.wsgi", {})
        bare = Server("benchmarks.measure.reading_bare", {"BENCH_IMAGE": image})
        try:
            measure(postgres, ours, bare, seats, missed)
        finally:
            ours.stop()
            bare.stop()
    for name in missed:
        print(f"MISSED: {name}")
    return 1 if missed else 0


def prepare() -> tuple[list[Any], str]:
    """Make the database and the study."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks.measure import reading_study
    from observers.models import Case

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    start = time.monotonic()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    seats = reading_study.make(READERS)
    print(
        f"{len(seats)} readers of {reading_study.CASES} cases made in "
        f"{time.monotonic() - start:.0f} s"
    )
    return seats, Case.objects.all()[0].file.path


def judge(missed: list[str], name: str, *, ok: bool) -> str:
    if not ok:
        missed.append(name)
    return "ok" if ok else "MISSED"


def measure(
    postgres: Cluster, ours: Server, bare: Server, seats: list[Any], missed: list[str]
) -> None:
    from benchmarks.measure.reading_study import wrong_counts

    waiting = list(seats)
    paint(ours, bare, waiting.pop(0), missed)
    statements(postgres, ours, waiting.pop(0), missed)
    for level in LEVELS:
        throughput(ours, bare, waiting, level, missed)
    wrong = wrong_counts(seats)
    verdict = judge(missed, "ratings lost or doubled", ok=wrong == 0)
    total = sum(seat.done for seat in seats)
    print(f"ratings lost or doubled: {wrong} of {total} ({verdict})")


def paint(ours: Server, bare: Server, seat: Any, missed: list[str]) -> None:
    from benchmarks.measure.reading_painted import painted, summary

    found = painted(ours, bare, seat, PAINTS)
    (mine, mine95), (limit, limit95) = summary(found.ours), summary(found.bare)
    ratio = mine / limit
    verdict = judge(missed, "painted ratio", ok=ratio <= LIMITS["painted ratio"])
    print(
        f"submit -> painted: median {mine:.0f} ms, p95 {mine95:.0f} ms; bare fetch + "
        f"prefetch {limit:.0f} ms, p95 {limit95:.0f} ms; ratio {ratio:.2f} ({verdict})"
    )
    verdict = judge(missed, "page weight", ok=found.weight <= LIMITS["weight"])
    print(f"page without image: {found.weight / 1000:.0f} kB ({verdict})")


def statements(postgres: Cluster, ours: Server, seat: Any, missed: list[str]) -> None:
    """Let the server write every statement down, and count those of ten cycles."""
    from django.db import connection

    from benchmarks.measure.reading_load import Connection
    from benchmarks.measure.reading_load import ours as cycle

    link, cycles = Connection(ours.address), 10
    cycle(link, seat)  # connections are made
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET log_statement = 'all'")
        cursor.execute("SELECT pg_reload_conf()")
        time.sleep(1)
    before = postgres.log.stat().st_size
    for _ in range(cycles):
        cycle(link, seat)
    time.sleep(0.5)
    text = postgres.log.read_bytes()[before:].decode()
    link.close()
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET log_statement = 'none'")
        cursor.execute("SELECT pg_reload_conf()")
    found = re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", text)
    count = sum(not CONTROL.match(sql) for sql in found) / cycles
    verdict = judge(missed, "statements", ok=count <= LIMITS["statements"])
    print(f"SQL statements a cycle (submit + next + image): {count:.1f} ({verdict})")


def throughput(
    ours: Server, bare: Server, waiting: list[Any], level: int, missed: list[str]
) -> None:
    from benchmarks.measure import reading_load as loads

    seats = [seat for seat in waiting if seat.left > 1]
    spare = max(level, min(len(seats), 16 + level))
    used = seats[:spare]
    chairs = [used[i::level] for i in range(level)]
    limit, mine = loads.Load(), loads.Load()
    for _ in range(ROUNDS):
        limit += loads.load(bare, loads.bare, chairs, SECONDS)
        mine += loads.load(ours, loads.ours, chairs, SECONDS)
    if level <= 32:
        for seat in used:
            waiting.remove(seat)
    ratio = mine.rate / limit.rate
    wanted = LIMITS["throughput"] if level in (8, 32) else 0.0
    verdict = judge(missed, f"throughput at {level}", ok=ratio >= wanted)
    print(
        f"{level:3d} readers at once: {mine.rate:.0f} cycles/s, p95 {mine.p95:.0f} ms; "
        f"bare {limit.rate:.0f} cycles/s, p95 {limit.p95:.0f} ms; ratio {ratio:.2f} "
        f"({verdict}); refused {mine.refused}"
    )
    cpu, limit_cpu = (1000 * one.cpu / len(one.seconds) for one in (mine, limit))
    if level == 8:
        verdict = judge(missed, "server CPU a cycle", ok=cpu <= LIMITS["cpu"])
        print(f"server CPU a cycle: {cpu:.1f} ms ({verdict}); bare {limit_cpu:.1f} ms")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
