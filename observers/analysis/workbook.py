"""RJafroc's Excel workbook (sheets FP, TP, TRUTH): reading it."""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.tidy import from_rows

# Names of each sheet and of its rating column, RJafroc's two generations.
_SHEETS = {"FP": ("FP", "NL"), "TP": ("TP", "LL"), "TRUTH": ("TRUTH",)}
_RATINGS = {
    "FP": ("FP_RATING", "NL_RATING", "NLRATING", "FPRATING"),
    "TP": ("TP_RATING", "LL_RATING", "LLRATING", "TPRATING"),
}
NAMES_SHEET = "Z_names"  # sorts after TRUTH, where RJafroc does not look
# What openpyxl and the libraries below it raise on files that are not sound.
_UNSOUND = (
    OSError,
    EOFError,
    SyntaxError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,  # zipfile: an encrypted file, or a compression it lacks
    BadZipFile,
    InvalidFileException,
    zlib.error,
)
NO_RATING = -2000.0  # how RJafroc writes -inf of ROC data
COLUMNS = {
    "FP": ("ReaderID", "ModalityID", "CaseID", "FP_Rating"),
    "TP": ("ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating"),
    "TRUTH": ("CaseID", "LesionID", "Weight", "ReaderID", "ModalityID", "Paradigm"),
    NAMES_SHEET: ("CaseID", "case", "lesion", "patient", "reader", "group"),
}


def read_workbook(path: Path) -> Readings:
    """
    Read a workbook of ROC, LROC or FROC marks.

    A case's score is its highest rating, whatever was marked. In FROC and LROC
    data a case without a mark scores ``-inf``; in ROC data it is missing.

    Parameters
    ----------
    path : pathlib.Path
        The file, with sheets FP (or NL), TP (or LL) and TRUTH.

    Returns
    -------
    Readings
        The readings.

    Raises
    ------
    ReadingsError
        If it is not such a workbook; the message names file, sheet, line and
        field.
    """
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # styles and links are not our concern
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = {sheet.title.upper(): sheet for sheet in book.worksheets}
            tables = {key: _Sheet(path.name, key, sheets) for key in _SHEETS}
            names = _names(sheets.get(NAMES_SHEET.upper()))
    except ReadingsError:
        raise
    except _UNSOUND as fault:
        what = " ".join(str(fault).split()) or type(fault).__name__
        msg = f"{path.name}, line 1, field sheet: is no sound Excel workbook ({what})"
        raise ReadingsError(msg) from fault
    return _Marks(tables, path.name).readings(names)


class _Sheet:
    # One sheet: rows as dictionaries by upper-case column, with their lines.

    def __init__(self, source: str, key: str, sheets: dict[str, Any]) -> None:
        self.source, self.key = source, key
        found = [sheets[name] for name in _SHEETS[key] if name in sheets]
        if not found:
            known = ", ".join(sheets) or "none"
            self.refuse(1, "sheet", f"is absent; there are: {known}")
        self.rows = list(_rows(found[0]))
        columns = self.rows[0][1] if self.rows else {}
        needed = {"FP": 3, "TP": 4, "TRUTH": 3}[key]
        for column in (name.upper() for name in COLUMNS[key][:needed]):
            if self.rows and column not in columns:
                self.refuse(1, column, f"is absent; there are: {', '.join(columns)}")

    def rating(self, line: int, row: dict[str, Any]) -> float:
        field = next((name for name in _RATINGS[self.key] if name in row), None)
        if field is None:
            self.refuse(1, _RATINGS[self.key][0], "the column is absent")
        return self.number(line, field, row[field])

    def number(self, line: int, field: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number) or number == math.inf:
            self.refuse(line, field, f"{value!r} is not a number")
        return number

    def refuse(self, line: int, field: str, what: str) -> NoReturn:
        msg = f"{self.source}, sheet {self.key}, line {line}, field {field}: {what}"
        raise ReadingsError(msg)


