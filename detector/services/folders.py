"""Score a folder of images: no pool, no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.network.inference import Detector
from detector.network.loading import ahead
from forgery.imaging import fundus, profiles
from forgery.imaging.errors import UnreadableImage
from forgery.imaging.fundus import Image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})
BATCH = 16
LEAST_SIDE = 128
"""Side in pixels below which a photograph has lost what the detector looks at."""


@dataclass(frozen=True)
class FileScore:
    """What became of one file; ``problem`` says why it has no score."""

    file: str
    score: float | None = None
    probability: float | None = None
    manipulated: int | None = None
    note: str = ""
    """Why its score says little, where it does."""
    problem: str = ""


@dataclass(frozen=True)
class View:
    """A file as the detector sees it."""

    image: Image
    note: str


def image_files(folder: Path) -> list[Path]:
    """List the image files below a folder, in order; links out are not followed."""
    root = folder.resolve()
    found = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and path.resolve().is_relative_to(root)
    )
    return sorted(found)


def score_folder(
    detector: Detector,
    folder: Path,
    *,
    heatmaps: Path | None,
    progress: Callable[[int, int], None],
) -> Iterator[FileScore]:
    """Score every image below ``folder``; a bad file gets a problem, not a stop."""
    files = image_files(folder)
    viewed = ahead(_view, files, depth=2 * BATCH)
    for start in range(0, len(files), BATCH):
        part = files[start : start + BATCH]
        views = dict(zip(part, viewed, strict=False))
        yield from _batch(detector, folder, views, heatmaps)
        progress(min(start + BATCH, len(files)), len(files))


def _view(path: Path) -> View | str:
    """Read a file as the detector sees it, or say why it cannot be."""
    try:
        image = fundus.read(path)
        if _is_mask(image):  # `manipulate` lays some beside its forgeries
            return "only black and white: a mask, not a photograph"
        return View(profiles.detector_view(image), _note(image))
    except (UnreadableImage, OSError) as error:
        return str(error).removeprefix(f"{path.name}: ")


def _is_mask(image: Image) -> bool:
    # one pixel of 64 settles it for a photograph, which may have ten million
    if not np.isin(image[::8, ::8], (0, 255)).all():
        return False
    return bool(np.isin(image, (0, 255)).all() and image.any() and not image.all())


def _note(image: Image) -> str:
    """Say why a score would mean little: nothing like it was learned from."""
    if min(image.shape[:2]) < LEAST_SIDE:
        return f"smaller than {LEAST_SIDE} pixels"
    field = fundus.field_of_view(image)
    if not field.any() or field.all():
        return "no retina on a dark ground found; is it a fundus photograph?"
    return ""


def _batch(
    detector: Detector,
    folder: Path,
    views: dict[Path, View | str],
    heatmaps: Path | None,
) -> Iterator[FileScore]:
    """Score some files in one pass, and give them back in order."""
    readable = {path: view for path, view in views.items() if not isinstance(view, str)}
    outcomes = {
        path: FileScore(path.relative_to(folder).as_posix(), problem=view)
        for path, view in views.items()
        if isinstance(view, str)
    }
    if readable:
        images = np.stack([view.image for view in readable.values()])
        logits = detector.score(images)
        for path, logit, p, call in zip(
            readable,
            logits,
            detector.probability(logits),
            detector.decide(logits),
            strict=True,
        ):
            name = path.relative_to(folder).as_posix()
            note = readable[path].note
            outcomes[path] = FileScore(name, float(logit), float(p), int(call), note)
        if heatmaps is not None:
            _write_heatmaps(detector, folder, list(readable), images, heatmaps)
    yield from (outcomes[path] for path in views)


def _write_heatmaps(
    detector: Detector,
    folder: Path,
    files: Sequence[Path],
    images: NDArray[np.uint8],
    out: Path,
) -> None:
    """Write the image with its heat map over it, one PNG a file."""
    for path, image, heat in zip(files, images, detector.heatmap(images), strict=True):
        name = path.relative_to(folder).as_posix().replace("/", "__")
        target = out / f"{name}.heat.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(fundus.encode_png(overlay(image, heat)))


def overlay(image: Image, heat: NDArray[np.float64]) -> Image:
    """Lay a heat map over its image: red where it spoke for manipulated."""
    strength = np.clip(heat, 0, None)
    peak = strength.max()
    scaled = strength / peak if peak > 0 else strength
    colours = cv2.applyColorMap((scaled * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    weight = 0.6 * scaled[..., None]
    mixed = image * (1 - weight) + colours[..., ::-1] * weight
    return np.asarray(mixed.round(), np.uint8)
