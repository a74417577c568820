"""Findings: what disease leaves in the retina, each with its mask."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy, Point
from forgery.imaging.phantom.canvas import Canvas, Plane, Points, Shape
from forgery.imaging.phantom.places import scatter

_SEEN = 56
"""Least coverage, of 255, that counts as part of a finding's mask."""

# An outline's corners on the unit circle, and the waves that make it uneven.
_ANGLE = np.linspace(0, math.tau, 28, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], axis=1)
_ORDERS = (2, 3, 4, 6)
_WAVES = np.stack(
    [wave(order * _ANGLE) / order for order in _ORDERS for wave in (np.cos, np.sin)]
)


@dataclass(frozen=True)
class Look:
    """What a finding makes of the light behind it: gain, then lift."""

    gain: tuple[float, float, float]
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Finding:
    """Shapes of one kind, before they are drawn."""

    key: str
    shapes: list[Shape]
    look: Look
    soften: float
    """Softness of the edges in field units."""
    over_vessels: bool = False


BLOOD = Look((0.66, 0.38, 0.45))
EXUDATE = Look((1.12, 1.4, 1.15), (0.16, 0.2, 0.07))
DRUSEN = Look((1.12, 1.3, 1.1), (0.07, 0.09, 0.02))
ATROPHY = Look((1.14, 1.32, 1.3), (0.08, 0.1, 0.05))


def draw_findings(
    lesion: str, canvas: Canvas, anatomy: Anatomy, seed: int
) -> list[Finding]:
    """
    Draw the findings of a lesion; glaucoma's, the cup, is anatomy.

    Parameters
    ----------
    lesion : str
        Key of the lesion.
    canvas : Canvas
        Pixel grid: nothing is drawn too small for it.
    anatomy : Anatomy
        Where disc and fovea are.
    seed : int
        Same seed, same findings.

    Returns
    -------
    list of Finding
        Those beneath the vessels first.
    """
    rng = np.random.default_rng([seed, 6])
    if lesion == "diabetic-retinopathy":
        return _diabetic(rng, canvas, anatomy)
    if lesion == "macular-degeneration":
        return _degenerative(rng, canvas, anatomy)
    return []


def paint_finding(planes: Plane, canvas: Canvas, finding: Finding) -> np.ndarray:
    """
    Paint one kind of finding, in place.

    Parameters
    ----------
    planes : ndarray of float32, shape (3, H, W)
        The retina so far.
    canvas : Canvas
        Its pixel grid.
    finding : Finding
        What to paint.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Where the finding is.
    """
    drawn = canvas.fill(finding.shapes, soften=finding.soften)
    cover = drawn.astype(np.float32) * np.float32(1 / 255)
    look = finding.look
    for plane, gain, lift in zip(planes, look.gain, look.lift, strict=True):
        target = np.minimum(plane * np.float32(gain) + np.float32(lift), 0.98)
        plane += (target - plane) * cover
    return drawn > _SEEN


def _diabetic(
    rng: np.random.Generator, canvas: Canvas, anatomy: Anatomy
) -> list[Finding]:
    # Microaneurysms, haemorrhages and, in three of four, hard exudates.
    dots, bleeds = [], []
    for place in scatter(rng, anatomy, int(rng.integers(10, 42)), spread=0.42):
        radius = canvas.least(float(rng.uniform(0.005, 0.0085)))
        dots.append(blob(rng, place, radius, 0.1, int(rng.integers(120, 205))))
    for place in scatter(rng, anatomy, int(rng.integers(4, 17)), spread=0.5):
        radius = canvas.least(0.011 + 0.028 * float(rng.random()) ** 2)
        bleeds.append(blob(rng, place, radius, 0.24, int(rng.integers(140, 230))))
    for place in scatter(rng, anatomy, int(rng.integers(0, 5)), spread=0.55):
        bleeds += _flame(rng, anatomy, place)
    out = [
        Finding("microaneurysms", dots, BLOOD, 0.0, over_vessels=True),
        Finding("haemorrhages", bleeds, BLOOD, 0.004, over_vessels=True),
    ]
    if rng.random() < 0.75:
        shapes = _exudates(rng, canvas, anatomy)
        out.insert(0, Finding("hard-exudates", shapes, EXUDATE, 0.0))
    return out


