"""Ratings from a file of any format that this project reads."""

from __future__ import annotations

from pathlib import Path

from observers.analysis.checks import ReadingsError
from observers.analysis.imrmc import read_imrmc
from observers.analysis.readings import Readings
from observers.analysis.tidy_csv import read_csv
from observers.analysis.workbook import read_workbook

READERS = {".csv": read_csv, ".imrmc": read_imrmc, ".xlsx": read_workbook}


def load(path: Path) -> Readings:
    """
    Read ratings by the file's extension.

    Parameters
    ----------
    path : pathlib.Path
        A tidy CSV file, an iMRMC file or an RJafroc workbook.

    Returns
    -------
    Readings
        The readings.

    Raises
    ------
    ReadingsError
        If the file is absent, of another kind, or not sound; the message names
        file, line and field.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        kinds = ", ".join(READERS)
        msg = f"{path.name}: unknown kind {path.suffix!r}; give one of: {kinds}"
        raise ReadingsError(msg)
    if not path.is_file():
        msg = f"{path}: there is no such file"
        raise ReadingsError(msg)
    return read(path)
