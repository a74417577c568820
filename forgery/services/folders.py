"""Manipulate a folder of photographs: no pool, no database; torch; commands only.

Each photograph goes the way of every other in the program: cropped to its field of
view, squared, brought to the profile's size, sharpened, forged, blurred. What went
the same way but for the forging is its *matched* original.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from forgery.exceptions import WrongInput
from forgery.imaging import fundus, laundering, profiles
from forgery.imaging.errors import UnreadableImage
from forgery.imaging.forged import Forged, NothingToForge, Scene
from forgery.imaging.forging import Forger
from forgery.imaging.fundus import Image
from forgery.imaging.laundering import Laundering
from forgery.imaging.profiles import Profile

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
MANIFEST = "manifest.csv"
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


@dataclass(frozen=True)
class Row:
    """One line of the manifest; ``problem`` says why a file was skipped."""

    file: str
    output: str = ""
    matched: str = ""
    mask: str = ""
    recipe: str = ""
    seed: int = 0
    target: str = ""
    profile: str = ""
    width: int = 0
    height: int = 0
    laundering: str = ""
    parameters: str = ""
    problem: str = ""


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
) -> Iterator[Row]:
    """Manipulate every photograph; a bad file gets a problem, not a stop."""
    files = image_files(order.source)
    _check_apart(order)
    names = _names(files, order.source)
    recent: list[Image] = []
    for done, path in enumerate(files, start=1):
        try:
            frame = fundus.read(path)
            working = profiles.prepare(frame, order.profile)
            donors = recent or _first_other(files, path, order.profile)
            forged = forger.forge(working, _scene(order, donors))
            recent = [*recent[-DONORS + 1 :], working]
            yield _written(forger, order, names[path], (frame, working, forged))
        except (UnreadableImage, NothingToForge, ValueError) as error:
            name = path.relative_to(order.source).as_posix()
            problem = str(error).removeprefix(f"{path.name}: ")
            yield Row(name, recipe=forger.recipe.key, problem=problem)
        progress(done, len(files))


def write_manifest(out: Path, rows: list[Row]) -> None:
    """Write what was done to each file, and why some were skipped."""
    columns = [field.name for field in fields(Row)]
    out.mkdir(parents=True, exist_ok=True)
    with (out / MANIFEST).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def _check_apart(order: Order) -> None:
    folders = [order.source, order.out, *filter(None, [order.matched])]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise WrongInput("The folders for reading and writing must differ.")


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


def _first_other(files: list[Path], path: Path, profile: Profile) -> list[Image]:
    for other in files:
        if other == path:
            continue
        try:
            return [profiles.prepare(fundus.read(other), profile)]
        except UnreadableImage:
            continue
    return []


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
    names: tuple[str, str],
    images: tuple[Image, Image, Forged],
) -> Row:
    """Finish and write a forgery, its mask and its matched original."""
    frame, working, forged = images
    steps = _steps(order, forger, working)
    _write(order.out / names[1], steps.apply(_finished(forged.image, order)))
    mask = Path(MASKS) / names[1]
    _write(order.out / mask, forged.mask.astype(np.uint8) * np.uint8(255))
    if order.matched is not None:
        _write(order.matched / names[1], steps.apply(_finished(working, order)))
    height, width = frame.shape[:2]
    return Row(
        file=names[0],
        output=names[1],
        matched="" if order.matched is None else names[1],
        mask=mask.as_posix(),
        recipe=forger.recipe.key,
        seed=forger.seed,
        target=forged.target,
        profile=order.profile.name,
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