class _Marks:
    # Marks of a workbook, brought to one score per reader, modality and case.

    def __init__(self, tables: dict[str, _Sheet], source: str) -> None:
        self.source = source
        self.truth = _truths(tables["TRUTH"])
        self.paradigm = _paradigm(tables["TRUTH"])
        self.read_by = _read_by(tables["TRUTH"])
        self.marks: dict[tuple[str, str, str], list[tuple[float, str]]] = {}
        for key in ("FP", "TP"):
            for line, row in tables[key].rows:
                self._add(tables[key], line, row)

    def readings(self, names: dict[str, dict[str, Any]]) -> Readings:
        # One row per cell that was read.
        score = {key: max(v for v, _ in marks) for key, marks in self.marks.items()}
        if not score:
            msg = f"{self.source}, sheet FP, line 2, field FP_Rating: there is no mark"
            raise ReadingsError(msg)
        if self._is_free_response():
            for cell in self._cells(score):
                score.setdefault(cell, -np.inf)
        return from_rows(
            _row(cell, self.truth[cell[2]], value, names)
            for cell, value in score.items()
        )

    def _add(self, sheet: _Sheet, line: int, row: dict[str, Any]) -> None:
        reader, modality, case = (
            _text(row[name]) for name in ("READERID", "MODALITYID", "CASEID")
        )
        if case not in self.truth:
            sheet.refuse(line, "CASEID", f"{case!r} is not in the sheet TRUTH")
        if sheet.key == "TP" and not self.truth[case]:
            sheet.refuse(line, "CASEID", f"{case!r} is original; it has nothing to hit")
        value = sheet.rating(line, row)
        value = -np.inf if value == NO_RATING else value
        self.marks.setdefault((reader, modality, case), []).append((value, sheet.key))

    def _is_free_response(self) -> bool:
        if self.paradigm:
            return self.paradigm != "ROC"
        several = any(len(marks) > 1 for marks in self.marks.values())
        missed = any(
            self.truth[case] and kind == "FP"
            for (_, _, case), marks in self.marks.items()
            for _, kind in marks
        )
        return several or missed

    def _cells(
        self, score: dict[tuple[str, str, str], float]
    ) -> Iterator[tuple[str, str, str]]:
        for reader, modality in {(r, m) for r, m, _ in score}:
            for case in self.truth:
                readers, modalities = self.read_by.get(case, ((), ()))
                if (not readers or reader in readers) and (
                    not modalities or modality in modalities
                ):
                    yield reader, modality, case


def _rows(sheet: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = sheet.iter_rows(values_only=True)
    header = [_text(cell).upper() for cell in next(lines, ())]
    for line, cells in enumerate(lines, start=2):
        if any(cell not in (None, "") for cell in cells):
            yield line, dict(zip(header, cells, strict=False))


def _truths(sheet: _Sheet) -> dict[str, bool]:
    truth: dict[str, bool] = {}
    for line, row in sheet.rows:
        lesion = sheet.number(line, "LESIONID", row["LESIONID"])
        truth[_text(row["CASEID"])] = lesion > 0
    return truth


def _paradigm(sheet: _Sheet) -> str:
    words = [_text(row.get("PARADIGM")).upper() for _, row in sheet.rows]
    return next((word for word in words if word in ("ROC", "LROC", "FROC")), "")


def _read_by(sheet: _Sheet) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {
        _text(row["CASEID"]): (
            _listed(row.get("READERID")),
            _listed(row.get("MODALITYID")),
        )
        for _, row in sheet.rows
    }


def _listed(cell: Any) -> tuple[str, ...]:
    text = _text(cell).strip("()")
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _names(sheet: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"case": {}, "group": {}}
    for _, row in _rows(sheet) if sheet is not None else ():
        if row.get("CASEID") not in (None, ""):
            found["case"][_text(row["CASEID"])] = row
        if row.get("READER") not in (None, ""):
            found["group"][_text(row["READER"])] = row.get("GROUP")
    return found


def _row(
    cell: tuple[str, str, str],
    truth: bool,  # noqa: FBT001  # a value of the row, not a switch
    score: float,
    names: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    reader, modality, case = cell
    known = names["case"].get(case, {})
    return {
        "reader": reader,
        "modality": modality,
        "case": _text(known.get("CASE")) or case,
        "truth": int(truth),
        "score": score,
        "group": names["group"].get(reader),
        "lesion": known.get("LESION"),
        "patient": known.get("PATIENT"),
    }
