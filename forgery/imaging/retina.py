"""Landmarks of a real photograph: field, disc, fovea, vessels; anatomy priors.

Nothing here is learned. The disc is the bright spot where vessels run up and
down; the fovea is the dark spot some two and a half disc widths beside it. Both
are guesses good enough to put a finding where it could be; they are never a
diagnosis. Lengths are in *radii*, half the longer side of the field of view.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from forgery.imaging.field import Image, Mask, bounding_box, field_of_view

Plane = NDArray[np.float32]
Point = tuple[float, float]
"""Place (x, y) in pixels."""

DISC_RADIUS = 0.14
"""Radius of the optic disc in radii of a 45 to 50 degree field, about."""
_LEAST_CONTRAST = 1.5  # grey levels of standard deviation
_FOVEA_DISTANCE = 0.66  # from the disc in radii
_PRIOR_ROWS = 0.3  # spread of the disc's height about the middle, in radii


@dataclass(frozen=True)
class Retina:
    """What was found in a photograph."""

    field: Mask
    """The field of view."""
    centre: Point
    """Its middle."""
    radius: float
    """Half the longer side of the field in pixels."""
    disc: Point
    """Centre of the optic disc, by the best guess."""
    disc_contrast: float
    """Brightness of the guess above its surround, in standard deviations."""
    fovea: Point
    """The fovea, by the best guess."""
    vessels: Mask
    """Vessels, and whatever is as thin and as dark."""
    ground: Plane
    """The photograph without vessels and findings, shape (H, W, 3), 0 to 255."""

    def distance(self, place: Point) -> Plane:
        """
        Measure the distance of each pixel to a place.

        Parameters
        ----------
        place : tuple of float
            The place (x, y) in pixels.

        Returns
        -------
        ndarray of float32, shape (H, W)
            Distance in radii.
        """
        height, width = self.field.shape
        dx = np.arange(width, dtype=np.float32)[None, :] - np.float32(place[0])
        dy = np.arange(height, dtype=np.float32)[:, None] - np.float32(place[1])
        return np.asarray(np.sqrt(dx * dx + dy * dy) / np.float32(self.radius))

    def inner(self, margin: float) -> Mask:
        """
        Take the part of the field that is away from its edge.

        Parameters
        ----------
        margin : float
            Distance from the edge in radii.

        Returns
        -------
        ndarray of bool, shape (H, W)
            True where a finding may lie.
        """
        padded = cv2.copyMakeBorder(
            self.field.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
        )
        away = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
        return np.asarray(away > margin * self.radius)


def examine(image: Image) -> Retina:
    """
    Find the landmarks of a photograph.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB photograph of any size, prepared or not.

    Returns
    -------
    Retina
        The landmarks.

    Raises
    ------
    ValueError
        If the photograph is dark, or of one colour, throughout.
    """
    field = field_of_view(image)
    if not field.any():
        msg = "the photograph is dark throughout: it has no field of view"
        raise ValueError(msg)
    top, bottom, left, right = bounding_box(field)
    radius = max(bottom - top, right - left) / 2
    centre = ((left + right - 1) / 2, (top + bottom - 1) / 2)
    planes = image.astype(np.float32)
    if float(planes[field].std(axis=0).max()) < _LEAST_CONTRAST:
        msg = "the photograph is of one colour throughout: it shows no retina"
        raise ValueError(msg)
    thin = _thin_and_dark(planes[..., 1], field, radius)
    disc, contrast = _disc(planes, field, thin, (centre, radius))
    ground = _ground(image, radius)
    return Retina(
        field=field,
        centre=centre,
        radius=radius,
        disc=disc,
        disc_contrast=contrast,
        fovea=_fovea(planes, field, disc, (centre, radius)),
        vessels=_vessels(thin, planes[..., 1] < ground[..., 1] - 3, radius) & field,
        ground=ground,
    )


def masked_blur(plane: Plane, mask: Mask, sigma: float) -> Plane:
    """
    Blur a plane by a Gaussian that looks at the mask's pixels alone.

    Parameters
    ----------
    plane : ndarray of float32, shape (H, W) or (H, W, 3)
        What to blur.
    mask : ndarray of bool, shape (H, W)
        The pixels that count.
    sigma : float
        Standard deviation in pixels.

    Returns
    -------
    ndarray of float32, shape of ``plane``
        The weighted means; far from the mask they go to 0.
    """
    weight = mask.astype(np.float32)
    total = np.maximum(_gauss(weight, sigma), 1e-3)
    if plane.ndim == 3:
        blurred = _gauss(plane * weight[..., None], sigma) / total[..., None]
    else:
        blurred = _gauss(plane * weight, sigma) / total
    return np.asarray(blurred, np.float32)


def _gauss(plane: Plane, sigma: float) -> Plane:
    # a wide Gaussian is as good, and far cheaper, on a smaller grid
    step = int(sigma // 4)
    if step < 2:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
    height, width = plane.shape[:2]
    small = (max(1, width // step), max(1, height // step))
    shrunk = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(shrunk, (0, 0), sigma / step)
    return np.asarray(
        cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _odd(length: float) -> int:
    return max(3, 2 * round(length / 2) + 1)


def _ellipse(length: float) -> NDArray[np.uint8]:
    side = _odd(length)
    return np.asarray(
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8
    )


def _thin_and_dark(green: Plane, field: Mask, radius: float) -> Plane:
    # What a closing fills: vessels, and findings as narrow as they are.
    smooth = cv2.GaussianBlur(green, (0, 0), max(0.6, 0.006 * radius))
    filled = np.where(field, smooth, 255).astype(np.float32)
    filled = np.where(field, filled, masked_blur(green, field, 0.06 * radius))
    closed = cv2.morphologyEx(filled, cv2.MORPH_CLOSE, _ellipse(0.085 * radius))
    kernel, padded = _ellipse(0.03 * radius), np.pad(field.astype(np.uint8), 1)
    core = cv2.erode(padded, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    core = core[1:-1, 1:-1]
    return np.asarray(np.where(core == 1, closed - filled, 0), np.float32)


def _vessels(thin: Plane, dark: Mask, radius: float) -> Mask:
    # Long pieces alone: a round finding is no vessel.
    filled = thin[thin > 0]
    usual = float(np.percentile(filled, 70, method="lower")) if filled.size else 0.0
    level = max(6.0, 1.6 * usual)
    found = ((thin > level) & dark).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    extent = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    fill = stats[:, cv2.CC_STAT_AREA] / np.maximum(extent, 1) ** 2
    is_long = (extent > 0.16 * radius) & (fill < 0.45)
    is_long[0] = False
    return np.asarray(is_long[labels])


def _disc(
    planes: Plane, field: Mask, thin: Plane, frame: tuple[Point, float]
) -> tuple[Point, float]:
    # The bright spot of a disc's size, where vessels run up and down.
    (cx, cy), radius = frame
    light = 0.5 * planes[..., 0] + 0.5 * planes[..., 1]
    local = light - masked_blur(light, field, 0.4 * radius)
    spot = masked_blur(np.asarray(local, np.float32), field, 0.08 * radius)
    steep = np.abs(cv2.Sobel(thin, cv2.CV_32F, 1, 0)) - 0.5 * np.abs(
        cv2.Sobel(thin, cv2.CV_32F, 0, 1)
    )
    bundle = masked_blur(np.asarray(steep, np.float32), field, 0.09 * radius)
    # flares are far brighter than any disc: beyond four they say no more
    bright, bundled = _standard(spot, field), _standard(bundle, field)
    score = np.minimum(bright, 4) + 0.7 * np.minimum(bundled, 4)
    rows = (np.arange(field.shape[0], dtype=np.float32) - cy) / radius
    score = score - 0.5 * (rows[:, None] / _PRIOR_ROWS) ** 2
    columns = np.abs(np.arange(field.shape[1], dtype=np.float32) - cx) / radius
    allowed = field & (np.hypot(rows[:, None], columns[None, :]) < 0.88)
    y, x = _largest(np.asarray(score, np.float32), allowed)
    # vessels lead to the disc, its light is where its middle is
    down = np.abs(np.arange(field.shape[0]) - y)[:, None]
    beside = np.abs(np.arange(field.shape[1]) - x)[None, :]
    near = np.maximum(down, beside) < DISC_RADIUS * radius
    y, x = _largest(bright, allowed & near)
    return (float(x), float(y)), float(bright[y, x])


def _largest(plane: Plane, allowed: Mask) -> tuple[int, int]:
    best = int(np.argmax(np.where(allowed, plane, -np.inf)))
    width = int(plane.shape[1])
    return best // width, best % width


def _standard(plane: Plane, field: Mask) -> Plane:
    inside = plane[field]
    return np.asarray((plane - inside.mean()) / max(1e-3, float(inside.std())))


def _fovea(
    planes: Plane, field: Mask, disc: Point, frame: tuple[Point, float]
) -> Point:
    # The darkest spot about where a fovea must be, on the side with more retina.
    (cx, cy), radius = frame
    side = 1.0 if disc[0] < cx else -1.0
    px = disc[0] + side * _FOVEA_DISTANCE * radius
    py = disc[1] + 0.06 * radius
    light = masked_blur(planes[..., 1], field, 0.05 * radius)
    height, width = field.shape
    dx = (np.arange(width, dtype=np.float32)[None, :] - px) / radius
    dy = (np.arange(height, dtype=np.float32)[:, None] - py) / radius
    prior = (dx / 0.12) ** 2 + (dy / 0.1) ** 2
    cost = _standard(light, field) + 0.5 * prior
    allowed = field & (prior < 6)
    if not allowed.any():
        return cx, cy
    y, x = divmod(int(np.argmin(np.where(allowed, cost, np.inf))), width)
    return float(x), float(y)


def _ground(image: Image, radius: float) -> Plane:
    # A median as wide as the widest vessels leaves the background's slow course.
    small = min(1.0, 128 / max(image.shape[:2]))
    height, width = image.shape[:2]
    size = (max(1, round(width * small)), max(1, round(height * small)))
    shrunk = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    calm = cv2.medianBlur(shrunk, _odd(0.2 * radius * small))
    calm = cv2.GaussianBlur(calm.astype(np.float32), (0, 0), 1.5)
    return np.asarray(cv2.resize(calm, (width, height)), np.float32)
