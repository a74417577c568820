"""The camera: uneven light, haze, soft optics, sensor noise, round field."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forgery.imaging.phantom.canvas import Canvas, Plane, ramp

_VEILS = ((0.78, 0.74, 0.5), (0.46, 0.58, 0.46), (0.62, 0.56, 0.5), (0.72, 0.66, 0.42))
_EDGE = 1.4
"""Width in pixels over which the field ends."""


def photograph(planes: Plane, canvas: Canvas, seed: int) -> NDArray[np.uint8]:
    """
    Photograph a retina.

    Parameters
    ----------
    planes : ndarray of float32, shape (3, H, W)
        Reflectance; changed in place.
    canvas : Canvas
        Its pixel grid.
    seed : int
        Same seed, same camera and same noise.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The photograph, RGB.
    """
    rng = np.random.default_rng([seed, 7])
    _light(planes, canvas, rng)
    _veil(planes, canvas, rng)
    if rng.random() < 0.3:
        _ghost(planes, canvas, rng)
    _focus(planes, canvas.size, float(rng.uniform(0.35, 1.0)))
    _expose(planes)
    _noise(planes, rng)
    radius = float(rng.uniform(0.985, 1.0))
    field = (radius - canvas.distance((0.0, 0.0))) * np.float32(canvas.size / 2 / _EDGE)
    planes *= np.clip(field, 0, 1)
    levels = np.clip(np.rint(planes * 255), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def _light(planes: Plane, canvas: Canvas, rng: np.random.Generator) -> None:
    # Let the light fall off to the edge, from a centre slightly aside, in place.
    aside = rng.uniform(-0.22, 0.22, 2).tolist()
    away = canvas.distance((aside[0], aside[1]))
    fall = np.float32(rng.uniform(0.12, 0.3)) * away * away
    lean = rng.uniform(-0.09, 0.09, 2).tolist()
    fall += np.float32(lean[0]) * canvas.x + np.float32(lean[1]) * canvas.y
    exposure = float(rng.uniform(0.98, 1.2))
    for plane, part in zip(planes, (1.0, 0.92, 0.8), strict=True):
        plane *= np.float32(exposure) - np.float32(part) * fall


def _veil(planes: Plane, canvas: Canvas, rng: np.random.Generator) -> None:
    # Lay haze over the picture and, in half, a crescent of stray light, in place.
    tint = _VEILS[int(rng.integers(len(_VEILS)))]
    away = canvas.distance((0.0, 0.0))
    haze = float(rng.uniform(0.02, 0.07)) + float(rng.uniform(0, 0.14)) * ramp(
        away, 0.6, 1.05
    )
    side = float(rng.uniform(0, math.tau))
    strength = float(rng.uniform(0.2, 0.6)) * (rng.random() < 0.5)
    shift = float(rng.uniform(0.18, 0.4))
    centre = (shift * math.cos(side), shift * math.sin(side))
    haze += np.float32(strength) * ramp(canvas.distance(centre), 0.92, 1.42)
    for plane, colour in zip(planes, tint, strict=True):
        plane += (np.float32(colour) - plane) * haze


def _ghost(planes: Plane, canvas: Canvas, rng: np.random.Generator) -> None:
    # Put a faint reflection of the lens near the middle, in place.
    place = rng.uniform(-0.2, 0.2, 2).tolist()
    radius = float(rng.uniform(0.03, 0.07))
    spot = ramp(canvas.distance((place[0], place[1])), radius * 1.2, radius * 0.5)
    for plane, part in zip(planes, (0.05, 0.06, 0.09), strict=True):
        plane += np.float32(part) * spot


def _focus(planes: Plane, size: int, blur: float) -> None:
    # Soften by a 3-point kernel, ``blur`` at 512 pixels, less on a coarser grid.
    side = np.float32(blur * 0.25 * min(1.0, size / 512))
    for plane in planes:
        for view in (plane, plane.T):
            part = view * side
            view *= 1 - 2 * side
            view[1:] += part[:-1]
            view[:-1] += part[1:]
            view[0] += part[0]
            view[-1] += part[-1]


def _expose(planes: Plane) -> None:
    # Roll highlights off above 0.8, as a camera's tone curve does, in place.
    for plane in planes:
        over = plane - np.float32(0.8)
        np.maximum(over, 0, out=over)
        plane -= over
        over /= 1 + over * np.float32(3.5)
        plane += over


def _noise(planes: Plane, rng: np.random.Generator) -> None:
    # Add sensor noise, stronger in the dark channels' grain, in place.
    amount = float(rng.uniform(0.006, 0.014))
    _, height, width = planes.shape
    grain = _bell(rng, (height, width)) * np.float32(0.7 * amount)
    for plane in planes:
        plane += grain
        plane += _bell(rng, (height, width)) * np.float32(0.5 * amount)


def _bell(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    # Draw bell-shaped noise of unit variance: the sum of two bytes.
    first, second = np.frombuffer(rng.bytes(2 * math.prod(shape)), np.uint8).reshape(
        2, *shape
    )
    bell: Plane = first.astype(np.float32)
    bell += second
    bell -= np.float32(255)
    bell *= np.float32(1 / 104.5)
    return bell
