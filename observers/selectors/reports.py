"""The reports of a locked study; what one says never changes, so it is read once."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from observers.models import Report, Study

KEPT = 4
"""Reports that a process keeps in memory, the latest asked for."""


def newest_report(study: Study) -> Report | None:
    """Return the newest report, if there is any."""
    return _found(study, study.reports.values_list("pk", "created_at").first())


def report_numbered(study: Study, pk: int) -> Report | None:
    """Return one report of the study, if there is such a one."""
    rows = study.reports.filter(pk=pk).values_list("pk", "created_at")
    return _found(study, rows.first())


def _found(study: Study, row: tuple[int, datetime] | None) -> Report | None:
    return None if row is None else _read(study.pk, *row)


@lru_cache(maxsize=KEPT)
def _read(study: int, pk: int, _made: datetime) -> Report:
    """Read a report whole: megabytes, where hundreds have read.

    Its run's result is a part of its own; it is not read a second time.
    """
    reports = Report.objects.select_related("run").defer("run__result")
    found = reports.get(study_id=study, pk=pk)
    if found.run is not None:
        found.run.result = found.result["mrmc"]
    return found
