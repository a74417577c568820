"""Which rows an import could not take: noted until they are mended or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from forgery.models import ImportProblem, Job, Pool
from forgery.services.sources import Problem


def note(
    pool: Pool, problems: Sequence[Problem], given: Mapping[str, Any], job: Job
) -> None:
    """Keep the problems of this import, and those that it had nothing to do with."""
    _settled(pool, problems, given).delete()
    held = set(pool.problems.values_list("row", "file", "reason"))
    once = {(p.row, p.file, p.reason): p for p in problems}
    ImportProblem.objects.bulk_create(
        ImportProblem(
            pool=pool,
            job=job,
            row=p.row,
            file=p.file,
            reason=p.reason,
            kind=p.kind,
            value=p.value,
            cells=dict(p.cells),
        )
        for key, p in once.items()
        if key not in held
    )


def _settled(
    pool: Pool, problems: Sequence[Problem], given: Mapping[str, Any]
) -> QuerySet[ImportProblem]:
    """Find earlier problems that this import settles or states anew."""
    if given["rows"]:
        return pool.problems.filter(pk__in=given["mended"])
    if not given["uploads"]:
        return pool.problems.all()
    taken = pool.images.values_list("source_file", flat=True)
    again = {p.file for p in problems if p.file}
    return pool.problems.filter(Q(file__in=taken) | Q(file__in=again))
