"""Tidy CSV files of ratings, read and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.text_file import read_text
from observers.analysis.tidy import (
    OPTIONAL,
    REQUIRED,
    from_numbered_rows,
    to_rows,
)


def read_csv(path: Path) -> Readings:
    """
    Read a tidy CSV file of ratings.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8 text with the header ``reader,modality,case,truth,score`` and
        optionally ``group, lesion, patient, years``; other columns are ignored.

    Returns
    -------
    Readings
        The readings, names in natural order.

    Raises
    ------
    ReadingsError
        If the file is not such a table; the message names file, line and field.
    """
    return from_numbered_rows(_table(path, read_text(path)), source=path.name)


def _table(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    # Rows as dictionaries, each with the last of its lines; empty ones are passed.
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                _check_header(path, lines.line_num, header)
            elif len(cells) != len(header):
                what = f"{len(cells)} fields, but the header has {len(header)}"
                field = header[min(len(cells), len(header) - 1)]
                _refuse(path, lines.line_num, field, what)
            else:
                yield lines.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as fault:
        _refuse(path, lines.line_num, "text", f"is not sound CSV ({fault})")


def _check_header(path: Path, line: int, header: list[str]) -> None:
    for field in REQUIRED:
        if field not in header:
            known = ", ".join(name for name in header if name)
            _refuse(path, line, field, f"the column is absent; there are: {known}")
    for field in (*REQUIRED, *OPTIONAL, "years"):
        if header.count(field) > 1:
            _refuse(path, line, field, "two columns have this name")


def _refuse(path: Path, line: int, field: str, what: str) -> NoReturn:
    msg = f"{path.name}, line {line}, field {field}: {what}"
    raise ReadingsError(msg)


def format_csv(readings: Readings) -> str:
    """
    Write readings as the text of a tidy CSV file.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    str
        One row per reader, modality and scored case, numbers in full precision;
        the optional columns only where they are known.
    """
    known = {
        "group": readings.groups,
        "lesion": readings.lesions,
        "patient": readings.patients,
    }
    columns = [*REQUIRED, *(name for name in OPTIONAL if known[name])]
    years = _years(readings)
    if years:
        columns.append("years")
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in to_rows(readings):
        writer.writerow({**row, "years": years.get(row["reader"], "")})
    return text.getvalue()


def write_csv(readings: Readings, path: Path) -> None:
    """
    Write a tidy CSV file.

    Parameters
    ----------
    readings : Readings
        The readings.
    path : pathlib.Path
        The file.
    """
    path.write_text(format_csv(readings), encoding="utf-8")


def _years(readings: Readings) -> dict[str, Any]:
    if readings.years is None:
        return {}
    pairs = zip(readings.readers, readings.years.tolist(), strict=True)
    return {reader: value for reader, value in pairs if not np.isnan(value)}
