"""Where an eye's landmarks lie: disc, cup, fovea."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forgery.imaging.phantom.canvas import Points
from forgery.imaging.phantom.patients import Patient

Point = tuple[float, float]


@dataclass(frozen=True)
class Anatomy:
    """Landmarks of one right eye in field units (see the package's docstring)."""

    disc: Point
    disc_radius: float
    """Vertical radius of the disc."""
    disc_aspect: float
    """Horizontal over vertical radius of the disc."""
    fovea: Point
    cup_ratio: float
    """Vertical cup-to-disc ratio, 0 to 1."""
    notch: float
    """How far the cup is drawn out downwards, in parts of its radius."""
    crescent: float
    """Width of the pale temporal crescent, in parts of the disc's radius."""

    @property
    def temporal(self) -> Point:
        """
        Unit vector from the disc to the fovea.

        Returns
        -------
        tuple of float
            The vector (x, y).
        """
        dx, dy = self.fovea[0] - self.disc[0], self.fovea[1] - self.disc[1]
        length = (dx * dx + dy * dy) ** 0.5
        return dx / length, dy / length

    @property
    def emergence(self) -> Point:
        """
        Where the vessels come up: nasal in the cup.

        Returns
        -------
        tuple of float
            Temporal and superior distance from the disc's centre.
        """
        return -0.22 * self.disc_radius * (0.6 + self.cup_ratio), 0.0

    def to_field(self, points: Points) -> Points:
        """
        Turn points of the disc frame into field units.

        Parameters
        ----------
        points : ndarray of float, shape (n, 2)
            Temporal and superior distance from the disc's centre.

        Returns
        -------
        ndarray of float, shape (n, 2)
            Horizontal and vertical place in field units.
        """
        tx, ty = self.temporal
        t, s = points[:, 0], points[:, 1]
        return np.stack(
            [self.disc[0] + t * tx - s * ty, self.disc[1] + t * ty + s * tx], axis=1
        )


def draw_anatomy(seed: int, patient: Patient, *, glaucoma: bool) -> Anatomy:
    """
    Draw the landmarks of a right eye.

    Parameters
    ----------
    seed : int
        Same seed, same eye.
    patient : Patient
        Whose eye.
    glaucoma : bool
        Whether the cup is enlarged.

    Returns
    -------
    Anatomy
        The landmarks; all but cup, notch and crescent are the same with and
        without glaucoma.
    """
    rng = np.random.default_rng([seed, 2])
    radius = float(rng.uniform(0.165, 0.195))
    disc = (float(rng.uniform(0.44, 0.72)), float(rng.uniform(-0.1, 0.06)))
    apart, drop = float(rng.uniform(0.8, 0.88)), float(rng.uniform(0.02, 0.12))
    aspect, wobble = float(rng.uniform(0.86, 0.97)), float(rng.uniform(-0.03, 0.03))
    enlarged, notch = float(rng.uniform(0.68, 0.86)), float(rng.uniform(0.0, 0.12))
    pale = float(rng.random())
    return Anatomy(
        disc=disc,
        disc_radius=radius,
        disc_aspect=aspect,
        fovea=(disc[0] - apart, disc[1] + drop),
        cup_ratio=enlarged if glaucoma else patient.cup + wobble,
        notch=notch if glaucoma else 0.0,
        crescent=0.05 + 0.25 * pale if glaucoma else max(0.0, 0.4 * pale - 0.2),
    )
