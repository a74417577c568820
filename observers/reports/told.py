"""A stored result in the language of the page; its numbers are what they were.

A report's data are in the site's language. Pages and files in another one have the
same sentences, tables and names made anew from the same numbers.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from observers.models import AnalysisRun, Report
from observers.reports import texts
from observers.reports.mrmc import add_run


def in_language(report: Report) -> dict[str, Any]:
    """Give a report's result with its words in the active language."""
    stored: dict[str, Any] = report.result
    return stored if report.run is None else said(stored, report.run)


def said(stored: dict[str, Any], run: AnalysisRun) -> dict[str, Any]:
    """Say the result of a run in the active language."""
    if get_language() == settings.LANGUAGE_CODE:
        return stored
    study = stored["study"]
    named = {
        **stored,
        "rows": _named(stored["rows"], "name"),
        "study": {
            **study,
            "groups": _named(study["groups"], "name"),
            "lesions": _named(study["lesions"], "name"),
            "readers": _named(study["readers"], "group_name"),
        },
    }
    told = named | texts.for_result(run.study, named)
    return {
        **add_run(told, run),
        "warnings": [*map(_warning, stored["warnings"])],
    }


def _named(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Give rows with the name under a key in the active language."""
    return [{**row, key: _(row[key])} for row in rows]


def _warning(text: str) -> str:
    """Say a warning; the lesions that it is about stand in brackets at its end."""
    note, is_placed, places = text.removesuffix(")").rpartition(" (")
    if not is_placed:
        return texts.said(text)
    names = ", ".join(_(name) for name in places.split(", "))
    return f"{texts.said(note)} ({names})"
