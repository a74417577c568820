"""The `.imrmc` format of iMRMC: readings as text, read and written.

Free text, then ``BEGIN DATA:``, then rows ``reader,case,modality,score``. Rows of
the reader and modality ``truth`` give each case's truth, 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.text_file import read_text
from observers.analysis.tidy import MISSING, from_rows

BEGIN = "BEGIN DATA:"
TRUTH = "truth"
FIELDS = ("reader", "case", "modality", "score")
_OLD_TRUTH_READER = "-1"


def read_imrmc(path: Path) -> Readings:
    """
    Read an iMRMC file.

    Parameters
    ----------
    path : pathlib.Path
        The file, UTF-8 text.

    Returns
    -------
    Readings
        The readings, names in natural order.

    Raises
    ------
    ReadingsError
        If it is not such a file; the message names file, line and field.
    """
    return parse_imrmc(read_text(path), source=path.name)


def parse_imrmc(text: str, *, source: str = "ratings.imrmc") -> Readings:
    r"""
    Read the text of an iMRMC file.

    Parameters
    ----------
    text : str
        The whole text.
    source : str, optional
        Name of the file, for messages.

    Returns
    -------
    Readings
        The readings.

    Raises
    ------
    ReadingsError
        If it is not such a text; the message names file, line and field.

    Examples
    --------
    >>> text = "study\nBEGIN DATA:\ntruth,c1,truth,1\nR1,c1,unaided,70\n"
    >>> parse_imrmc(text).score.tolist()
    [[[70.0]]]
    """
    table = _Table(source)
    for line, fields in _data(text, source):
        table.add(line, *fields)
    return table.readings()


def format_imrmc(readings: Readings, *, title: str = "Fundus Study readings") -> str:
    """
    Write readings as the text of an iMRMC file.

    Parameters
    ----------
    readings : Readings
        The readings. ``-inf``, which iMRMC refuses, is written as one less than
        the lowest finite score of its reader and modality: the ranks stay.
    title : str, optional
        First line, of more than one character (iMRMC reads nothing otherwise).

    Returns
    -------
    str
        The text; numbers in full precision.

    Raises
    ------
    ReadingsError
        If a name has a comma or a line break, or is ``truth``.
    """
    for field in ("readers", "modalities", "cases"):
        for name in getattr(readings, field):
            _check_name(field, name)
    n_r, n_m, _ = readings.shape
    lines = [
        title if len(title) > 1 else f"Title: {title}",
        f"NR: {n_r}, N0: {readings.n_original}, N1: {readings.n_manipulated}, "
        f"NM: {n_m}; truth 1 is manipulated",
        BEGIN,
    ]
    lines += [
        f"{TRUTH},{case},{TRUTH},{int(truth)}"
        for case, truth in zip(readings.cases, readings.truth, strict=True)
    ]
    score = _finite(readings.score)
    for m, r, c in np.argwhere(~np.isnan(score).transpose(1, 0, 2)).tolist():
        names = readings.readers[r], readings.cases[c], readings.modalities[m]
        lines.append(f"{','.join(names)},{_number(float(score[r, m, c]))}")
    return "\n".join(lines) + "\n"


def write_imrmc(readings: Readings, path: Path) -> None:
    """
    Write an iMRMC file.

    Parameters
    ----------
    readings : Readings
        The readings, see `format_imrmc`.
    path : pathlib.Path
        The file.
    """
    path.write_text(format_imrmc(readings), encoding="utf-8")


class _Table:
    # Truth and scores collected so far, with the lines that gave them.

    def __init__(self, source: str) -> None:
        self.source = source
        self.truth: dict[str, str] = {}
        self.rows: dict[tuple[str, str, str], tuple[float, int]] = {}

    def add(self, line: int, reader: str, case: str, modality: str, score: str) -> None:
        # One data row: of truth or of a reader.
        for field, name in zip(FIELDS[:3], (reader, case, modality), strict=True):
            if not name:
                self._refuse(line, field, "is empty; every row needs one")
        is_truth = TRUTH in (reader.lower(), modality.lower())
        if is_truth or reader == _OLD_TRUTH_READER:
            self._add_truth(line, case, score)
            return
        key = (reader, modality, case)
        if key in self.rows:
            first = self.rows[key][1]
            again = f"{reader!r} has {case!r} in {modality!r} already, on line {first}"
            self._refuse(line, "score", again)
        self.rows[key] = (self._score(line, score), line)

    def readings(self) -> Readings:
        # All rows as one table.
        if not self.rows:
            self._refuse(1, "score", f"there is no row of ratings after {BEGIN}")
        for (_, _, case), (_, line) in self.rows.items():
            if case not in self.truth:
                self._refuse(line, "case", f"{case!r} has no truth row")
        return from_rows(
            {
                "reader": reader,
                "modality": modality,
                "case": case,
                "truth": self.truth[case],
                "score": score,
            }
            for (reader, modality, case), (score, _) in self.rows.items()
        )

    def _add_truth(self, line: int, case: str, score: str) -> None:
        try:
            value = float(score)
        except ValueError:
            value = math.nan
        if value not in (0.0, 1.0):
            message = f"{score!r} is not 0 (original) or 1 (manipulated)"
            self._refuse(line, "truth", message)
        text = str(int(value))
        if self.truth.setdefault(case, text) != text:
            self._refuse(line, "truth", f"{case!r} has both 0 and 1")

    def _score(self, line: int, text: str) -> float:
        if text.lower() in MISSING:
            return math.nan
        try:
            value = float(text if "_" not in text else "")
        except ValueError:
            self._refuse(line, "score", f"{text!r} is not a number")
        if value == math.inf:
            self._refuse(line, "score", "+inf is not a number to rank")
        return value

    def _refuse(self, line: int, field: str, what: str) -> NoReturn:
        msg = f"{self.source}, line {line}, field {field}: {what}"
        raise ReadingsError(msg)


def _data(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    lines = enumerate(text.splitlines(), start=1)
    for _, line in lines:
        if line.strip(" \t,").upper() == BEGIN:
            break
    else:
        msg = f"{source}, line 1, field {BEGIN!r}: the line {BEGIN!r} is absent"
        raise ReadingsError(msg)
    for number, line in lines:
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != len(FIELDS):
            msg = (
                f"{source}, line {number}, field score: {len(fields)} fields, "
                f"expected {len(FIELDS)} ({','.join(FIELDS)})"
            )
            raise ReadingsError(msg)
        yield number, fields


def _check_name(field: str, name: str) -> None:
    if any(mark in name for mark in ",\n\r") or name != name.strip():
        msg = f"{field}: {name!r} has a comma, line break or outer space; rename it"
        raise ReadingsError(msg)
    if name.lower() == TRUTH or name == _OLD_TRUTH_READER:
        msg = f"{field}: {name!r} is kept for the truth rows of iMRMC; rename it"
        raise ReadingsError(msg)


def _finite(
    score: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    finite = np.where(np.isfinite(score), score, np.inf)
    lowest = finite.min(axis=2, keepdims=True)
    floor = np.where(np.isinf(lowest), 0.0, lowest - 1.0)
    return np.where(np.isneginf(score), floor, score)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
