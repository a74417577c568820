"""What the shipped detector makes of forgeries that no recipe here makes.

Run ``python -m benchmarks.measure.foreign [DETECTOR]``: copied and moved pieces, median
filter over a piece, colours of the whole shifted, diffusion, a piece saved as JPEG,
Telea's in-painting, enlarging; and originals laundered. Photographs are ODIR's, which
the shipped detector never saw, forged at 512 x 512, scored as `score_images` does.
"""

import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from sklearn.metrics import roc_auc_score

from detector.network.inference import Detector
from forgery.imaging import fundus, laundering, profiles
from forgery.imaging.fundus import Image, Mask, field_of_view

DATA = Path(os.environ.get("FUNDUS_SHARED", "../shared")) / "data"
SHIPPED = Path(__file__).parents[2] / "detector" / "weights" / "default.safetensors"
N = 40
Rng = np.random.Generator


def place(mask: Mask, radius: int, rng: Rng) -> tuple[int, int]:
    """Draw a place whose disc lies inside the field of view."""
    kernel = np.ones((2 * radius + 9,) * 2, np.uint8)
    rows, columns = np.nonzero(cv2.erode(mask.astype(np.uint8), kernel))
    which = rng.integers(len(rows))
    return int(rows[which]), int(columns[which])


def disc(image: Image, centre: tuple[int, int], radius: int) -> Mask:
    """True within a radius of a place."""
    rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
    inside = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2
    return np.asarray(inside)


def in_disc(
    share: float, change: Callable[[Image, Mask], Image]
) -> Callable[[Image, Mask, Rng], Image]:
    """Change a disc of a share of the image's side, and nothing else."""

    def forge(image: Image, mask: Mask, rng: Rng) -> Image:
        radius = int(len(image) * share)
        region = disc(image, place(mask, radius, rng), radius)
        return np.where(region[..., None], change(image, region), image)

    return forge


def copy_move(image: Image, mask: Mask, rng: Rng) -> Image:
    """Paste a disc somewhere else."""
    radius = int(len(image) * 0.07)
    source, target = place(mask, radius, rng), place(mask, radius, rng)
    moved = np.roll(image, np.subtract(target, source), (0, 1))
    return np.where(disc(image, target, radius)[..., None], moved, image)


def colours(image: Image, mask: Mask, rng: Rng) -> Image:
    """Shift and stretch the colours of the whole retina."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    mean = lab[mask].mean(0)
    lab = (lab - mean) * rng.uniform(0.8, 1.2, 3) + mean + rng.uniform(-12, 12, 3)
    shifted = np.clip(lab, 0, 255).astype(np.uint8)
    changed = cv2.cvtColor(shifted, cv2.COLOR_LAB2RGB)
    return np.where(mask[..., None], changed, image)


def diffusion(image: Image, mask: Mask, rng: Rng) -> Image:
    """Smooth along edges (Perona and Malik), then put noise back."""
    out = image.astype(np.float32)
    for _ in range(12):
        for axis in (0, 1):
            step = np.diff(out, axis=axis)
            flow = np.exp(-((step / 12) ** 2)) * step * 0.2
            pad = [(0, 0)] * 3
            pad[axis] = (0, 1)
            out = out + np.pad(flow, pad)
            pad[axis] = (1, 0)
            out = out - np.pad(flow, pad)
    out = np.clip(out + rng.normal(0, 1.5, out.shape), 0, 255)
    return np.where(mask[..., None], out.astype(np.uint8), image)


def enlarged(image: Image, mask: Mask, _rng: Rng) -> Image:
    """Halve the retina and enlarge it again."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LANCZOS4)
    return np.where(mask[..., None], large, image)


def as_jpeg(image: Image, _region: Mask) -> Image:
    """Save as JPEG of quality 40."""
    handle = io.BytesIO()
    PillowImage.fromarray(image).save(handle, "JPEG", quality=40)
    with PillowImage.open(handle) as opened:
        return np.array(opened, np.uint8)


METHODS: Mapping[str, Callable[[Image, Mask, Rng], Image]] = {
    "copy-move": copy_move,
    "median filter in a piece": in_disc(
        0.07, lambda image, _: cv2.medianBlur(image, 2 * int(len(image) * 0.02) + 1)
    ),
    "colour transfer": colours,
    "diffusion smoothing": diffusion,
    "piece as JPEG 40": in_disc(0.15, as_jpeg),
    "Telea in-painting": in_disc(
        0.05,
        lambda image, region: cv2.inpaint(
            image, region.astype(np.uint8), 5, cv2.INPAINT_TELEA
        ),
    ),
    "halved and enlarged": enlarged,
}


def told(name: str, detector: Detector, scores: list[NDArray[np.float64]]) -> None:
    """Print a method's row."""
    both = np.concatenate(scores)
    truth = np.repeat([0, 1], [len(part) for part in scores])
    called = (scores[1] >= detector.threshold).mean()
    print(f"{name:26} AUC {roc_auc_score(truth, both):.3f}, called {called:.0%}")


def main() -> None:
    """Forge, score, print."""
    torch.set_num_threads(1)
    detector = Detector.load(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
    files = sorted((DATA / "odir" / "images").iterdir())
    picked = [files[i] for i in np.linspace(0, len(files) - 1, N).astype(int)]
    images = [fundus.read(path) for path in picked]
    masks = [field_of_view(image) for image in images]

    def score(shown: list[Image]) -> NDArray[np.float64]:
        return detector.score(np.stack([profiles.detector_view(one) for one in shown]))

    originals = score(images)
    print(f"{N} originals, called {(originals >= detector.threshold).mean():.0%}")
    views = [profiles.detector_view(image) for image in images]
    rngs = [np.random.default_rng([3, i]) for i in range(N)]
    washed = [
        laundering.draw(rng).apply(one) for rng, one in zip(rngs, views, strict=True)
    ]
    told("originals, laundered", detector, [originals, score(washed)])
    for name, method in METHODS.items():
        forged = [
            method(image, mask, rng)
            for image, mask, rng in zip(images, masks, rngs, strict=True)
        ]
        told(name, detector, [originals, score(forged)])


if __name__ == "__main__":
    main()
