"""Outlines of findings and patches, and how they are drawn on a photograph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from forgery.imaging.field import Mask

Plane = NDArray[np.float32]
Points = NDArray[np.float64]
Point = tuple[float, float]

_FINER = 4
"""Shapes are filled on a grid this many times finer, then averaged."""
_BITS = 4  # of fixed-point coordinates
_CORNERS = 32


@dataclass(frozen=True)
class Shape:
    """A closed outline in pixels, covering what lies beneath by some share."""

    outline: Points
    """Corners (x, y), shape (n, 2)."""
    cover: float = 1.0
    """Share of the finding's colour, 0 to 1."""


def blob(
    rng: np.random.Generator,
    place: Point,
    radius: float,
    *,
    rough: float = 0.15,
    stretch: float = 1.0,
    course: float = 0.0,
) -> Points:
    """
    Draw a roundish outline with uneven edges.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the unevenness.
    place : tuple of float
        Centre (x, y) in pixels.
    radius : float
        Mean radius in pixels.
    rough : float
        Unevenness in parts of the radius.
    stretch : float
        Length over width.
    course : float
        Direction of the length in radians.

    Returns
    -------
    ndarray of float, shape (32, 2)
        Corners in pixels.
    """
    angle = np.linspace(0, math.tau, _CORNERS, endpoint=False)
    reach = np.ones(_CORNERS)
    for order in (2, 3, 4, 6):
        swing, phase = rng.normal(0, rough / order), rng.uniform(0, math.tau)
        reach += swing * np.cos(order * angle + phase)
    reach = radius * np.maximum(reach, 0.35)
    along = reach * np.cos(angle) * math.sqrt(stretch)
    across = reach * np.sin(angle) / math.sqrt(stretch)
    c, s = math.cos(course), math.sin(course)
    return np.stack(
        [place[0] + along * c - across * s, place[1] + along * s + across * c], axis=1
    )


def fill(shapes: Sequence[Shape], shape: tuple[int, int], *, soft: float) -> Plane:
    """
    Fill shapes, the strongest cover winning, with edges as soft as the optics.

    Parameters
    ----------
    shapes : sequence of Shape
        What to fill.
    shape : tuple of int
        Height and width of the image.
    soft : float
        Standard deviation in pixels by which edges are softened.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Cover, 0 to 1; exactly 0 away from the shapes.
    """
    height, width = shape
    cover = np.zeros((height, width), np.float32)
    for one in shapes:
        window = _window(one.outline, shape, 4 * soft + 2)
        if window is None:
            continue
        rows, columns = window
        part = _filled(one.outline, window) * np.float32(one.cover)
        if soft > 0:
            part = np.asarray(cv2.GaussianBlur(part, (0, 0), soft), np.float32)
        cover[rows, columns] = np.maximum(cover[rows, columns], part)
    cover[cover < 0.02] = 0
    return cover


def _window(
    outline: Points, shape: tuple[int, int], margin: float
) -> tuple[slice, slice] | None:
    low = np.floor(outline.min(axis=0) - margin).astype(int)
    high = np.ceil(outline.max(axis=0) + margin).astype(int) + 1
    left, top = np.maximum(low, 0).tolist()
    right, bottom = np.minimum(high, (shape[1], shape[0])).tolist()
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right)


def _filled(outline: Points, window: tuple[slice, slice]) -> Plane:
    rows, columns = window
    size = (columns.stop - columns.start, rows.stop - rows.start)
    fine = np.zeros((size[1] * _FINER, size[0] * _FINER), np.uint8)
    moved = (outline - (columns.start, rows.start) + 0.5) * _FINER - 0.5
    fixed = np.rint(moved * (1 << _BITS)).astype(np.int32)
    cv2.fillPoly(fine, [fixed], 255, shift=_BITS)
    drawn = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    return np.asarray(drawn / np.float32(255), np.float32)


def patch(
    rng: np.random.Generator, allowed: Mask, *, area: float, tries: int = 40
) -> Mask:
    """
    Draw a random patch that lies where it may.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of place and outline.
    allowed : ndarray of bool, shape (H, W)
        Where the patch's centre may lie, and nine tenths of the patch.
    area : float
        Wanted area in pixels.
    tries : int
        Places to try; the best is taken.

    Returns
    -------
    ndarray of bool, shape (H, W)
        The patch, cut to ``allowed``.
    """
    ys, xs = np.nonzero(allowed)
    best = np.zeros(allowed.shape, bool)
    for _ in range(tries if ys.size else 0):
        k = int(rng.integers(ys.size))
        outline = blob(
            rng,
            (float(xs[k]), float(ys[k])),
            math.sqrt(area / math.pi),
            rough=0.25,
            stretch=float(rng.uniform(1, 1.8)),
            course=float(rng.uniform(0, math.pi)),
        )
        drawn = fill([Shape(outline)], allowed.shape, soft=0.0) >= 0.5
        kept = drawn & allowed
        if kept.sum() > best.sum():
            best = kept
        if kept.sum() >= 0.9 * area:
            break
    return best
