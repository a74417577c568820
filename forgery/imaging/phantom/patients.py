"""What both eyes of a phantom patient share: pigment, choroid, vessel calibre."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Near the mean and the principal axes of the log median colour of 246 photographs
# in ODIR-5K, a little brighter and without their extremes.
_LOG_COLOUR = (-0.47, -1.00, -1.72)
_AXES = (
    (0.09, (0.77, -0.63, 0.08)),
    (0.21, (0.62, 0.70, -0.35)),
    (0.42, (0.17, 0.32, 0.93)),
)


@dataclass(frozen=True)
class Patient:
    """One phantom person."""

    colour: tuple[float, float, float]
    """Reflectance of the mid-periphery: red, green, blue in [0, 1]."""
    tessellation: float
    """How far choroidal vessels show through, 0 (not at all) to 1."""
    calibre: float
    """Width of the vessels relative to the usual."""
    youth: float
    """Strength of nerve-fibre sheen and foveal reflex, 0 to 1."""
    cup: float
    """Vertical cup-to-disc ratio of the healthy eye."""


def draw_patient(seed: int) -> Patient:
    """
    Draw a patient.

    Parameters
    ----------
    seed : int
        Same seed, same patient.

    Returns
    -------
    Patient
        The patient.
    """
    rng = np.random.default_rng([seed, 1])
    log = list(_LOG_COLOUR)
    for spread, axis in _AXES:
        along = spread * float(rng.uniform(-1.7, 1.7))
        log = [value + along * part for value, part in zip(log, axis, strict=True)]
    red, green, blue = (round(math.exp(value), 3) for value in log)
    darkness = min(1.0, max(0.0, (0.5 - green) * 4))
    return Patient(
        colour=(red, green, blue),
        tessellation=float(rng.uniform(0.0, 0.55) + 0.45 * darkness * rng.random()),
        calibre=float(rng.uniform(0.88, 1.12)),
        youth=float(rng.random()),
        cup=float(rng.uniform(0.32, 0.52)),
    )
