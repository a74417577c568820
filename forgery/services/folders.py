"""Manipulate a folder of photographs: no pool, no database; torch; commands only.

Each photograph goes the way of every other in the program: cropped to its field of
view, squared, brought to the profile's size, sharpened, forged, blurred. What went
the same way but for the forging is its *matched* original.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from forgery.exceptions import WrongInput
from forgery.imaging import fundus, laundering, profiles, recipes
from forgery.imaging.errors import UnreadableImage
from forgery.imaging.forged import Forged, NothingToForge, Scene
from forgery.imaging.forging import Forger
from forgery.imaging.fundus import Image
from forgery.imaging.laundering import Laundering
from forgery.imaging.profiles import Profile
from forgery.services.manifests import Manifest, Row

SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jfif",
        ".png",
        ".tif",
        ".tiff",
        ".bmp",
        ".webp",
        ".gif",
        ".heic",
    }
)
"""Files that are tried; what is none of JPEG, PNG, TIFF or BMP is named and skipped."""
MASKS = "masks"
DONORS = 3
"""Other photographs of the folder that a splice may choose from."""
RANDOM = "random"
"""Instead of steps: a laundering drawn anew for each photograph."""


@dataclass(frozen=True)
class Order:
    """What to do with a folder."""

    source: Path
    out: Path
    matched: Path | None = None
    """Folder of the equally processed originals."""
    lesion: str | None = None
    """The lesion that forgeries shall show."""
    shown: str = "normal"
    """The lesion that the photographs show."""
    profile: Profile = profiles.PAPER
    laundering: str = ""
    """Steps for forgery and matched original alike, or ``random``."""

    def digest(self, forger: Forger) -> str:
        """Name all that decides what a photograph becomes."""
        known = (
            forger.recipe.key,
            forger.weights_sha256,
            forger.seed,
            self.lesion,
            self.shown,
            self.profile.digest,
            self.laundering,
            self.matched is not None,
        )
        return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def image_files(folder: Path) -> list[Path]:
    """List the image files of a folder and those below it, in order."""
    if not folder.is_dir():
        raise WrongInput(f"{folder} is not a folder; give one that holds photographs.")
    root = folder.resolve()
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and path.resolve().is_relative_to(root)
    )
    if not found:
        raise WrongInput(f"{folder} holds no image (jpg, png, tif or bmp).")
    return found


def manipulate_folder(
    forger: Forger, order: Order, progress: Callable[[int, int], None]
) -> list[Row]:
    """Manipulate every photograph; a bad file gets a problem, not a stop."""
    files = image_files(order.source)
    _check_apart(order)
    names = _names(files, order.source)
    manifest = Manifest(order.out)
    digest = order.digest(forger)
    recent: list[Path] = []
    rows = []
    for done, path in enumerate(files, start=1):
        known = Row(
            file=names[path][0],
            recipe=forger.recipe.key,
            seed=forger.seed,
            shown=order.shown,
            profile=order.profile.name,
            source_sha256=_sha256(path),
            order=digest,
        )
        row = manifest.finds(known, (order.out, order.matched or order.out))
        if row is None:
            others = recent or [other for other in files if other != path][:DONORS]
            row = _forged(forger, order, path, names[path][1], (known, others))
            manifest.add(row)
        rows.append(row)
        if not row.problem:
            recent = [*recent[-DONORS + 1 :], path]
        progress(done, len(files))
    manifest.finish(rows)
    return rows


def _forged(
    forger: Forger,
    order: Order,
    path: Path,
    output: str,
    known: tuple[Row, list[Path]],
) -> Row:
    """Forge one file, or say why it cannot be."""
    row, others = known
    try:
        frame = fundus.read(path)
        working = profiles.prepare(frame, order.profile)
        donors = _donors(others, order.profile) if _needs_donors(forger) else []
        forged = forger.forge(working, _scene(order, donors))
    except (UnreadableImage, NothingToForge, ValueError) as error:
        return replace(row, problem=str(error).removeprefix(f"{path.name}: "))
    return _written(forger, order, (row, output), (frame, working, forged))


def _sha256(path: Path) -> str:
    """Name a file by its content; nothing where it cannot be read."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""


def _needs_donors(forger: Forger) -> bool:
    return forger.recipe.key == recipes.SPLICE.key


def _donors(others: list[Path], profile: Profile) -> list[Image]:
    found = []
    for other in others:
        with suppress(UnreadableImage):
            found.append(_prepared(other, profile))
    return found


@lru_cache(maxsize=2 * DONORS)
def _prepared(path: Path, profile: Profile) -> Image:
    return profiles.prepare(fundus.read(path), profile)


def _check_apart(order: Order) -> None:
    """Refuse to write where it reads: a second run would forge its own forgeries."""
    outputs = [folder.resolve() for folder in filter(None, [order.out, order.matched])]
    if len(set(outputs)) < len(outputs):
        raise WrongInput("The folders for forgeries and for originals must differ.")
    for folder in outputs:
        if folder.is_relative_to(order.source.resolve()):
            raise WrongInput(
                f"{folder} lies in the folder that is read; write somewhere else."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            reason = (error.strerror or "it cannot be made").lower()
            raise WrongInput(f"{folder} cannot be written to: {reason}.") from error


def _names(files: list[Path], source: Path) -> dict[Path, tuple[str, str]]:
    """Name each file, and its output: a PNG beside which no other has the name."""
    named: dict[Path, tuple[str, str]] = {}
    taken: set[str] = set()
    for path in files:
        relative = path.relative_to(source)
        output = relative.with_suffix(".png").as_posix()
        if output in taken:
            output = f"{relative.as_posix()}.png"
        taken.add(output)
        named[path] = (relative.as_posix(), output)
    return named


def _scene(order: Order, donors: list[Image]) -> Scene:
    return Scene(
        lesion=order.shown,
        target=order.lesion,
        donors=donors,
        is_sharpened=order.profile.sharpen,
    )


def _written(
    forger: Forger,
    order: Order,
    named: tuple[Row, str],
    images: tuple[Image, Image, Forged],
) -> Row:
    """Finish and write a forgery, its mask and its matched original."""
    row, output = named
    frame, working, forged = images
    steps = _steps(order, forger, working)
    _write(order.out / output, steps.apply(_finished(forged.image, order)))
    mask = Path(MASKS) / output
    _write(order.out / mask, forged.mask.astype(np.uint8) * np.uint8(255))
    if order.matched is not None:
        _write(order.matched / output, steps.apply(_finished(working, order)))
    height, width = frame.shape[:2]
    return replace(
        row,
        output=output,
        matched="" if order.matched is None else output,
        mask=mask.as_posix(),
        target=forged.target,
        width=width,
        height=height,
        laundering=str(steps),
        parameters=json.dumps(dict(forged.parameters), sort_keys=True),
    )


def _finished(working: Image, order: Order) -> Image:
    return profiles.finish(working, order.profile)


def _steps(order: Order, forger: Forger, working: Image) -> Laundering:
    if order.laundering != RANDOM:
        return laundering.parse(order.laundering, seed=forger.seed)
    entropy = [forger.seed, int(working.sum(dtype=np.int64))]
    return laundering.draw(np.random.default_rng(entropy))


def _write(path: Path, pixels: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(fundus.encode_png(pixels))
