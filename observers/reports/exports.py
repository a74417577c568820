"""A run's numbers as CSV and workbook, and its ratings as iMRMC and RJafroc read."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from observers.analysis.analyse_report import flat
from observers.analysis.exact_sheet import ExactSheet
from observers.analysis.imrmc import format_imrmc
from observers.analysis.readings import Readings
from observers.analysis.workbook_write import MADE, write_workbook
from observers.reports.csvs import to_csv

COLUMNS = ("table", "lesion", "row", "quantity", "value")
CURVE_COLUMNS = ("lesion", "level", "name", "fpr", "tpr", "lower", "upper")
TABLES = ("auc", "modalities", "pairs", "readers", "groups", "standalone")
LEADING = ("lesion", "modality", "reader", "group", "a", "b", "n0", "n1")
POOLED = "mean over lesions"
WHOLE = "all cases"
Row = dict[str, Any]


def sheets(found: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Lay the run's tables flat: one row a comparison, names joined by dots."""
    places = {WHOLE: found, **found["lesions"], POOLED: found["pooled"]}
    made = {
        table: [
            _ordered({"lesion": lesion, **flat(row)})
            for lesion, part in places.items()
            for row in part.get(table, ())
        ]
        for table in TABLES
    }
    made["hypothesis"] = [
        _ordered({**row, "lesion": row["lesion"] or POOLED})
        for row in found["hypothesis"]
    ]
    return {name: rows for name, rows in made.items() if rows}


def _ordered(row: Row) -> Row:
    """Order the columns: names first, then by alphabet, whatever a database kept."""
    return dict(
        sorted(
            row.items(),
            key=lambda cell: (
                LEADING.index(cell[0]) if cell[0] in LEADING else len(LEADING),
                cell[0],
            ),
        )
    )


def mrmc_csv(found: Mapping[str, Any]) -> bytes:
    """Write every number of the run as tidy rows, one a line."""
    return to_csv(_long(found), COLUMNS).encode()


def result_workbook(found: Mapping[str, Any], about: list[list[str]]) -> bytes:
    """Write a sheet a table, numbers in full precision, and where they come from."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        for name, rows in sheets(found).items():
            columns = list(dict.fromkeys(key for row in rows for key in row))
            sheet = book.add_worksheet(name, ExactSheet)
            for k, column in enumerate(columns):
                sheet.write_string(0, k, column)
            for line, row in enumerate(rows, start=1):
                for k, column in enumerate(columns):
                    _put(sheet, line, k, row.get(column))
        sheet = book.add_worksheet("about")
        for line, (name, value) in enumerate(about):
            sheet.write_string(line, 0, name)
            sheet.write_string(line, 1, value)
    return made.getvalue()


def ratings_imrmc(readings: Readings) -> bytes:
    """Write the ratings as iMRMC reads them."""
    return format_imrmc(readings).encode()


def ratings_rjafroc(readings: Readings) -> bytes:
    """Write the ratings as RJafroc reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.xlsx"
        write_workbook(readings, path)
        return path.read_bytes()


def _long(found: Mapping[str, Any]) -> Iterator[Row]:
    for table, rows in sheets(found).items():
        for number, row in enumerate(rows, start=1):
            for quantity, value in row.items():
                if quantity != "lesion" and value is not None:
                    yield {
                        "table": table,
                        "lesion": row["lesion"],
                        "row": number,
                        "quantity": quantity,
                        "value": value,
                    }


def curve_rows(panels: Mapping[str, Any]) -> Iterator[Row]:
    """Lay the corners of every curve, and the bands, out as rows."""
    for lesion, panel in panels.items():
        drawn = [("reader", one["name"], one) for one in panel["readers"]]
        drawn += [("group", name, one) for name, one in panel["groups"].items()]
        if panel["detector"] is not None:
            drawn.append(("detector", "detector", panel["detector"]))
        for level, name, one in drawn:
            place = {"lesion": lesion, "level": level, "name": name}
            for x, y in one["points"]:
                yield {**place, "fpr": x, "tpr": y}
            for x, lower, upper in one.get("band", ()):
                yield {**place, "fpr": x, "lower": lower, "upper": upper}


def _put(sheet: Any, line: int, column: int, value: Any) -> None:
    # Text is never a formula; what is not defined is an empty cell.
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    elif value not in (None, ""):
        sheet.write_string(line, column, str(value))
