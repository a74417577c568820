"""Rows that somebody mended after an import, read as their layout would have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forgery.exceptions import WrongInput
from forgery.services import layouts
from forgery.services.sources import Entry, Listing, Root


def mended(
    rows: Sequence[Mapping[str, Any]], folders: Sequence[Path], options: layouts.Options
) -> Listing:
    """List rows that somebody mended; the first folder that has a file counts."""
    listing = Listing()
    roots = [root for folder in folders for root in _roots(folder)]
    for row in rows:
        cells = {name: str(row.get(name, "")).strip() for name in layouts.COLUMNS}
        try:
            entry = _mended_entry(row["row"], cells, options)
            path = _in_roots(roots, cells["file"])
        except WrongInput as error:
            listing.refuse(row["row"], cells["file"], error, cells)
            continue
        listing.entries.append(Entry(**{**entry, "path": path}))
    return layouts.without_repeats(listing)


def _mended_entry(
    number: int | None, cells: Mapping[str, str], options: layouts.Options
) -> dict[str, Any]:
    """Read a mended row as its layout would have read it."""
    if options.layout != "odir" or not cells["file"]:
        return layouts.manifest_entry(number, cells, options)
    keywords = f"{cells['eye'].title()}-Diagnostic Keywords"
    row = {"ID": cells["patient_id"], keywords: cells["lesion"]}
    entry = layouts.odir_entry(number or 0, row, cells["eye"], cells["file"])
    return entry.__dict__ | {"row": number}


def _roots(folder: Path) -> list[tuple[Root, Path]]:
    """Name the places of a folder where a file may lie: it and its ``images``."""
    root = Root(folder)
    inner = [root.folder / name for name in layouts.PREFERRED]
    return [(root, base) for base in (*inner, root.folder)]


def _in_roots(roots: Sequence[tuple[Root, Path]], name: str) -> Path:
    refusals: list[WrongInput] = []
    for root, base in roots:
        try:
            return root.below(base, name)
        except WrongInput as error:
            refusals.append(error)
    raise refusals[-1]
