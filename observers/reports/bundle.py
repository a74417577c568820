"""All files of a report, made in memory; whoever asked writes or stores them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from observers.analysis.comparison_result import Comparison
from observers.analysis.readings import Readings
from observers.analysis.tidy import from_rows
from observers.models import AnalysisRun
from observers.reports import exports, journal, plots
from observers.reports.body import body_context
from observers.reports.csvs import to_csv
from observers.reports.mrmc import add_run, in_order
from observers.reports.packing import packed
from observers.reports.pdf import render_pdf
from observers.reports.result import build_result, check_locked, compare
from observers.reports.told import said
from observers.reports.view import CASE_COLUMNS, build_view
from observers.reports.words import words
from observers.selectors.heads import signed_heads
from observers.selectors.readings import COLUMNS
from observers.selectors.runs import used_rows
from observers.selectors.scores import DETECTOR

CURVES = exports.CURVE_COLUMNS
AUC_COLUMNS = (
    "level",
    "name",
    "group",
    "lesion",
    "n_original",
    "n_manipulated",
    "auc",
    "ci_low",
    "ci_high",
    "ci_method",
    "balanced_accuracy",
)


@dataclass(frozen=True)
class ReportFiles:
    """The result as data, and every file by its name below the report's folder."""

    result: dict[str, Any]
    files: dict[str, bytes]
    view: dict[str, Any]


def build(run: AnalysisRun, language: str | None = None) -> ReportFiles:
    """
    Make the report of an analysis run and render it in every format.

    What people read (HTML, PDF, figures) is in ``language``, the site's where none
    is given; data are the same files whatever the language.
    """
    study, detector = run.study, run.options["detector"]
    check_locked(study)
    rows = used_rows(study, detector, run.options["left_out"])
    readings = from_rows(iter(rows), source=study.name)
    compared = compare(study, readings)
    with translation.override(settings.LANGUAGE_CODE):
        result = add_run(build_result(study, detector, compared), run)
        view = build_view(study, detector, rows, (readings, compared))
        files = _data(run, rows, (readings, result, view))
    spoken = language or settings.LANGUAGE_CODE
    with translation.override(spoken):
        files |= _for_people(readings, compared, said(result, run))
    return ReportFiles(result, packed(files, result, spoken), view)


def _data(
    run: AnalysisRun,
    rows: list[dict[str, Any]],
    measured: tuple[Readings, dict[str, Any], dict[str, Any]],
) -> dict[str, bytes]:
    """Write what programs read."""
    readings, result, view = measured
    found = in_order(run.result, [row["key"] for row in result["rows"]])
    return {
        "result.json": _json(result),
        "result.xlsx": exports.result_workbook(found, result["provenance_rows"]),
        "mrmc.csv": exports.mrmc_csv(found),
        "ratings.csv": to_csv(rows, COLUMNS).encode(),
        "ratings.imrmc": exports.ratings_imrmc(readings),
        "ratings-rjafroc.xlsx": exports.ratings_rjafroc(readings),
        "heads.json": _json(signed_heads(run.study)),
        "auc.csv": to_csv(_auc_rows(result), AUC_COLUMNS).encode(),
        "cases.csv": to_csv(view["cases"], CASE_COLUMNS).encode(),
        "curves.csv": to_csv(exports.curve_rows(view["panels"]), CURVES).encode(),
    }


def _for_people(
    readings: Readings, compared: Comparison, told: dict[str, Any]
) -> dict[str, bytes]:
    """Write page, print and figures in the active language."""
    figures = plots.all_figures(readings, compared, told)
    svg = {name: data for name, data in figures.items() if name.endswith(".svg")}
    return {
        "report.html": render_html(told, svg).encode(),
        "report.pdf": render_pdf(told, words(), svg),
        **{f"figures/{name}": data for name, data in figures.items()},
        **journal.all_sizes(plots.journal_figures(readings, compared, told)),
    }


def render_html(result: dict[str, Any], svg: dict[str, bytes]) -> str:
    """Render the one-file page: figures lie inside as data."""
    sources = {
        name.removesuffix(".svg"): "data:image/svg+xml;base64,"
        + base64.b64encode(data).decode()
        for name, data in svg.items()
    }
    return render_to_string("observers/report.html", body_context(result, sources))


def _json(result: dict[str, Any]) -> bytes:
    """Write the result with sorted keys, full precision, no NaN."""
    text = json.dumps(
        result, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return (text + "\n").encode()


def _auc_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Lay the areas of readers, groups and the detector out as rows."""
    rows = []
    for reader, part in result["readers"].items():
        cells = {key: cell for key, cell in part.items() if key != "group"}
        rows += _part_rows("reader", reader, part["group"], cells)
    for group, part in result["groups"].items():
        rows += _part_rows("group", group, group, part)
    own = {row["key"]: result["detector"].get(row["key"]) for row in result["rows"]}
    rows += _part_rows("detector", DETECTOR, DETECTOR, own)
    return rows


def _part_rows(
    level: str, name: str, group: str, part: dict[str, Any]
) -> list[dict[str, Any]]:
    """Lay one reader's, group's or detector's areas out by lesion."""
    return [
        {
            "level": level,
            "name": name,
            "group": group,
            "lesion": lesion,
            "n_original": cell["n0"],
            "n_manipulated": cell["n1"],
            "auc": cell["auc"],
            "ci_low": cell["ci"][0] if cell["ci"] else None,
            "ci_high": cell["ci"][1] if cell["ci"] else None,
            "ci_method": cell["ci_method"],
            "balanced_accuracy": cell["balanced_accuracy"],
        }
        for lesion, cell in part.items()
        if cell is not None
    ]
