"""How vessels look: round columns of blood, arteries with a central reflex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy
from forgery.imaging.phantom.canvas import Canvas, Plane, Points, Shape, hill, sideways
from forgery.imaging.phantom.vessels import Branch


@dataclass(frozen=True)
class Blood:
    """How one kind of vessel takes up light."""

    absorbs: tuple[float, float, float]
    """Part of red, green, blue taken by the deepest column."""
    reflex: float
    """Depth left in the bright middle of a wide vessel, 0 to 1."""


ARTERY = Blood((0.18, 0.50, 0.42), 0.55)
VEIN = Blood((0.36, 0.60, 0.44), 0.9)
# Parts of the width and the depth of blood seen there: the chord of a round column.
_PROFILE = ((1.0, 0.5), (0.72, 0.8), (0.45, 1.0))
_REFLEX_WIDTH = 0.3
_WIDE = 0.013
"""Only vessels wider than this, in field units, show a reflex."""


def paint_vessels(
    planes: Plane,
    canvas: Canvas,
    anatomy: Anatomy,
    branches: list[Branch],
    blood: Blood,
) -> None:
    """
    Let vessels take up light, in place.

    Parameters
    ----------
    planes : ndarray of float32, shape (3, H, W)
        The retina so far.
    canvas : Canvas
        Its pixel grid.
    anatomy : Anatomy
        Where the vessels come up; they fade there.
    branches : list of Branch
        Vessels of one kind.
    blood : Blood
        How that kind looks.
    """
    drawn = canvas.fill(_strips(canvas, anatomy, branches, blood))
    depth = drawn.astype(np.float32) * np.float32(1 / 255)
    root = anatomy.to_field(np.array([anatomy.emergence]))[0]
    at_root = canvas.distance((float(root[0]), float(root[1])))
    depth *= 1 - np.float32(0.7) * hill(at_root, anatomy.disc_radius * 0.45)
    for plane, part in zip(planes, blood.absorbs, strict=True):
        plane *= 1 - np.float32(part) * depth


def _strips(
    canvas: Canvas, anatomy: Anatomy, branches: list[Branch], blood: Blood
) -> list[Shape]:
    # List the strips of all vessels, thin before wide, edges before middles.
    order = sorted(branches, key=lambda branch: float(branch.widths[0]))
    lengths = np.cumsum([len(branch.points) for branch in order])[:-1]
    joined = np.concatenate([branch.points for branch in order])
    lines = np.split(anatomy.to_field(joined), lengths)
    sides = [
        sideways(line) * (branch.widths / 2)[:, None]
        for branch, line in zip(order, lines, strict=True)
    ]
    shapes = []
    for part, depth in _PROFILE:
        for branch, line, side in zip(order, lines, sides, strict=True):
            dark = depth * _depth(branch)
            shapes.append(Shape(_outline(line, side * part), round(255 * dark)))
    for branch, line, side in zip(order, lines, sides, strict=True):
        wide = int((branch.widths * canvas.size / 2 > 3).sum())
        if branch.widths[0] > _WIDE and wide > 3:
            dark = blood.reflex * _depth(branch)
            band = _outline(line[:wide], side[:wide] * _REFLEX_WIDTH)
            shapes.append(Shape(band, round(255 * dark)))
    return shapes


def _depth(branch: Branch) -> float:
    # Depth of blood in a vessel, relative to the widest.
    middle = float(branch.widths[len(branch.widths) // 2])
    return min(1.0, 0.42 + 0.58 * middle / 0.02)


def _outline(line: Points, side: Points) -> Points:
    # Walk up one side of a vessel and down the other.
    return np.concatenate([line + side, (line - side)[::-1]])
