"""Tidy ratings: one row per reader, modality and case, read and written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings

REQUIRED = ("reader", "modality", "case", "truth", "score")
OPTIONAL = ("group", "lesion", "patient")
MISSING = frozenset({"", "na", "nan", "null", "none", "."})
_TRUTH = {"0": 0, "0.0": 0, "1": 1, "1.0": 1}


def from_rows(
    rows: Iterable[Mapping[str, Any]], *, source: str = "ratings", first_line: int = 2
) -> Readings:
    """
    Collect tidy rows into readings.

    Readers, modalities and cases are put in natural order (2 before 10), so
    that the order of the rows makes no difference to any result.

    Parameters
    ----------
    rows : iterable of mapping
        Rows with ``reader, modality, case, truth, score`` and optionally
        ``group, lesion, patient, years``. Truth is 0 (original) or 1
        (manipulated). An empty score (or NA, NaN) is missing; ``-inf`` is the
        lowest score.
    source : str, optional
        Name of the file, for messages.
    first_line : int, optional
        Line of the first row in the file, for messages.

    Returns
    -------
    Readings
        The readings.

    Raises
    ------
    ReadingsError
        If a field is absent or wrong, a cell occurs twice, or two rows
        contradict each other; the message names file, line and field.

    Examples
    --------
    >>> row = {"reader": "R1", "modality": "unaided", "case": "c1"}
    >>> from_rows([{**row, "truth": "1", "score": "70"}]).score.tolist()
    [[[70.0]]]
    """
    return from_numbered_rows(enumerate(rows, start=first_line), source=source)


def from_numbered_rows(
    rows: Iterable[tuple[int, Mapping[str, Any]]], *, source: str
) -> Readings:
    """
    Collect tidy rows into readings, as `from_rows`, each with its line.

    Parameters
    ----------
    rows : iterable of tuple
        Line in the file, and the row.
    source : str
        Name of the file, for messages.

    Returns
    -------
    Readings
        The readings.

    Raises
    ------
    ReadingsError
        As `from_rows`.
    """
    table = _Table(source)
    for line, row in rows:
        table.add(line, row)
    if not table.score:
        msg = f"{source}, line 2, field score: there is no row of ratings"
        raise ReadingsError(msg)
    return table.readings()


def to_rows(readings: Readings) -> Iterator[dict[str, Any]]:
    """
    Give readings as tidy rows, one per reader, modality and scored case.

    Parameters
    ----------
    readings : Readings
        The readings.

    Yields
    ------
    dict
        ``reader, modality, case, truth (0 or 1), score, group, lesion, patient``;
        cells without a score are left out.
    """
    blank = ("",) * max(readings.shape)
    groups, lesions = readings.groups or blank, readings.lesions or blank
    patients = readings.patients or blank
    for r, m, c in np.argwhere(~np.isnan(readings.score)).tolist():
        yield {
            "reader": readings.readers[r],
            "modality": readings.modalities[m],
            "case": readings.cases[c],
            "truth": int(readings.truth[c]),
            "score": float(readings.score[r, m, c]),
            "group": groups[r],
            "lesion": lesions[c],
            "patient": patients[c],
        }


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """
    Make a sorting key that puts 2 before 10 and c2 before c10.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    tuple
        Pieces of text and whole numbers; the name itself breaks ties.
    """
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    key = ((0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in pieces)
    return (*key, (2, 0, name))


class _Table:
    # Rows collected so far, each fact with the line that stated it first.

    def __init__(self, source: str) -> None:
        self.source = source
        self.score: dict[tuple[str, str, str], float] = {}
        self.line_of: dict[tuple[str, str, str], int] = {}
        self.facts: dict[tuple[str, str], dict[str, tuple[Any, int]]] = {}

    def add(self, line: int, row: Mapping[str, Any]) -> None:
        # Read one row.
        for field in REQUIRED:
            if field not in row:
                known = ", ".join(str(name) for name in row if name)
                self._refuse(line, field, f"the column is absent; there are: {known}")
        reader, modality, case = (self._name(line, row, f) for f in REQUIRED[:3])
        self._state(line, "truth", case, self._truth(line, row))
        for field, owner in (("group", reader), ("lesion", case), ("patient", case)):
            self._state(line, field, owner, _text(row.get(field)))
        years = self._number(line, row, "years")
        if years < 0:
            self._refuse(line, "years", f"{years:g} is below 0")
        self._state(line, "years", reader, years)
        key = (reader, modality, case)
        if key in self.score:
            again = f"{reader!r} has {case!r} in {modality!r} already"
            self._refuse(line, "score", f"{again}, on line {self.line_of[key]}")
        self.score[key] = self._number(line, row, "score")
        self.line_of[key] = line

    def readings(self) -> Readings:
        # Give all rows as one table.
        readers, modalities, cases = (
            tuple(sorted({key[axis] for key in self.score}, key=natural_key))
            for axis in range(3)
        )
        score = np.full((len(readers), len(modalities), len(cases)), np.nan)
        place = [{n: i for i, n in enumerate(x)} for x in (readers, modalities, cases)]
        for (reader, modality, case), value in self.score.items():
            score[place[0][reader], place[1][modality], place[2][case]] = value
        return Readings(
            score=score,
            truth=np.array(self._facts("truth", cases), bool),
            readers=readers,
            modalities=modalities,
            cases=cases,
            groups=self._optional("group", readers),
            lesions=self._optional("lesion", cases),
            patients=self._optional("patient", cases),
            years=self._years(readers),
        )

    def _facts(self, field: str, owners: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(self.facts[field, owner]["value"][0] for owner in owners)

    def _optional(self, field: str, owners: tuple[str, ...]) -> tuple[str, ...] | None:
        values = self._facts(field, owners)
        return values if any(values) else None

    def _years(self, readers: tuple[str, ...]) -> Any:
        years = np.array(self._facts("years", readers))
        return None if np.isnan(years).all() else years

    def _state(self, line: int, field: str, owner: str, value: Any) -> None:
        known = self.facts.setdefault((field, owner), {"value": (value, line)})
        before, first = known["value"]
        if before != value and not (_is_nan(before) and _is_nan(value)):
            self._refuse(
                line, field, f"{owner!r} has {value!r}, but {before!r} on line {first}"
            )

    def _name(self, line: int, row: Mapping[str, Any], field: str) -> str:
        name = _text(row[field])
        if not name:
            self._refuse(line, field, "is empty; every row needs one")
        return name

    def _truth(self, line: int, row: Mapping[str, Any]) -> int:
        text = _text(
            int(row["truth"])
            if isinstance(row["truth"], bool | np.bool_)
            else row["truth"]
        )
        if text not in _TRUTH:
            self._refuse(
                line, "truth", f"{text!r} is not 0 (original) or 1 (manipulated)"
            )
        return _TRUTH[text]

    def _number(self, line: int, row: Mapping[str, Any], field: str) -> float:
        text = _text(row.get(field))
        if text.lower() in MISSING:
            return math.nan
        try:
            value = float(text if "_" not in text else "")
        except ValueError:
            self._refuse(
                line, field, f"{text!r} is not a number; leave empty if missing"
            )
        if value == math.inf:
            self._refuse(line, field, "+inf is not a number to rank; give a finite one")
        return value

    def _refuse(self, line: int, field: str, what: str) -> Any:
        msg = f"{self.source}, line {line}, field {field}: {what}"
        raise ReadingsError(msg)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
