"""What was done to each file of a folder: a CSV that grows as the work does.

A run that was killed, or is given again, goes on from it: a file whose bytes, whose
order and whose outputs are as the manifest says is not forged twice.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

NAME = "manifest.csv"


@dataclass(frozen=True)
class Row:
    """One line of the manifest; ``problem`` says why a file was skipped."""

    file: str
    output: str = ""
    matched: str = ""
    mask: str = ""
    recipe: str = ""
    seed: int = 0
    shown: str = ""
    """The lesion that the photograph shows, as the order says."""
    target: str = ""
    profile: str = ""
    width: int = 0
    height: int = 0
    laundering: str = ""
    parameters: str = ""
    source_sha256: str = ""
    order: str = ""
    """Digest of recipe, weights, seed, lesions, profile and laundering."""
    problem: str = ""


def _numbers(line: dict[str, Any]) -> dict[str, Any]:
    return {name: int(line[name] or 0) for name in ("seed", "width", "height")}


COLUMNS = [field.name for field in fields(Row)]


class Manifest:
    """The manifest of an output folder."""

    def __init__(self, out: Path) -> None:
        """Read what an earlier run has written there, if it did."""
        self.out, self.path = out, out / NAME
        self.known = {row.file: row for row in self._read()}
        out.mkdir(parents=True, exist_ok=True)
        self._write(list(self.known.values()))

    def finds(self, wanted: Row, folders: tuple[Path, Path]) -> Row | None:
        """Find what was done before to the same bytes by the same order."""
        row = self.known.get(wanted.file)
        if row is None or row.problem:
            return None
        if (row.source_sha256, row.order) != (wanted.source_sha256, wanted.order):
            return None
        forged, matched = folders
        files = [forged / row.output, forged / row.mask]
        if row.matched:
            files.append(matched / row.matched)
        return row if all(file.is_file() for file in files) else None

    def add(self, row: Row) -> None:
        """Append a line; what a kill leaves behind can be read."""
        with self.path.open("a", newline="", encoding="utf-8") as handle:
            csv.DictWriter(handle, COLUMNS).writerow(asdict(row))

    def finish(self, rows: list[Row]) -> None:
        """Write all lines in the order of the files."""
        self._write(rows)

    def _read(self) -> list[Row]:
        if not self.path.is_file():
            return []
        with self.path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            if reader.fieldnames != COLUMNS:
                return []  # of another version: nothing is known of it
            whole: list[dict[str, Any]] = [
                line for line in reader if None not in line.values()
            ]
        return [Row(**{**line, **_numbers(line)}) for line in whole]

    def _write(self, rows: list[Row]) -> None:
        unfinished = self.path.with_suffix(".part")
        with unfinished.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, COLUMNS)
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)
        unfinished.replace(self.path)
