"""Writing readings as a tidy CSV file, the counterpart of `tidy.read_csv`."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from observers.analysis.readings import Readings
from observers.analysis.tidy import OPTIONAL, REQUIRED, to_rows


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
