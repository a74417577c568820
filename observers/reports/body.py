"""What page and file show of a report; light, so that web pages may import it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import get_language

from observers.models import Report
from observers.reports.study_tables import study_tables

FILES = (
    "everything.zip",
    "report.pdf",
    "report.html",
    "result.json",
    "result.xlsx",
    "mrmc.csv",
    "auc.csv",
    "cases.csv",
    "curves.csv",
    "ratings.csv",
    "ratings.imrmc",
    "ratings-rjafroc.xlsx",
    "heads.json",
    "manifest.json",
)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "imrmc": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "zip": "application/zip",
}
FIGURE = re.compile(r"figures/(?:(?:single|double)/)?[a-z0-9-]+\.(?:svg|png|pdf)")
CONDUCT = ("agreement", "intra", "calibration", "timing", "missing")
FIGURES = ("fig5", "fig7", "roc", "mean", "forest", "experience", "ratings")


def file_name(report: Report, name: str) -> str:
    """Name a report's file in the storage."""
    return f"reports/{report.study_id}/{report.pk}/{name}"


def body_context(result: dict[str, Any], figures: dict[str, str]) -> dict[str, Any]:
    """Give the report's body what it shows; ``figures`` are addresses by name."""
    return {
        "result": result,
        "figures": figures,
        "language": get_language() or "en",
        "tables": study_tables(result),
    }


def conduct_tables(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tables about how the readers read, in this order."""
    found = {table["key"]: table for table in result["mrmc_tables"]}
    return [found[key] for key in CONDUCT if key in found]
