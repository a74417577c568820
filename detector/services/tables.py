"""Scores as a table: one row an image; text that a spreadsheet would run is defused."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from detector.models import DetectorScore

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

COLUMNS = (
    "cluster",
    "role",
    "fold",
    "lesion",
    "image",
    "truth",
    "manipulator",
    "detector",
    "score",
    "probability",
    "manipulated",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """Write a value: numbers in full, nothing for None, no text that is a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(float(value))  # also of a numpy float
    text = str(value)
    is_formula = text.startswith(FORMULA_STARTS) and not is_number(text)
    return f"'{text}" if is_formula else text


def is_number(text: str) -> bool:
    """Whether the text is a plain number, -6.5 for one, which no program runs."""
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) is not None


def write_table(
    target: SupportsWrite[str],
    columns: Iterable[str],
    rows: Iterable[Iterable[object]],
) -> None:
    """Write a CSV table."""
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)


def score_row(one: DetectorScore) -> tuple[Any, ...]:
    """Give a score's row, in the order of `COLUMNS`."""
    reservation = getattr(one.image.cluster, "reservation", None)
    made_by = one.manipulation
    return (
        one.image.cluster.name,
        "" if reservation is None else reservation.role,
        None if reservation is None else reservation.fold,
        one.image.lesion,
        one.image.content_hash[:16],
        int(made_by is not None),
        "" if made_by is None else made_by.manipulator.name,
        str(one.detector),
        one.score,
        one.probability,
        int(one.score >= one.detector.threshold),
    )
