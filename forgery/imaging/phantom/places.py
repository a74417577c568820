"""Where findings lie: around the macula, off the disc, inside the field."""

from __future__ import annotations

import math

import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy, Point

_FIELD = 0.88
_TRIES = 12


def scatter(
    rng: np.random.Generator, anatomy: Anatomy, count: int, *, spread: float
) -> list[Point]:
    """
    Scatter places around the fovea.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the places.
    anatomy : Anatomy
        Where disc and fovea are.
    count : int
        How many places.
    spread : float
        Standard deviation of the distance in each direction, in field units.

    Returns
    -------
    list of tuple of float
        Places (x, y) in field units, none on the disc, none near the field's edge.
    """
    return [_place(rng, anatomy, spread) for _ in range(count)]


def _place(rng: np.random.Generator, anatomy: Anatomy, spread: float) -> Point:
    # Try places until one is allowed; the macula itself always is.
    for _ in range(_TRIES):
        dx, dy = (rng.normal(0, spread, 2)).tolist()
        x, y = anatomy.fovea[0] + dx, anatomy.fovea[1] + dy
        off_disc = math.hypot(x - anatomy.disc[0], y - anatomy.disc[1])
        if math.hypot(x, y) < _FIELD and off_disc > 1.35 * anatomy.disc_radius:
            return x, y
    return anatomy.fovea
