"""Which photographs are fit for a study: measures, thresholds, reasons (S1).

The paper left out photographs with a blurred retina or vessels, with more than
30 % of black, and of odd shape or resolution. Each of these is one measure here
and one bound in `THRESHOLDS`; `verdict` names the first rule that a photograph
breaks. The black fraction is taken on the frame as delivered, the rest on the
photograph squared to its field of view, so that cameras compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from forgery.imaging import fundus
from forgery.imaging.fundus import Image, Mask

BLACK_LEVEL = 4
"""A pixel is black if no channel reaches this level of 255."""
_SHARPNESS_SIDE = 512  # pixels
_VESSEL_SIDE = 256  # pixels
_RIM = 0.06  # of the side: left out along the edge of the field of view
_ANGLES = np.arange(0, 180, 22.5)  # degrees, of the line that a vessel must hold
_LINE = 11  # pixels, its length at _VESSEL_SIDE


@dataclass(frozen=True)
class Measures:
    """What is measured on one photograph."""

    black: float
    """Share of black pixels of the frame as delivered, 0 to 1."""
    side: int
    """Longer side of the field of view, in pixels as delivered."""
    roundness: float
    """Shorter by longer axis of the ellipse through the field's edge, 0 to 1."""
    visible: float
    """Share of that ellipse that lies in the frame, about 0 to 1."""
    brightness: float
    """Median of the brightest channel in the field of view, 0 to 255."""
    sharpness: float
    """95th percentile of the relative gradient of green, per pixel at 512."""
    vessels: float
    """95th percentile of the relative depth of dark lines in green."""


@dataclass(frozen=True)
class Thresholds:
    """The bounds, in one place; `threshold_figure` shows what they cut off."""

    least_side: float = 256
    """Below the working size a photograph would have to be enlarged."""
    most_black: float = 0.30
    """The paper's."""
    least_roundness: float = 0.80
    """Below this the frame was squeezed by a fifth or more."""
    least_visible: float = 0.75
    """Below this a quarter of the disc lies outside the frame."""
    least_brightness: float = 30
    """Below this the retina is too dark to be read."""
    least_sharpness: float = 0.0131
    """Below this no edge of a vessel is left."""
    least_vessels: float = 0.0165
    """Below this the vessels cannot be followed."""


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class Rule:
    """One bound on one measure, and what breaking it is called."""

    reason: str
    measure: str
    bound: str
    text: str

    def broken_by(self, measures: Measures, thresholds: Thresholds) -> bool:
        """
        Apply the rule.

        Parameters
        ----------
        measures : Measures
            Of one photograph.
        thresholds : Thresholds
            The bounds.

        Returns
        -------
        bool
            True if the photograph is to be left out.
        """
        value = getattr(measures, self.measure)
        bound = getattr(thresholds, self.bound)
        return bool(value > bound if self.bound.startswith("most") else value < bound)


RULES = (
    Rule("too-small", "side", "least_side", "The field of view is too small."),
    Rule("too-black", "black", "most_black", "Too much of the frame is black."),
    Rule(
        "odd-shape", "roundness", "least_roundness", "The field of view is not round."
    ),
    Rule("cut-off", "visible", "least_visible", "The frame cuts the disc off."),
    Rule("too-dark", "brightness", "least_brightness", "The retina is too dark."),
    Rule("blurred", "sharpness", "least_sharpness", "The retina is blurred."),
    Rule(
        "vessels-not-visible",
        "vessels",
        "least_vessels",
        "The vessels are not visible.",
    ),
)
"""In the order in which they are applied."""
REASONS = {rule.reason: rule.text for rule in RULES}
"""Reason key to its sentence."""


def verdict(measures: Measures, thresholds: Thresholds = THRESHOLDS) -> str | None:
    """
    Decide whether a photograph is fit.

    Parameters
    ----------
    measures : Measures
        Of one photograph.
    thresholds : Thresholds
        The bounds.

    Returns
    -------
    str or None
        The key in `REASONS` of the first broken rule, None if fit.
    """
    for rule in RULES:
        if rule.broken_by(measures, thresholds):
            return rule.reason
    return None


def explain(measures: Measures, thresholds: Thresholds = THRESHOLDS) -> str | None:
    """
    Say why a photograph is not fit, with the numbers.

    Parameters
    ----------
    measures : Measures
        Of one photograph.
    thresholds : Thresholds
        The bounds.

    Returns
    -------
    str or None
        A sentence such as ``The retina is blurred. (sharpness 0.0071, at least
        0.0131)``; None if fit.
    """
    reason = verdict(measures, thresholds)
    if reason is None:
        return None
    rule = next(rule for rule in RULES if rule.reason == reason)
    value, bound = getattr(measures, rule.measure), getattr(thresholds, rule.bound)
    side = "at most" if rule.bound.startswith("most") else "at least"
    return f"{rule.text} ({rule.measure} {value:.3g}, {side} {bound:.3g})"


