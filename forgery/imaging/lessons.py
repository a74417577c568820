"""What a converter is taught by: photographs with a lesion's findings painted in.

Critics alone teach a small network a tint and a texture, not a lesion. Nor can a
network guess where a die has put a finding; so findings lie here where the photograph's
own texture is darkest or brightest, which it can see, and take that texture's shape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from forgery.imaging import lesion_insert, shapes
from forgery.imaging.blending import rounded
from forgery.imaging.field import Image
from forgery.imaging.reconstruction import Images
from forgery.imaging.retina import DISC_RADIUS, Plane, Retina, examine
from forgery.imaging.shapes import Shape, blob
from forgery.imaging.shuffle_unet import WIDER


@dataclass(frozen=True)
class Habit:
    """Where a photograph's texture invites findings; lengths in radii."""

    size: float
    """Scale of the texture that they take the shape of."""
    spread: float
    """Standard deviation of their distance from the fovea."""
    share: float
    """Share of the field that they cover."""
    cover: float
    """Share of the finding's colour."""
    is_dark: bool
    """Whether they lie where the texture is dark."""


HABITS: Mapping[str, Mapping[str, Habit]] = {
    "diabetic-retinopathy": {
        "hard-exudates": Habit(0.0145, 0.45, 0.022, 0.95, is_dark=False),
        "haemorrhages": Habit(0.012, 0.8, 0.028, 0.95, is_dark=True),
    },
    "macular-degeneration": {
        "drusen": Habit(0.016, 0.24, 0.03, 1.0, is_dark=False),
    },
}
"""Findings by lesion; a larger cup has a place of its own."""
_FOVEA = 0.1  # radii that stay free about it: it is dark in any photograph


def pairs(
    sources: Images, targets: Images, lesion: str, *, seed: int
) -> tuple[Images, Images]:
    """
    Pair photographs with what a converter shall make of them.

    Parameters
    ----------
    sources, targets : ndarray of uint8, shape (N, S, S, 3) and (M, S, S, 3)
        Photographs of the lesion to turn, and of the lesion wanted.
    lesion : str
        Key of the lesion wanted.
    seed : int
        Seed of what a finding's rendering draws.

    Returns
    -------
    shown : ndarray of uint8
        The sources; where the lesion wanted has no findings (normal), then the targets
        with the findings of others.
    wanted : ndarray of uint8, shape of ``shown``
        The sources with findings of the lesion; or the sources and the targets.
    """
    if lesion in lesion_insert.OF_LESION:
        return sources, _all_drawn(sources, [lesion], seed)
    others = list(lesion_insert.OF_LESION)
    shown = np.concatenate([sources, _all_drawn(targets, others, seed)])
    return shown, np.concatenate([sources, targets])


def _all_drawn(images: Images, lesions: Sequence[str], seed: int) -> Images:
    return np.stack(
        [
            drawn(image, lesions[i % len(lesions)], np.random.default_rng([seed, i]))
            for i, image in enumerate(images)
        ]
    )


def drawn(image: Image, lesion: str, rng: np.random.Generator) -> Image:
    """
    Paint the findings of a lesion where the photograph's texture invites them.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph.
    lesion : str
        A key of `lesion_insert.OF_LESION`.
    rng : numpy.random.Generator
        Source of grain and of how dark or bright they are.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The photograph with findings, as it was where it shows no retina.
    """
    try:
        retina = examine(image)
    except ValueError:
        return image
    painted = image.astype(np.float32)
    for key, cover in _covers(image, lesion, retina).items():
        painted += lesion_insert.added(image, retina, key, cover, rng)
    return rounded(np.where(retina.field[..., None], painted, image))


def _covers(image: Image, lesion: str, retina: Retina) -> dict[str, Plane]:
    if lesion in HABITS:
        return {k: invited(image, retina, one) for k, one in HABITS[lesion].items()}
    outline = blob(
        np.random.default_rng(0),
        retina.disc,
        0.8 * DISC_RADIUS * retina.radius,
        rough=0,
        stretch=1.15,
        course=math.pi / 2,
    )
    cup = [Shape(outline, 0.9)]
    return {"cup": shapes.fill(cup, retina.field.shape, soft=0.022 * retina.radius)}


def invited(image: Image, retina: Retina, habit: Habit) -> Plane:
    """
    Cover what is darkest or brightest of the fine texture about the fovea.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    retina : Retina
        Its landmarks; disc and vessels stay free.
    habit : Habit
        What the finding takes to.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Cover, 0 to 1; exactly 0 away from the findings.
    """
    green = image[..., 1].astype(np.float32)
    sigma = habit.size * retina.radius
    fine = cv2.GaussianBlur(green, (0, 0), sigma)
    texture = fine - cv2.GaussianBlur(green, (0, 0), WIDER * sigma)
    texture = -texture if habit.is_dark else texture
    reach = retina.distance(retina.fovea) / np.float32(habit.spread)
    near = cv2.dilate(retina.vessels.astype(np.uint8), np.ones((3, 3), np.uint8))
    allowed = retina.inner(0.07) & (near == 0)
    allowed &= retina.distance(retina.disc) > 1.35 * DISC_RADIUS
    allowed &= retina.distance(retina.fovea) > _FOVEA
    wish = np.where(allowed, texture * np.exp(-0.5 * reach * reach), 0)
    nothing = np.zeros(image.shape[:2], np.float32)
    if not allowed.any():
        return nothing
    share = habit.share * retina.field.sum() / allowed.sum()
    least = float(np.quantile(wish[allowed], 1 - min(1.0, share)))
    if least <= 0:
        return nothing
    # from nothing to all over a third of the least: edges as soft as the texture
    cover = np.clip((wish - 0.8 * least) / (0.35 * least), 0, 1)
    return np.asarray(habit.cover * cover, np.float32)
