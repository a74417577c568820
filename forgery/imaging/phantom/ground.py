"""The ground under the vessels: pigment, choroid, nerve fibres, macula."""

from __future__ import annotations

import math

import cv2
import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy
from forgery.imaging.phantom.canvas import Canvas, Coverage, Plane, Points, hill, ramp
from forgery.imaging.phantom.patients import Patient

_RIBBON_STEP = 0.035


def lay_ground(canvas: Canvas, patient: Patient, anatomy: Anatomy, seed: int) -> Plane:
    """
    Lay the retina without disc and vessels.

    Parameters
    ----------
    canvas : Canvas
        Pixel grid.
    patient : Patient
        Pigment.
    anatomy : Anatomy
        Where disc and fovea are.
    seed : int
        Same seed, same ground.

    Returns
    -------
    ndarray of float32, shape (3, H, W)
        Reflectance.
    """
    rng = np.random.default_rng([seed, 4])
    planes = np.empty((3, canvas.size, canvas.size), np.float32)
    planes[:] = np.array(patient.colour, np.float32)[:, None, None]
    coarse, middle = canvas.noise(rng, 4), canvas.noise(rng, 13)
    mottle = 0.016 * canvas.noise(rng, 38) + 0.022 * canvas.noise(rng, 130)
    from_disc = canvas.distance(anatomy.disc)
    glow = hill(from_disc, 0.5)
    macula = hill(canvas.distance(anatomy.fovea), 0.36)
    choroid = _choroid(canvas, anatomy, rng)
    window = ramp(coarse + 0.6 * middle - 1.5 * macula, -0.9, 1.3)
    choroid = choroid * window * np.float32(patient.tessellation)
    light = np.float32(0.05) * coarse
    light += np.float32(0.025) * middle
    light += np.float32(0.16) * glow
    light += 1
    light *= 1 - np.float32(0.2 * patient.tessellation) * window
    sheen = _nerve_fibres(canvas, anatomy, rng) * hill(from_disc, 0.75)
    sheen *= np.float32(0.03 + 0.07 * patient.youth)
    mottle += sheen
    mottle += 1
    planes[0] *= light * (0.5 + 0.5 * mottle + 0.5 * choroid)
    planes[1] *= light * (mottle + 0.22 * choroid + 0.10 * glow)
    planes[2] *= light * (mottle - 0.15 * choroid + 0.14 * glow)
    _darken_macula(planes, canvas, anatomy, patient)
    return planes


def _darken_macula(
    planes: Plane, canvas: Canvas, anatomy: Anatomy, patient: Patient
) -> None:
    # Darken macula and fovea and set the foveal reflex, in place.
    away = canvas.distance(anatomy.fovea)
    wide = hill(away, 0.27)
    for plane, yellow in zip(planes, (0.17, 0.24, 0.26), strict=True):
        plane *= 1 - np.float32(yellow) * wide
    window = canvas.window(anatomy.fovea, 0.36)
    away, near = away[window], planes[:, window[0], window[1]]
    pit = hill(away, 0.085)
    for plane, deep in zip(near, (0.19, 0.3, 0.25), strict=True):
        plane *= 1 - np.float32(deep) * pit
    spot = canvas.distance((anatomy.fovea[0] + 0.006, anatomy.fovea[1] - 0.004))
    ring = hill(np.abs(away - np.float32(0.15)), 0.018)
    above = canvas.y[window[0]] < anatomy.fovea[1]
    reflex = 0.13 * hill(spot[window], 0.016) + 0.022 * ring * above
    near += np.float32(patient.youth * patient.colour[0]) * reflex


def _choroid(canvas: Canvas, anatomy: Anatomy, rng: np.random.Generator) -> Plane:
    # Draw choroidal vessels: wide soft ribbons that fan out from the macula.
    count, steps = 190, 16
    spot = rng.uniform(-1.1, 1.1, (count, 2))
    centre = np.array([anatomy.fovea[0] + 0.3, anatomy.fovea[1]])
    away = spot - centre
    heading = np.arctan2(away[:, 1], away[:, 0]) + rng.normal(0, 0.5, count)
    lines = np.empty((count, steps, 2))
    for k in range(steps):
        lines[:, k] = spot
        heading += rng.normal(0, 0.24, count)
        spot = spot + _RIBBON_STEP * np.stack([np.cos(heading), np.sin(heading)], 1)
    widths = np.maximum(1, np.rint(rng.uniform(0.006, 0.018, count) * canvas.size / 2))
    drawn = np.zeros((canvas.size, canvas.size), np.uint8)
    shades = rng.integers(110, 230, count)
    for line, width, shade in zip(lines, widths, shades, strict=True):
        _stroke(drawn, line, int(width), int(shade))
    soft = canvas.soften(drawn, 0.008)
    return soft.astype(np.float32) * np.float32(1 / 255)


def _nerve_fibres(canvas: Canvas, anatomy: Anatomy, rng: np.random.Generator) -> Plane:
    # Draw nerve fibres: fine streaks that leave the disc and arch over the macula.
    drawn = np.full((canvas.size, canvas.size), 128, np.uint8)
    t = np.linspace(0, 1, 14)
    for _ in range(100):
        angle = float(rng.uniform(0.35, 2.2)) * (1 if rng.random() < 0.5 else -1)
        reach = float(rng.uniform(0.35, 0.95))
        bend = 0.75 * math.copysign(1, angle) * max(0.0, 1.4 - abs(angle))
        course = angle + bend * (0.25 - t)
        run = anatomy.disc_radius * 0.9 + reach * t
        line = np.stack([run * np.cos(course), run * np.sin(course)], axis=1)
        shade = int(rng.integers(40, 216))
        _stroke(drawn, anatomy.to_field(line), max(1, canvas.size // 256), shade)
    soft = canvas.soften(drawn, 0.004).astype(np.float32)
    return (soft - 128) * np.float32(1 / 48)


def _stroke(drawn: Coverage, line: Points, width: int, shade: int) -> None:
    # Draw one line of even width, in place.
    pixels = (line + 1) * (drawn.shape[0] / 2) - 0.5
    fixed = np.rint(pixels * 16).astype(np.int32)
    cv2.polylines(drawn, [fixed], False, shade, width, cv2.LINE_AA, 4)  # noqa: FBT003 - OpenCV takes them by place