def measure(image: Image) -> Measures:
    """
    Measure one photograph.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB, the frame as delivered.

    Returns
    -------
    Measures
        All zeros but the black fraction where nothing is lit.
    """
    black = float((image.max(axis=2) < BLACK_LEVEL).mean())
    field = fundus.field_of_view(image)
    if not field.any():
        return Measures(black, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    top, bottom, left, right = fundus.bounding_box(field)
    roundness, visible = _ellipse(field)
    squared = fundus.square(image, size=_SHARPNESS_SIDE)
    inside = _without_rim(fundus.field_of_view(squared))
    return Measures(
        black=black,
        side=max(bottom - top, right - left),
        roundness=roundness,
        visible=visible,
        brightness=float(np.median(squared[inside].max(axis=1))),
        sharpness=_sharpness(squared, inside),
        vessels=_vessels(squared, inside),
    )


def _without_rim(field: Mask) -> Mask:
    # The field of view less its rim; all of it if nothing would be left.
    width = 2 * int(_RIM * len(field)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    padded = cv2.copyMakeBorder(
        field.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    inner = cv2.erode(padded, kernel)[1:-1, 1:-1] > 0
    return np.asarray(inner if inner.any() else field)


def _relative(green: Image, sigma: float) -> NDArray[np.float32]:
    # Green over its neighbourhood's mean, so that light and dark parts compare.
    light = green.astype(np.float32)
    return np.asarray(light / (cv2.GaussianBlur(light, (0, 0), sigma) + 8), np.float32)


def _sharpness(squared: Image, inside: Mask) -> float:
    smooth = cv2.GaussianBlur(_relative(squared[..., 1], 16), (0, 0), 1)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    return float(np.percentile(np.hypot(across, down)[inside], 95))


def _vessels(squared: Image, inside: Mask) -> float:
    # Depth of what is dark and narrow, and holds a line of some direction.
    green = fundus.resize(squared, _VESSEL_SIDE)[..., 1]
    smooth = cv2.GaussianBlur(_relative(green, 8), (0, 0), 0.75)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    depth = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, disc) - smooth
    lines = [cv2.morphologyEx(depth, cv2.MORPH_OPEN, _line(a)) for a in _ANGLES]
    held = np.max(lines, axis=0)[inside[::2, ::2]]
    return float(np.percentile(held, 95))


def _line(degrees: float) -> NDArray[np.uint8]:
    kernel = np.zeros((_LINE, _LINE), np.uint8)
    reach = (_LINE - 1) // 2
    step = np.linspace(-reach, reach, 4 * _LINE)
    rows = np.rint(reach + step * np.sin(np.deg2rad(degrees))).astype(int)
    columns = np.rint(reach + step * np.cos(np.deg2rad(degrees))).astype(int)
    kernel[rows, columns] = 1
    return kernel


def _ellipse(field: Mask) -> tuple[float, float]:
    # Roundness and visible share of the upright ellipse through the field's edge,
    # fitted by least squares to the edge off the frame, trimmed of flat chords.
    points = _edge(field)
    if len(points) < 50:
        return 1.0, 1.0  # the frame shows retina alone: no edge to judge by
    # a x^2 + b y^2 + d x + e y = 1
    design = np.column_stack([points**2, points])  # (n, 4)
    used = np.ones(len(points), dtype=bool)
    for _ in range(5):
        a, b, d, e = np.linalg.lstsq(design[used], np.ones(used.sum()), rcond=None)[0]
        residual = np.abs(design @ np.array([a, b, d, e]) - 1)
        used = residual <= max(float(np.quantile(residual, 0.8)), 0.02)
    if a <= 0 or b <= 0:
        return 0.0, 0.0
    scale = 1 + d**2 / (4 * a) + e**2 / (4 * b)
    axes = np.sqrt(scale / np.array([a, b])) * max(field.shape) / 2  # pixels
    area = np.pi * axes[0] * axes[1]
    return float(axes.min() / axes.max()), float(field.sum() / area)


def _edge(field: Mask) -> NDArray[np.float64]:
    # Edge points off the frame's border, (n, 2) as x, y about the centre, -1 to 1.
    outlines, _ = cv2.findContours(
        field.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = max(outlines, key=cv2.contourArea)[:, 0].astype(float)
    size = np.array(field.shape[::-1], dtype=float)
    margin = 0.01 * size.max()
    off = ((points > margin) & (points < size - 1 - margin)).all(axis=1)
    return np.asarray((points[off] - size / 2) / (size.max() / 2))
