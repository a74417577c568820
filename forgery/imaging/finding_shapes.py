"""Where findings lie and how they are outlined: priors of anatomy, in radii."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from forgery.imaging.field import Mask
from forgery.imaging.retina import DISC_RADIUS, Point, Retina
from forgery.imaging.shapes import Points, Shape, blob

_TRIES = 30
_LEAST = 0.75  # pixels of radius: what is smaller vanishes between pixels


@dataclass(frozen=True)
class Finding:
    """Shapes of one kind on one photograph."""

    key: str
    shapes: list[Shape]
    soft: float
    """Softness of the edges in radii."""


def draw(key: str, retina: Retina, rng: np.random.Generator) -> Finding:
    """
    Draw the shapes of one kind of finding.

    Parameters
    ----------
    key : str
        One of `KINDS`.
    retina : Retina
        Landmarks of the photograph.
    rng : numpy.random.Generator
        Source of number, places and outlines.

    Returns
    -------
    Finding
        Its shapes in pixels.
    """
    return KINDS[key](retina, rng)


def _microaneurysms(retina: Retina, rng: np.random.Generator) -> Finding:
    # Round red dots of 30 to 100 micrometres, off the vessels.
    shapes = []
    for place in _places(retina, rng, int(rng.integers(8, 26)), spread=0.38):
        radius = max(_LEAST, float(rng.uniform(0.006, 0.0105)) * retina.radius)
        outline = blob(rng, place, radius, rough=0.1)
        shapes.append(Shape(outline, float(rng.uniform(0.5, 0.9))))
    return Finding("microaneurysms", shapes, 0.0035)


def _haemorrhages(retina: Retina, rng: np.random.Generator) -> Finding:
    # Dots and blots, and flames that follow the nerve fibres.
    shapes = []
    for place in _places(retina, rng, int(rng.integers(3, 11)), spread=0.45):
        radius = (0.012 + 0.026 * float(rng.random()) ** 2) * retina.radius
        outline = blob(rng, place, radius, rough=0.28, **_any_way(rng, 1.6))
        shapes.append(Shape(outline, float(rng.uniform(0.6, 0.95))))
    for place in _places(retina, rng, int(rng.integers(0, 4)), spread=0.45):
        shapes += _flame(retina, rng, place)
    return Finding("haemorrhages", shapes, 0.0055)


def _hard_exudates(retina: Retina, rng: np.random.Generator) -> Finding:
    # Small sharp yellow flecks in clumps and broken rings about the macula.
    shapes = []
    for centre in _places(retina, rng, int(rng.integers(1, 4)), spread=0.26):
        ring = float(rng.uniform(0.05, 0.12)) * (rng.random() < 0.5)
        loose, begin = float(rng.uniform(0.018, 0.05)), float(rng.uniform(0, math.tau))
        for _ in range(int(rng.integers(8, 26))):
            angle = begin + float(rng.uniform(0, 4.2))
            dx, dy = (rng.normal(0, loose, 2) * retina.radius).tolist()
            place = (
                centre[0] + ring * retina.radius * math.cos(angle) + dx,
                centre[1] + ring * retina.radius * math.sin(angle) + dy,
            )
            radius = (0.006 + 0.013 * float(rng.random()) ** 3) * retina.radius
            outline = blob(
                rng, place, max(_LEAST, radius), rough=0.3, **_any_way(rng, 1.7)
            )
            shapes.append(Shape(outline, float(rng.uniform(0.55, 1.0))))
    return Finding("hard-exudates", shapes, 0.003)


def _drusen(retina: Retina, rng: np.random.Generator) -> Finding:
    # Soft pale spots crowded under the macula, large ones few.
    shapes = []
    spread = float(rng.uniform(0.09, 0.19))
    for place in _places(retina, rng, int(rng.integers(28, 90)), spread=spread):
        radius = (0.008 + 0.024 * float(rng.random()) ** 3) * retina.radius
        outline = blob(rng, place, max(_LEAST, radius), rough=0.3, **_any_way(rng, 1.5))
        shapes.append(Shape(outline, float(rng.uniform(0.25, 0.95))))
    return Finding("drusen", shapes, 0.0115)


def _cup(retina: Retina, rng: np.random.Generator) -> Finding:
    # A cup of two thirds to nine tenths of the disc, drawn out up and down.
    radius = DISC_RADIUS * retina.radius * float(rng.uniform(0.66, 0.86))
    outline = blob(
        rng,
        retina.disc,
        radius,
        rough=0.06,
        stretch=float(rng.uniform(1.05, 1.25)),
        course=math.pi / 2 + float(rng.normal(0, 0.1)),
    )
    return Finding("cup", [Shape(outline, float(rng.uniform(0.75, 0.95)))], 0.022)


KINDS: Mapping[str, Callable[[Retina, np.random.Generator], Finding]] = {
    "hard-exudates": _hard_exudates,
    "drusen": _drusen,
    "cup": _cup,
    "microaneurysms": _microaneurysms,
    "haemorrhages": _haemorrhages,
}
"""Kinds of findings, those beneath others first."""


def _any_way(rng: np.random.Generator, longest: float) -> dict[str, float]:
    return {
        "stretch": float(rng.uniform(1, longest)),
        "course": float(rng.uniform(0, math.pi)),
    }


def _flame(retina: Retina, rng: np.random.Generator, place: Point) -> list[Shape]:
    # Streaks along the fibres, which run from the disc.
    course = math.atan2(place[1] - retina.disc[1], place[0] - retina.disc[0])
    long = float(rng.uniform(0.03, 0.065)) * retina.radius
    shapes = []
    for _ in range(int(rng.integers(8, 15))):
        along, across = (rng.normal(0, 1, 2) * (0.35 * long, 0.16 * long)).tolist()
        centre = (
            place[0] + along * math.cos(course) - across * math.sin(course),
            place[1] + along * math.sin(course) + across * math.cos(course),
        )
        half = long * float(rng.uniform(0.3, 0.7))
        outline = _spindle(
            centre, course + float(rng.normal(0, 0.08)), half, 0.1 * long
        )
        shapes.append(Shape(outline, float(rng.uniform(0.55, 0.9))))
    return shapes


def _spindle(centre: Point, course: float, half: float, width: float) -> Points:
    along = np.linspace(-1, 1, 9)
    bulge = max(0.5, width) * (1 - along**2)
    ahead = np.array([math.cos(course), math.sin(course)])
    across = np.array([-ahead[1], ahead[0]])
    line = np.array(centre) + half * along[:, None] * ahead
    return np.vstack(
        [line + bulge[:, None] * across, (line - bulge[:, None] * across)[::-1]]
    )


def _places(
    retina: Retina, rng: np.random.Generator, count: int, *, spread: float
) -> list[Point]:
    # Scatter places about the fovea: inside the field, off disc and vessels.
    allowed = retina.inner(0.07) & (retina.distance(retina.disc) > 1.35 * DISC_RADIUS)
    free = allowed & ~retina.vessels
    found = (
        _place(retina, rng, free if rng.random() < 0.85 else allowed, spread)
        for _ in range(count)
    )
    return [place for place in found if place is not None]


def _place(
    retina: Retina, rng: np.random.Generator, allowed: Mask, spread: float
) -> Point | None:
    height, width = allowed.shape
    for _ in range(_TRIES):
        dx, dy = (rng.normal(0, spread, 2) * retina.radius).tolist()
        x, y = retina.fovea[0] + dx, retina.fovea[1] + dy
        column, row = round(x), round(y)
        if 0 <= row < height and 0 <= column < width and allowed[row, column]:
            return x, y
    return None
