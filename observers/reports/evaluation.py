"""The page and figures of a detector's evaluation, from the report's data alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string

from observers.analysis.figure_evaluation import family_curves, reliability

COLUMNS = (
    ("n_original", "originals"),
    ("n_manipulated", "manipulated"),
    ("auc", "AUC"),
    ("lower", "lower"),
    ("upper", "upper"),
    ("balanced_accuracy", "balanced accuracy"),
    ("tpr_at_1", "TPR at 1 % FPR"),
    ("tpr_at_5", "TPR at 5 % FPR"),
    ("precision", "precision at 10 %"),
    ("calibration_error", "calibration error"),
    ("brier", "Brier"),
)
"""Figures of a row, and their names."""
MACRO = "macro"


def files_of(report: dict[str, Any], sheets: Sequence[str] = ()) -> dict[str, bytes]:
    """
    Render pages, style and figures by file name; what is unknown is left out.

    ``sheets`` names the figures of photographs that lie beside.
    """
    found = {"report.css": render_to_string("observers/evaluation.css").encode()}
    if "curves" in report:
        found["figures/roc.svg"] = family_curves(report["curves"])
        bins = {judge: row["bins"] for judge, row in report["together"].items()}
        found["figures/reliability.svg"] = reliability(bins)
    context = {
        "report": report,
        "columns": [name for _, name in COLUMNS],
        "figures": [name for name in found if name.startswith("figures/")],
        "examples": sheets,
        "t0": _lines(report.get("T0", [])),
        "by_judge": [
            (title, _by_judge(parts))
            for title, parts in (
                ("T0: matched and lossless", _split(report.get("T0", []))),
                ("T1: the family never seen in training", report.get("T1", {})),
            )
            if parts
        ],
        "t1": [(family, _lines(rows)) for family, rows in report.get("T1", {}).items()],
        "t2": [
            (name, _lines(part["rows"]), part["originals"])
            for name, part in report.get("T2", {}).items()
        ],
        "t4": [
            (
                judge,
                {
                    "alike": row["originals against laundered originals"],
                    "before": row["false positives"],
                    "after": row["false positives, laundered"],
                },
            )
            for judge, row in report.get("T4", {}).items()
        ],
        "heat": _heat(report.get("T3", {})),
        "t3": [(view, _lines(rows)) for view, rows in report.get("T3", {}).items()],
        "differences": [
            (part, _differences(report[f"{part} differences"]))
            for part in ("T1", "T3")
            if f"{part} differences" in report
        ],
        "controls": list(report.get("controls", {}).get("areas", {}).items()),
    }
    page = render_to_string("observers/evaluation.html", context)
    text = render_to_string("observers/evaluation.md", context)
    return found | {"report.html": page.encode(), "report.md": text.encode()}


def _lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "judge": row["judge"],
            "family": row["family"],
            "target": row["target"],
            "lesion": row["lesion"],
            "is_macro": row["lesion"] == MACRO,
            "cells": [_text(row[name]) for name, _ in COLUMNS],
        }
        for row in rows
    ]


def _split(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Part rows by family."""
    families = sorted({row["family"] for row in rows})
    return {f: [row for row in rows if row["family"] == f] for f in families}


def _by_judge(parts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Lay macro areas out: a row a family, a column a judge."""
    kept = {
        family: {
            row["judge"]: row
            for row in rows
            if row["lesion"] == MACRO and not row["target"]
        }
        for family, rows in parts.items()
    }
    judges = list(dict.fromkeys(j for row in kept.values() for j in row))
    return {
        "judges": judges,
        "rows": [
            (family, [row.get(judge) for judge in judges])
            for family, row in kept.items()
        ],
    }


def _heat(views: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Lay the detector's macro areas out: a row a view, a column a family."""
    areas = {
        view: {
            row["family"]: row["auc"]
            for row in rows
            if row["judge"] == "default" and row["lesion"] == MACRO
        }
        for view, rows in views.items()
    }
    families = sorted({family for row in areas.values() for family in row})
    return {
        "families": families,
        "rows": [
            (view, [(_text(row.get(f)), _tint(row.get(f))) for f in families])
            for view, row in areas.items()
        ],
    }


def _tint(area: float | None) -> int:
    """Give the step of a scale: 0 at one half and below, 10 at one."""
    return 0 if area is None else max(0, min(10, round((area - 0.5) * 20)))


def _differences(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "judge": judge,
            "mean": part["mean"][judge],
            "own": part["mean"]["default"],
            **row,
        }
        for judge, row in part.items()
        if judge != "mean"
    ]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
