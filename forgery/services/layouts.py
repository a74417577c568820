"""The layouts of a source: ODIR, a folder per lesion, a manifest, phantoms.

Each reads names and labels only, never pixels, and returns a ``Listing``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.imaging import labels
from forgery.services.sources import (
    BadCell,
    Entry,
    Listing,
    Root,
    cells_of,
    read_table,
)

LAYOUTS = ("odir", "folders", "manifest", "phantom")
EYES = {"right": "right", "r": "right", "od": "right", "left": "left", "l": "left"}
EYES |= {"os": "left", "": "", "unknown": ""}
COLUMNS = {
    "file": ("file", "filename", "image", "path"),
    "lesion": ("lesion", "label", "diagnosis"),
    "patient_id": ("patient_id", "patient", "id"),
    "eye": ("eye", "laterality"),
}
"""A manifest's columns, each with the names it may have by itself."""
ODIR_COLUMNS = ("ID", "Left-Diagnostic Keywords", "Right-Diagnostic Keywords")
PREFERRED = ("preprocessed_images", "images", "Training Images")


@dataclass(frozen=True)
class Options:
    """What the user asked of an import, beside the source."""

    layout: str
    domain: str = "fundus"
    names: Mapping[str, str] = field(default_factory=dict)
    """The source's label to a lesion's key."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our column to the manifest's."""
    per_lesion: int = 110
    """Phantoms a lesion."""
    seed: int = 1

    def lesion_of(self, label: str) -> str:
        """Find the lesion that a source's label means."""
        known = {key.casefold(): key for key in self.names}
        wanted = label.strip()
        if not wanted:
            raise BadCell("no-label", "the lesion column is empty.")
        named = self.names.get(known.get(wanted.casefold(), ""), wanted)
        key = re.sub(r"[\s_]+", "-", named.strip()).casefold()
        domain = domains.get(self.domain)
        for lesion in domain.lesions:
            if key in {lesion.key, lesion.name.casefold().replace(" ", "-")}:
                return lesion.key
        raise BadCell(
            "unknown-label",
            f"unknown label {label!r}; say what it means with --map {label!r}=LESION, "
            f"one of {', '.join(domain.lesion_keys)}.",
            label,
        )


def read(source: Path | None, options: Options) -> Listing:
    """List what a source offers in the given layout, duplicates of a name refused."""
    if options.layout == "phantom":
        return _phantoms(options)
    if source is None:
        raise WrongInput(_("Name the folder to import."))
    readers: dict[str, Callable[[Path, Options], Listing]] = {
        "odir": _odir,
        "folders": _folders,
        "manifest": _manifest,
    }
    if options.layout not in readers:
        raise WrongInput(
            _("No layout {layout!r}; use {known}.").format(
                layout=options.layout, known=", ".join(LAYOUTS)
            )
        )
    listing = readers[options.layout](source, options)
    return without_repeats(listing)


def without_repeats(listing: Listing) -> Listing:
    """Refuse a file that an earlier row names already."""
    first: dict[str, Entry] = {}
    for entry in listing.entries:
        other = first.setdefault(entry.file, entry)
        if other is not entry:
            where = f"row {other.row}" if other.row else "before"
            reason = f"duplicate: the same file is named in {where} already."
            fault = BadCell("repeated", reason, str(other.row or ""))
            listing.refuse(entry.row, entry.file, fault, cells_of(entry))
    listing.entries = list(first.values())
    return listing


def _phantoms(options: Options) -> Listing:
    entries = []
    for place, lesion in enumerate(domains.FUNDUS.lesion_keys):
        for number in range(options.per_lesion):
            seed = options.seed * 1_000_000 + place * 100_000 + number
            entries.append(
                Entry(
                    file=f"phantom-{lesion}-{number + 1:04d}.png",
                    patient_id=str(seed),
                    eye="right",
                    lesion=lesion,
                    seed=seed,
                )
            )
    return Listing(entries)


def _folders(source: Path, options: Options) -> Listing:
    root, listing = Root(source), Listing()
    for folder in sorted(root.folder.iterdir()):
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        if folder.is_symlink():
            fault = BadCell("outside", "a linked folder; copy it inside.")
            listing.refuse(None, folder.name, fault)
            continue
        try:
            lesion = options.lesion_of(folder.name)
        except WrongInput as error:
            listing.refuse(None, folder.name, error)
            continue
        for path in root.images(folder, listing):
            shown = path.relative_to(root.folder).as_posix()
            listing.entries.append(Entry(file=shown, path=path, lesion=lesion))
    return listing


def _manifest(source: Path, options: Options) -> Listing:
    table = source if source.is_file() else _manifest_of(source)
    root, listing = Root(table.parent), Listing()
    rows = read_table(table)
    columns = _columns(rows[0][1] if rows else {}, options.columns, table.name)
    images = root.folder / "images"
    base = images if images.is_dir() else root.folder
    for number, row in rows:
        cells = {ours: row.get(theirs, "").strip() for ours, theirs in columns.items()}
        try:
            entry = manifest_entry(number, cells, options)
            path = _first_there(root, (base, root.folder), cells["file"])
        except WrongInput as error:
            listing.refuse(number, cells["file"], error, cells)
            continue
        listing.entries.append(Entry(**{**entry, "path": path}))
    return listing