def _degenerative(
    rng: np.random.Generator, canvas: Canvas, anatomy: Anatomy
) -> list[Finding]:
    # Drusen and, in nearly half, geographic atrophy.
    drusen = []
    for place in scatter(rng, anatomy, int(rng.integers(45, 150)), spread=0.22):
        radius = 0.006 + 0.02 * float(rng.random()) ** 3
        value = int(rng.integers(90, 215))
        drusen.append(blob(rng, place, canvas.least(radius), 0.12, value))
    drusen.sort(key=lambda shape: shape.value)
    out = [Finding("drusen", drusen, DRUSEN, 0.007)]
    if rng.random() < 0.45:
        places = scatter(rng, anatomy, int(rng.integers(1, 4)), spread=0.12)
        patches = _atrophy(rng, places)
        out.append(Finding("geographic-atrophy", patches, ATROPHY, 0.006))
    return out


def _flame(rng: np.random.Generator, anatomy: Anatomy, place: Point) -> list[Shape]:
    # Make a flame haemorrhage: streaks along the nerve fibres.
    course = math.atan2(place[1] - anatomy.disc[1], place[0] - anatomy.disc[0])
    long, out = float(rng.uniform(0.035, 0.075)), []
    for _ in range(int(rng.integers(9, 16))):
        along, across = (rng.normal(0, 1, 2) * (0.35 * long, 0.17 * long)).tolist()
        centre = (
            place[0] + along * math.cos(course) - across * math.sin(course),
            place[1] + along * math.sin(course) + across * math.cos(course),
        )
        half = long * float(rng.uniform(0.3, 0.7))
        outline = _spindle(centre, course + float(rng.normal(0, 0.07)), half, 0.007)
        out.append(Shape(outline, int(rng.integers(150, 225))))
    return out


def _exudates(
    rng: np.random.Generator, canvas: Canvas, anatomy: Anatomy
) -> list[Shape]:
    # Make hard exudates: small bright flecks in clumps and broken rings.
    out = []
    for centre in scatter(rng, anatomy, int(rng.integers(1, 5)), spread=0.32):
        ring = float(rng.uniform(0.05, 0.15)) * (rng.random() < 0.5)
        loose = float(rng.uniform(0.02, 0.06))
        begin = float(rng.uniform(0, math.tau))
        for _ in range(int(rng.integers(7, 34))):
            angle = begin + float(rng.uniform(0, 4.2))
            dx, dy = (rng.normal(0, 1, 2) * loose).tolist()
            place = (
                centre[0] + ring * math.cos(angle) + dx,
                centre[1] + ring * math.sin(angle) + dy,
            )
            radius = canvas.least(0.005 + 0.012 * float(rng.random()) ** 3)
            out.append(blob(rng, place, radius, 0.28, int(rng.integers(150, 256))))
    return out


def _atrophy(rng: np.random.Generator, places: list[Point]) -> list[Shape]:
    # Make geographic atrophy: sharp pale areas with choroidal vessels in them.
    radii = [float(rng.uniform(0.07, 0.17)) for _ in places]
    out = [
        blob(rng, place, radius, 0.17, 195)
        for place, radius in zip(places, radii, strict=True)
    ]
    for place, radius in zip(places, radii, strict=True):
        for _ in range(5):
            dx, dy = (rng.normal(0, 0.3, 2) * radius).tolist()
            course = float(rng.uniform(0, math.pi))
            half = radius * float(rng.uniform(0.45, 0.8))
            centre = (place[0] + dx, place[1] + dy)
            out.append(Shape(_spindle(centre, course, half, 0.009), 145))
    return out


def blob(
    rng: np.random.Generator, place: Point, radius: float, rough: float, value: int
) -> Shape:
    """
    Make a roundish shape with an uneven outline.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the unevenness.
    place : tuple of float
        Centre in field units.
    radius : float
        Mean radius in field units.
    rough : float
        Unevenness, in parts of the radius.
    value : int
        What to fill with, 0 to 255.

    Returns
    -------
    Shape
        The shape.
    """
    swing = rng.normal(0, rough, (len(_WAVES), 1))
    reach = 1 + (swing * _WAVES).sum(axis=0)
    reach = np.maximum(reach, 0.35) * radius
    return Shape(_CIRCLE * reach[:, None] + np.array(place), value)


def _spindle(centre: Point, course: float, half: float, width: float) -> Points:
    # Outline a streak that is pointed at both ends.
    along = np.linspace(-1, 1, 9)
    bulge = width * (1 - along**2)
    ahead = np.array([math.cos(course), math.sin(course)])
    across = np.array([-ahead[1], ahead[0]])
    line = np.array(centre) + half * along[:, None] * ahead
    side = bulge[:, None] * across
    return np.vstack([line + side, (line - side)[::-1]])
