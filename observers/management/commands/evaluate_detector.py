"""Evaluate a detector on a pool's test clusters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.html import format_html, format_html_join

from forgery.management.base import plain_sentences
from forgery.selectors import pool_called
from observers.services.evaluation import PER_LESION, evaluate

COLUMNS = (
    *("model", "family", "lesion", "n_original", "n_manipulated", "auc", "lower"),
    *("upper", "balanced_accuracy", "tpr_at_1", "tpr_at_5", "precision"),
    *("calibration_error", "brier"),
)


class Command(BaseCommand):
    """Write one report: HTML and JSON."""

    help = (
        "Evaluate a detector on the test clusters of POOL that it has not seen: "
        "lossless, laundered by the grid and by random draw, one class laundered "
        "alone; every family, also those never trained on. Prints its time estimate "
        "first; again, it goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare pool, detector, preset and folder."""
        parser.add_argument("pool", help="name of the pool")
        parser.add_argument("--detector", default="default", help="its name (default)")
        parser.add_argument("--preset", default="quick", choices=list(PER_LESION))
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Evaluate and write."""
        out: Path = options["out"]
        with plain_sentences():
            pool = pool_called(options["pool"])
            report = evaluate(
                pool,
                options["detector"],
                options["preset"],
                out / "scores",
                self.stdout.write,
            )
        text = json.dumps(report, indent=1, allow_nan=False)
        (out / "report.json").write_text(text, encoding="utf-8")
        (out / "report.html").write_text(_page(report), encoding="utf-8")
        self.stdout.write(f"written to {out}/report.html and report.json")


def _page(report: dict[str, Any]) -> str:
    """Lay the tables out on one page."""
    head = format_html_join("", "<th>{}</th>", ((name,) for name in COLUMNS))
    tables = format_html_join(
        "",
        "<h2>{}</h2><table><tr>{}</tr>{}</table>",
        ((view, head, _rows(rows)) for view, rows in report["views"].items()),
    )
    return format_html(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        "<title>Detector {}</title>"
        "<h1>Detector {} on pool {}</h1><p>Threshold from validation. Intervals: 95 %, "
        "patient clusters resampled. Never trained on: {}. The paper prints a mean "
        "balanced accuracy of {} as its AUC, its follow-up an AUC of {}, neither on "
        "matched images.</p>{}</html>",
        report["detector"],
        report["detector"],
        report["pool"],
        ", ".join(report["never_trained"]),
        report["paper"]["balanced_accuracy_macro"],
        report["paper"]["follow_up_auc"],
        tables,
    )


def _rows(rows: list[dict[str, Any]]) -> str:
    return format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html_join(
                    "", "<td>{}</td>", ((_cell(row.get(c, "")),) for c in COLUMNS)
                ),
            )
            for row in rows
        ),
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
