"""Keep a report: its numbers as a row, its files in the storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from forgery.imaging.versions import code_version
from observers.models import AnalysisRun, Report, Study
from observers.services.audit import record


@dataclass(frozen=True)
class Made:
    """A report's numbers, its files by name, and what its pages draw."""

    result: dict[str, Any]
    files: Mapping[str, bytes]
    view: dict[str, Any] = field(default_factory=dict)


def store_report(
    *,
    study: Study,
    detector: str | None,
    made: Made,
    name: Callable[[Report, str], str],
    run: AnalysisRun | None = None,
) -> Report:
    """Store a report beside the earlier ones; none is ever replaced."""
    with transaction.atomic():
        report = Report.objects.create(
            study=study,
            run=run,
            detector=detector or "",
            result=made.result,
            view=made.view,
            code_version=code_version(),
        )
        record(
            study=study, user=None, verb="reported", detail={"detector": detector or ""}
        )
    for file, data in made.files.items():
        default_storage.save(name(report, file), ContentFile(data))
    return report