def manifest_entry(
    number: int | None, cells: Mapping[str, str], options: Options
) -> dict[str, Any]:
    """Read a row of a manifest, all but its file."""
    eye = cells.get("eye", "").casefold()
    if not cells["file"]:
        raise BadCell("no-file", "the file column is empty.")
    if eye not in EYES:
        text = f"unknown eye {eye!r}; write right, left or nothing."
        raise BadCell("unknown-eye", text, eye)
    return {
        "file": cells["file"],
        "row": number,
        "patient_id": cells.get("patient_id", "")[:80],
        "eye": EYES[eye],
        "keywords": cells["lesion"][:500],
        "lesion": options.lesion_of(cells["lesion"]),
    }


def _first_there(root: Root, bases: tuple[Path, ...], name: str) -> Path:
    """Find a file below the first base that has it; the first refusal counts."""
    refusals = []
    for base in bases:
        try:
            return root.below(base, name)
        except WrongInput as error:
            refusals.append(error)
    raise refusals[0]


def _manifest_of(source: Path) -> Path:
    folder = Root(source).folder
    tables = sorted(folder.glob("*.csv"))
    named = [path for path in tables if path.name in {"labels.csv", "manifest.csv"}]
    found = named or tables
    if len(found) != 1:
        have = ", ".join(path.name for path in found) or "none"
        raise WrongInput(
            _(
                "{folder} must hold one manifest (labels.csv, manifest.csv), has "
                "{have}; name the CSV file itself."
            ).format(folder=folder, have=have)
        )
    return found[0]


def _columns(
    row: Mapping[str, str], given: Mapping[str, str], table: str
) -> dict[str, str]:
    lower = {name.casefold(): name for name in row}
    columns = {}
    for ours, usual in COLUMNS.items():
        wanted = (given[ours],) if ours in given else usual
        theirs = next(
            (lower[n.casefold()] for n in wanted if n.casefold() in lower), ""
        )
        if theirs:
            columns[ours] = theirs
        elif ours in given or ours in {"file", "lesion"}:
            raise WrongInput(
                _(
                    "{table} has no column {name!r}; it has {known}. Call the right "
                    "one {ours}."
                ).format(table=table, name=wanted[0], known=", ".join(row), ours=ours)
            )
    return columns


def _odir(source: Path, _options: Options) -> Listing:
    root, listing = Root(source), Listing()
    rows = read_table(_odir_table(root.folder))
    missing = [name for name in ODIR_COLUMNS if rows and name not in rows[0][1]]
    if missing:
        raise WrongInput(
            _("ODIR's table lacks the column {name!r}.").format(name=missing[0])
        )
    wanted = [entry for number, row in rows for entry in _odir_entries(number, row)]
    base = _image_folder(root, {entry.file for entry in wanted})
    for entry in wanted:
        try:
            path = root.below(base, entry.file)
        except WrongInput as error:
            listing.refuse(entry.row, entry.file, error, cells_of(entry))
            continue
        listing.entries.append(Entry(**{**entry.__dict__, "path": path}))
    return listing


def _odir_table(folder: Path) -> Path:
    kaggle = folder / "full_df.csv"
    if kaggle.is_file():
        return kaggle
    books = [
        path
        for path in sorted(folder.glob("**/*.xlsx"))
        if not path.name.startswith("~") and path.resolve().is_relative_to(folder)
    ]
    named = [path for path in books if "annotation" in path.name.casefold()]
    if not books:
        raise WrongInput(
            _(
                "{folder} holds neither full_df.csv nor ODIR's annotations (.xlsx)."
            ).format(folder=folder)
        )
    return (named or books)[0]


def _odir_entries(number: int, row: Mapping[str, str]) -> list[Entry]:
    """Make one entry of a Kaggle row, two of a row of the original workbook."""
    if file := row.get("filename", "").strip():
        side = "left" if "left" in Path(file).stem.casefold() else "right"
        return [odir_entry(number, row, side, file)]
    files = {side: row.get(f"{side.title()}-Fundus", "") for side in ("left", "right")}
    return [
        odir_entry(number, row, s, f.strip()) for s, f in files.items() if f.strip()
    ]


def odir_entry(number: int, row: Mapping[str, str], side: str, file: str) -> Entry:
    """Read one eye of a row of ODIR's table."""
    keywords = row[f"{side.title()}-Diagnostic Keywords"].strip()
    label = labels.parse(keywords)
    named = (labels.lesion_of(word) for word in labels.split(keywords))
    return Entry(
        file=file,
        row=number,
        patient_id=row["ID"].strip().removesuffix(".0")[:80],
        eye=side,
        keywords=keywords[:500],
        lesion=label.lesion or next((lesion for lesion in named if lesion), ""),
        label_reason=label.reason or "",
    )


def _image_folder(root: Root, names: set[str]) -> Path:
    """Choose the folder that holds most of the files that the table names."""
    found: Counter[Path] = Counter()
    for path in root.images(root.folder, Listing()):
        if path.name in names:
            found[path.parent] += 1

    def rank(folder: Path) -> tuple[int, int, str]:
        order = PREFERRED.index(folder.name) if folder.name in PREFERRED else 9
        return -found[folder], order, folder.as_posix()

    return min(found, key=rank, default=root.folder)
