"""Writing readings as RJafroc's Excel workbook (sheets FP, TP, TRUTH)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from observers.analysis.exact_sheet import ExactSheet
from observers.analysis.readings import Readings
from observers.analysis.workbook import COLUMNS, NAMES_SHEET, NO_RATING

MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""Creation time of every workbook: the same data give the same bytes."""


def write_workbook(readings: Readings, path: Path) -> None:
    """
    Write readings as an ROC workbook that RJafroc reads.

    Cases are numbered, original ones first, because RJafroc takes numbers only;
    the names, and groups, lesions and patients, are kept in a fourth sheet.

    Parameters
    ----------
    readings : Readings
        The readings; ``-inf`` is written as -2000, as RJafroc does.
    path : pathlib.Path
        The file.
    """
    number = _numbers(readings)
    sheets = {
        "FP": list(_rating_rows(readings, number, is_manipulated=False)),
        "TP": list(_rating_rows(readings, number, is_manipulated=True)),
        "TRUTH": list(_truth_rows(readings, number)),
        NAMES_SHEET: list(_name_rows(readings, number)),
    }
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": MADE})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name, ExactSheet)
            sheet.write_row(0, 0, COLUMNS[name])
            for line, row in enumerate(rows, start=1):
                sheet.write_row(line, 0, row)


def _numbers(readings: Readings) -> dict[int, int]:
    order = np.argsort(readings.truth, kind="stable").tolist()
    return {c: position for position, c in enumerate(order, start=1)}


def _rating_rows(
    readings: Readings, number: dict[int, int], *, is_manipulated: bool
) -> Iterator[tuple[Any, ...]]:
    lesion = (1,) if is_manipulated else ()
    for r, m, c in np.argwhere(~np.isnan(readings.score)).tolist():
        if readings.truth[c] == is_manipulated:
            value = float(readings.score[r, m, c])
            rating = value if np.isfinite(value) else NO_RATING
            names = readings.readers[r], readings.modalities[m]
            yield (*names, number[c], *lesion, rating)


def _truth_rows(
    readings: Readings, number: dict[int, int]
) -> Iterator[tuple[Any, ...]]:
    read = ~np.isnan(readings.score)  # (R, M, C)
    by_reader = np.asarray(read.any(axis=1))  # (R, C)
    by_modality = np.asarray(read.any(axis=0))  # (M, C)
    for line, c in enumerate(number):
        who = (readings.readers[r] for r in np.flatnonzero(by_reader[:, c]))
        how = (readings.modalities[m] for m in np.flatnonzero(by_modality[:, c]))
        is_manipulated = int(readings.truth[c])
        word = {0: "ROC", 1: "FCTRL"}.get(line, "")
        row = (number[c], is_manipulated, is_manipulated)
        yield (*row, ", ".join(who), ", ".join(how), word)


def _name_rows(readings: Readings, number: dict[int, int]) -> Iterator[tuple[str, ...]]:
    blank = ("",) * max(readings.shape)
    lesions, patients = readings.lesions or blank, readings.patients or blank
    groups = readings.groups or blank
    for c, position in number.items():
        yield (str(position), readings.cases[c], lesions[c], patients[c], "", "")
    for reader, group in zip(readings.readers, groups, strict=False):
        yield ("", "", "", "", reader, group)
