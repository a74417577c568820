"""The field of view: the lit disc of a fundus photograph, however clipped."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB image, shape (H, W, 3)."""
Mask = NDArray[np.bool_]
"""Field of view, shape (H, W), True inside."""

_MASK_SIDE = 256  # pixels: the field of view is found at this size
_MASK_LEVELS = (0.02, 0.04, 0.08, 0.12, 0.16)  # of the bright end, above background


def field_of_view(image: Image) -> Mask:
    """
    Find the lit disc of a fundus photograph, clipped circles included.

    Of several thresholds above the surround the one whose convex outline has
    the greatest contrast across it is taken, so that neither a halo around the
    disc nor a dark quadrant within it moves the edge.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB photograph.

    Returns
    -------
    ndarray of bool, shape (H, W)
        True inside; all True where there is no dark surround, all False where
        the image is black throughout.
    """
    height, width = image.shape[:2]
    light = _light(image)
    background, bright = _background(light), float(np.percentile(light, 99))
    if bright > 0 and background > 0.25 * bright:
        return np.ones((height, width), dtype=bool)
    span = bright - background
    outlines = [_outline(light, background + max(4, f * span)) for f in _MASK_LEVELS]
    contrasts = [_contrast(light, outline) for outline in outlines]
    best = max(contrasts)
    chosen = next(
        i for i, value in enumerate(contrasts) if value >= best - 0.1 * abs(best)
    )
    if not outlines[chosen].any():
        return np.zeros((height, width), dtype=bool)
    large = cv2.resize(outlines[chosen] * np.uint8(255), (width, height))
    return np.asarray(large > 127)


def _light(image: Image) -> NDArray[np.float32]:
    # Return the brightest channel, small and slightly smoothed.
    height, width = image.shape[:2]
    scale = _MASK_SIDE / max(height, width)
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
    light = brightest(np.asarray(small, np.uint8)).astype(np.float32)
    return np.asarray(cv2.blur(light, (3, 3)), np.float32)


def _background(light: NDArray[np.float32]) -> float:
    # Return the level of the surround: the median of four corner medians.
    k = max(2, min(light.shape) // 32)
    corners = (light[:k, :k], light[:k, -k:], light[-k:, :k], light[-k:, -k:])
    return float(np.median([np.median(corner) for corner in corners]))


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8
    )


def _outline(light: NDArray[np.float32], level: float) -> NDArray[np.uint8]:
    # Return the filled convex outline of the largest region above ``level``.
    bright = (light > level).astype(np.uint8)
    kernel = _disc(max(1, int(0.03 * min(light.shape))))
    above = cv2.morphologyEx(bright, cv2.MORPH_OPEN, kernel)
    found, _ = cv2.findContours(above, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(light.shape, np.uint8)
    if found:
        largest = max(found, key=cv2.contourArea)
        cv2.fillConvexPoly(filled, cv2.convexHull(largest), 1)
    return filled


def _contrast(light: NDArray[np.float32], outline: NDArray[np.uint8]) -> float:
    # Return the relative step of light across an outline's edge, -1 if none.
    if not outline.any():
        return -1.0
    kernel = _disc(max(2, int(0.01 * min(light.shape))))
    core = cv2.erode(outline, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    inner = light[(outline == 1) & (core == 0)]
    outer = light[(outline == 0) & (cv2.dilate(outline, kernel) == 1)]
    if not inner.size or not outer.size:
        return 0.0
    inside, outside = float(np.median(inner)), float(np.median(outer))
    return (inside - outside) / (inside + outside + 8)


def brightest(image: Image) -> NDArray[np.uint8]:
    """
    Take the brightest channel of each pixel, many times as fast as ``max(axis=2)``.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB photograph.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        The largest of the three values.
    """
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def bounding_box(mask: Mask) -> tuple[int, int, int, int]:
    """
    Bound the True part of a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
        A field of view.

    Returns
    -------
    tuple of int
        Top, bottom, left, right in pixels, ends exclusive; the whole frame for
        an empty mask.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, mask.shape[0], 0, mask.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
