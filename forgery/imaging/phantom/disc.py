"""The optic disc: rim, cup, pale crescent."""

from __future__ import annotations

import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy
from forgery.imaging.phantom.canvas import Canvas, Plane, ramp
from forgery.imaging.phantom.patients import Patient


def paint_disc(
    planes: Plane, canvas: Canvas, patient: Patient, anatomy: Anatomy, seed: int
) -> None:
    """
    Paint the disc over the ground, in place.

    Parameters
    ----------
    planes : ndarray of float32, shape (3, H, W)
        The retina so far.
    canvas : Canvas
        Its pixel grid.
    patient : Patient
        Pigment; the disc is as bright as the camera makes the fundus.
    anatomy : Anatomy
        Where disc and cup lie.
    seed : int
        Same seed, same disc.
    """
    rng = np.random.default_rng([seed, 5])
    window = canvas.window(anatomy.disc, 2 * anatomy.disc_radius)
    planes = planes[:, window[0], window[1]]
    uneven = canvas.noise(rng, 16, window)
    t, s = (part[window] for part in _disc_frame(canvas, anatomy))
    radial = np.sqrt(t * t + s * s)
    radial *= 1 + np.float32(0.015) * uneven
    _paint_crescent(planes, anatomy, patient, radial, t)
    inside = ramp(radial, 1.08, 0.9)
    warm = np.array(patient.colour, np.float32)
    rim = np.minimum(warm * (1.32, 1.4, 1.5) + (0.14, 0.075, 0.06), 0.92)
    pale = np.minimum(warm * (1.32, 1.66, 2.2) + (0.2, 0.18, 0.14), 0.99)
    cup = cup_depth(anatomy, t, s)
    shade = 1.03 - 0.08 * ramp(t, 0.6, -1.0) - 0.07 * ramp(radial, 0.6, 1.05)
    shade += 0.02 * uneven
    pores = 0.05 * np.maximum(canvas.noise(rng, 110, window), 0) * cup
    for k, plane in enumerate(planes):
        flesh = (np.float32(rim[k]) * (1 - cup) + np.float32(pale[k]) * cup) * shade
        plane += (flesh * (1 - pores) - plane) * inside


def cup_depth(anatomy: Anatomy, t: Plane, s: Plane) -> Plane:
    """
    Tell how deep in the cup each place of the disc lies.

    Parameters
    ----------
    anatomy : Anatomy
        Cup-to-disc ratio and notch.
    t, s : ndarray of float32
        Temporal and superior place, in parts of the disc's radii.

    Returns
    -------
    ndarray of float32
        1 in the cup, 0 on the rim, a slope between.
    """
    ratio = np.float32(anatomy.cup_ratio)
    aside = (t - np.float32(0.06)) / ratio
    along = s / (ratio * (1 + np.float32(anatomy.notch) * (s < 0)))
    radial = np.sqrt(aside * aside + along * along)
    soft = 0.45 - 0.35 * anatomy.cup_ratio
    return ramp(radial, 1 + soft, 1 - soft)


def cup_mask(canvas: Canvas, anatomy: Anatomy) -> Plane:
    """
    Tell where the cup is.

    Parameters
    ----------
    canvas : Canvas
        Pixel grid.
    anatomy : Anatomy
        Where disc and cup lie.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Depth in the cup, as :func:`cup_depth`.
    """
    return cup_depth(anatomy, *_disc_frame(canvas, anatomy))


def _disc_frame(canvas: Canvas, anatomy: Anatomy) -> tuple[Plane, Plane]:
    # Return each pixel's temporal and superior place in parts of the disc's radii.
    tx, ty = (np.float32(part) for part in anatomy.temporal)
    dx = canvas.x - np.float32(anatomy.disc[0])
    dy = canvas.y - np.float32(anatomy.disc[1])
    scale = np.float32(1 / anatomy.disc_radius)
    t = (dx * tx + dy * ty) * (scale / np.float32(anatomy.disc_aspect))
    return t, (dy * tx - dx * ty) * scale


def _paint_crescent(
    planes: Plane, anatomy: Anatomy, patient: Patient, radial: Plane, t: Plane
) -> None:
    # Lighten the temporal crescent, darken its edge, in place.
    width = np.float32(anatomy.crescent) * ramp(t, -0.2, 0.7)
    edge = (radial - 1) - width
    pale = ramp(edge, 0.06, -0.06) * (width > 0)
    dark = ramp(np.abs(edge - np.float32(0.05)), 0.08, 0.0) * ramp(t, -0.9, 0.9)
    for plane, base, gain in zip(planes, patient.colour, (1.18, 1.3, 1.3), strict=True):
        plane *= 1 - np.float32(0.16) * dark
        target = np.float32(min(0.93, base * gain + 0.06))
        plane += (target - plane) * (pale * np.float32(0.5))
