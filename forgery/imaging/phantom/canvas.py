"""Where things are drawn: pixel grid, smooth noise, filled shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Coverage = NDArray[np.uint8]
Points = NDArray[np.float64]
Window = tuple[slice, slice]

OVERSAMPLING = 2
"""Shapes are filled on a grid this many times finer, then averaged."""
_SUBPIXEL_BITS = 4
_LEAST_HALF_WIDTH = 0.7
"""Nothing is drawn thinner than this many pixels to either side of its middle."""


@dataclass(frozen=True)
class Shape:
    """A closed outline in field units, filled with a value of 0 to 255."""

    outline: Points
    value: int


class Canvas:
    """
    A square pixel grid over the field of view.

    Parameters
    ----------
    size : int
        Side in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        axis = (2 * np.arange(size, dtype=np.float32) + 1) / np.float32(size) - 1
        self.x: Plane = axis[None, :]  # (1, W)
        self.y: Plane = axis[:, None]  # (H, 1)

    def noise(
        self,
        rng: np.random.Generator,
        cells: int,
        window: Window = (slice(None), slice(None)),
    ) -> Plane:
        """
        Draw smooth noise of about unit variance.

        Random heights on a grid, joined by uniform cubic B-splines.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the heights; the number drawn does not depend on the size.
        cells : int
            Cells across the field; the larger, the finer the noise.
        window : tuple of slice, optional
            Rows and columns that are wanted.

        Returns
        -------
        ndarray of float32, shape (size, size) or the window's
            The noise.
        """
        heights = (rng.random((cells + 3, cells + 3)) * 7 - 3.5).astype(np.float32)
        place = (np.arange(self.size) + 0.5) * (cells / self.size)
        first = np.minimum(place.astype(np.intp), cells - 1)
        weights = _spline_weights((place - first).astype(np.float32))
        rows, columns = window
        bands = heights[:, first[columns]] * weights[0][columns]
        for k in (1, 2, 3):
            bands += heights[:, first[columns] + k] * weights[k][columns]
        out = np.take(bands, first[rows], axis=0)  # (H, W)
        out *= weights[0][rows, None]
        for k in (1, 2, 3):
            part = np.take(bands, first[rows] + k, axis=0)
            part *= weights[k][rows, None]
            out += part
        return np.asarray(out, np.float32)

    def distance(self, centre: tuple[float, float]) -> Plane:
        """
        Measure the distance of each pixel to a point.

        Parameters
        ----------
        centre : tuple of float
            The point (x, y) in field units.

        Returns
        -------
        ndarray of float32, shape (size, size)
            Distance in field units.
        """
        dx = self.x - np.float32(centre[0])
        dy = self.y - np.float32(centre[1])
        return np.asarray(np.sqrt(dx * dx + dy * dy), np.float32)

    def window(self, centre: tuple[float, float], reach: float) -> tuple[slice, slice]:
        """
        Find the rows and columns around a point.

        Parameters
        ----------
        centre : tuple of float
            The point (x, y) in field units.
        reach : float
            How far to either side, in field units.

        Returns
        -------
        tuple of slice
            Rows and columns.
        """
        left, top = (max(0, int((c - reach + 1) * self.size / 2)) for c in centre)
        right, low = (max(1, int((c + reach + 1) * self.size / 2) + 1) for c in centre)
        return slice(top, low), slice(left, right)

    def fill(self, shapes: Iterable[Shape], *, soften: float = 0.0) -> Coverage:
        """
        Fill shapes in their order, the later over the earlier.

        Parameters
        ----------
        shapes : iterable of Shape
            What to fill.
        soften : float, default 0
            Radius in field units over which edges are softened.

        Returns
        -------
        ndarray of uint8, shape (size, size)
            The drawn values, 0 where nothing was drawn.
        """
        fine = np.zeros((self.size * OVERSAMPLING,) * 2, np.uint8)
        todo = list(shapes)
        if todo:
            ends = np.cumsum([len(shape.outline) for shape in todo])
            fixed = self._fixed(np.concatenate([shape.outline for shape in todo]))
            for shape, start, end in zip(todo, (0, *ends[:-1]), ends, strict=True):
                cv2.fillPoly(
                    fine, [fixed[start:end]], shape.value, shift=_SUBPIXEL_BITS
                )
        side = (self.size, self.size)
        drawn = cv2.resize(fine, side, interpolation=cv2.INTER_AREA)
        return self.soften(np.asarray(drawn, np.uint8), soften)

    def soften(self, drawn: Coverage, radius: float) -> Coverage:
        """
        Soften drawn values by a repeated box of odd width.

        Parameters
        ----------
        drawn : ndarray of uint8, shape (size, size)
            What to soften.
        radius : float
            Radius in field units; less than half a pixel leaves it as it is.

        Returns
        -------
        ndarray of uint8, shape (size, size)
            The softened values.
        """
        reach = int(radius * self.size / 2 + 0.5)
        for _ in range(2 if reach else 0):
            drawn = np.asarray(cv2.blur(drawn, (2 * reach + 1,) * 2), np.uint8)
        return drawn

    def least(self, half_width: float) -> float:
        """
        Widen a half width that would vanish between pixels.

        Parameters
        ----------
        half_width : float
            In field units.

        Returns
        -------
        float
            At least 0.7 pixels, in field units.
        """
        return max(half_width, 2 * _LEAST_HALF_WIDTH / self.size)

    def _fixed(self, outline: Points) -> NDArray[np.int32]:
        # Turn field units into the drawing grid's fixed-point coordinates.
        pixels = (outline + 1) * (self.size * OVERSAMPLING / 2) - 0.5
        return np.rint(pixels * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def sideways(line: Points) -> Points:
    """
    Find the direction across a line at each of its points.

    Parameters
    ----------
    line : ndarray of float, shape (n, 2)
        Points along the line, n at least 2.

    Returns
    -------
    ndarray of float, shape (n, 2)
        Unit vectors, a quarter turn from the line's course.
    """
    across = np.empty_like(line)
    course = line[1:] - line[:-1]
    across[0], across[-1] = course[0], course[-1]
    across[1:-1] = course[1:] + course[:-1]
    across = across[:, ::-1] * (-1.0, 1.0)
    return np.asarray(across / np.sqrt((across * across).sum(axis=1))[:, None])


def ramp(values: Plane, low: float, high: float) -> Plane:
    """
    Step smoothly from 0 at ``low`` to 1 at ``high`` (falls if ``high < low``).

    Parameters
    ----------
    values : ndarray of float32
        Where to evaluate.
    low, high : float
        Ends of the step.

    Returns
    -------
    ndarray of float32
        ``3 t^2 - 2 t^3`` of the clipped position t between the ends.
    """
    t = np.clip((values - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def hill(distance: Plane, radius: float) -> Plane:
    """
    Fall from 1 at distance 0 to 1/4 at ``radius`` and on towards 0.

    Parameters
    ----------
    distance : ndarray of float32
        Distances in field units.
    radius : float
        Distance at which a quarter is left.

    Returns
    -------
    ndarray of float32
        ``(1 + (d / r)^2)^-2``.
    """
    d = distance * np.float32(1 / radius)
    d *= d
    d += 1
    d *= d
    return np.asarray(np.reciprocal(d, out=d), np.float32)


def _spline_weights(t: Plane) -> tuple[Plane, Plane, Plane, Plane]:
    # Weigh the four neighbours in a uniform cubic B-spline.
    u = 1 - t
    sixth = np.float32(1 / 6)
    return (
        u * u * u * sixth,
        (3 * t * t * t - 6 * t * t + 4) * sixth,
        (3 * u * u * u - 6 * u * u + 4) * sixth,
        t * t * t * sixth,
    )
