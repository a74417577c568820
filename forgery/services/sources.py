"""What lies below a SOURCE folder: safe paths, tables, and the rows they give.

Nothing outside SOURCE is ever read: names that climb out of it and links that
point out of it are refused. What cannot be taken becomes a ``Problem`` with file,
row and reason; it never stops an import.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"})
MAX_TABLE_BYTES = 64 * 2**20
MAX_ROWS = 200_000
ENCODINGS = ("utf-8-sig", "gb18030")
"""ODIR's tables come in either."""


@dataclass(frozen=True)
class Entry:
    """One image that a source offers, with what the source says of it."""

    file: str
    path: Path | None = None
    """Where it lies; ``None`` for a phantom, which is rendered."""
    row: int | None = None
    """Line of the table, the header being line 1."""
    patient_id: str = ""
    eye: str = ""
    """right, left, or empty when unknown."""
    keywords: str = ""
    lesion: str = ""
    """Key of the lesion; the first one named where there are several."""
    label_reason: str = ""
    """Key of the reason why the label leaves the image out; empty when it fits."""
    seed: int = 0
    """Of a phantom."""


@dataclass(frozen=True)
class Problem:
    """One row or file that could not be taken, and why."""

    row: int | None
    file: str
    reason: str
    kind: str = "unreadable"
    """Key of ``selectors.problems.WORDS``: which field, and what to do."""
    value: str = ""
    """What stood there."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """The row as it was read, to be mended."""

    def __str__(self) -> str:
        where = self.file if self.row is None else f"row {self.row}, {self.file}"
        return f"{where}: {self.reason}"


@dataclass
class Listing:
    """What a layout found in its source."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(
        self,
        row: int | None,
        file: str,
        fault: WrongInput,
        cells: Mapping[str, str] | None = None,
    ) -> None:
        """Note a problem, with the row as it was read."""
        kind = getattr(fault, "kind", "unreadable")
        value = str(getattr(fault, "value", ""))[:300]
        self.problems.append(
            Problem(row, file[:300], str(fault)[:500], kind, value, cells or {})
        )


def cells_of(entry: Entry) -> dict[str, str]:
    """Write an entry as the row it came from."""
    return {
        "file": entry.file,
        "lesion": entry.keywords or entry.lesion,
        "patient_id": entry.patient_id,
        "eye": entry.eye,
    }


class BadCell(WrongInput):
    """A cell of a row, or a file, that cannot be used; ``kind`` says which and why."""

    def __init__(self, kind: str, text: str, value: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.value = value


class Root:
    """A folder that nothing read through it can leave."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise WrongInput(
                _("{folder} is not a folder; name the folder to import.").format(
                    folder=folder
                )
            )
        self.folder = folder.resolve()

    def below(self, base: Path, name: str) -> Path:
        """Return the file called ``name`` below ``base``, if it is inside."""
        try:
            path = (base / name.strip().replace("\\", "/")).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            text = "not a file name that can be read."
            raise BadCell("file-missing", text) from error
        if not path.is_relative_to(self.folder):
            text = "lies outside the source folder; copy it inside."
            raise BadCell("outside", text)
        if not path.is_file():
            raise BadCell("file-missing", "file not found.")
        return path

    def images(self, folder: Path, listing: Listing) -> Iterator[Path]:
        """Walk the image files below ``folder`` in order, refusing links outwards."""
        for where, folders, files in os.walk(folder, followlinks=False):
            folders.sort()
            for name in sorted(files):
                if name.startswith(".") or name == "Thumbs.db":
                    continue
                shown = (Path(where) / name).relative_to(self.folder).as_posix()
                if Path(name).suffix.lower() not in IMAGE_SUFFIXES:
                    fault = BadCell("no-image", "not an image by its file name.")
                    listing.refuse(None, shown, fault)
                    continue
                try:
                    yield self.below(Path(where), name)
                except WrongInput as error:
                    listing.refuse(None, shown, error)


def read_table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read a CSV or a workbook's first sheet as (line, cells by column name)."""
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise WrongInput(
            _("{file} is larger than 64 MiB; split it.").format(file=path.name)
        )
    rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    if not rows:
        raise WrongInput(_("{file} has no header line.").format(file=path.name))
    header = [cell.strip() for cell in rows[0]]
    return [
        (number, dict(zip(header, [*row, *[""] * len(header)], strict=False)))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]


def _csv(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            return [row for row, _ in zip(reader, range(MAX_ROWS), strict=False)]
        except csv.Error as error:
            raise WrongInput(
                _("{file} is not a readable CSV: {error}.").format(
                    file=path.name, error=error
                )
            ) from error
    raise WrongInput(
        _("{file} is not text in UTF-8 or GB 18030; save it as UTF-8.").format(
            file=path.name
        )
    )


def _workbook(path: Path) -> list[list[str]]:
    # Loaded here: only ODIR's original annotations need it.
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise WrongInput(
            _("{file} is not a readable workbook.").format(file=path.name)
        ) from error
    try:
        sheet = book.worksheets[0]
        values = sheet.iter_rows(values_only=True, max_row=MAX_ROWS)
        return [["" if v is None else str(v) for v in row] for row in values]
    finally:
        book.close()
