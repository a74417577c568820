"""`lesion-remove`: paint findings over with the retina around them.

Dark and bright spots that are neither vessel, disc nor fovea are taken as
findings. Each is covered by a piece of the same photograph whose surround fits
best, so that vessels and background go on, and Poisson-blended. A photograph that
shows too few loses random pieces of healthy retina too, until `LEAST_AREA` of its
field is painted over, and says so.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from forgery.imaging import blending, shapes
from forgery.imaging.field import Image, Mask
from forgery.imaging.forged import Forged, NothingToForge, Scene, sealed
from forgery.imaging.retina import DISC_RADIUS, Plane, Retina, examine

TARGET = "normal"
"""The lesion that is left: none."""
LEAST_AREA, MOST_AREA = 0.008, 0.03
"""Share of the field that is painted over: at least, and at most."""
_FEWEST, _MOST = 4, 24
_EDGE = 0.016  # radii by which a finding is painted over beyond its edge
_SHIFTS = 80
_ROUND = 0.38  # least share of its squared length that a finding covers


def forge(image: Image, scene: Scene, rng: np.random.Generator) -> Forged:
    """
    Remove the findings of a photograph.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph.
    scene : Scene
        Its lesion.
    rng : numpy.random.Generator
        Source of numbers, random pieces and donors.

    Returns
    -------
    Forged
        The forgery; its parameters tell how many spots and how many pieces of
        healthy retina were painted over.

    Raises
    ------
    NothingToForge
        If another lesion than none was asked for, or there is no place.
    """
    if scene.target not in (None, TARGET):
        msg = f"removing findings leaves a normal retina, not {scene.target}"
        raise NothingToForge(msg)
    retina = examine(image)
    found = _findings(image, retina, int(rng.integers(_FEWEST * 2, _MOST)))
    healthy = _pieces(retina, rng, found)
    regions = [*found, *healthy]
    taken = np.logical_or.reduce([np.zeros(retina.field.shape, bool), *regions])
    painted = image
    for region in _separate(taken):
        donor = _donor(painted, retina, region, taken, rng)
        if donor is not None:
            pasted = blending.rounded(blending.poisson(painted, donor, region))
            painted = np.where(region[..., None], pasted, painted)
    changed = (painted != image).any(axis=2)
    return sealed(
        image,
        painted,
        taken & cv2.dilate(changed.astype(np.uint8), np.ones((3, 3))).astype(bool),
        target=TARGET,
        parameters={"n_spots": len(found), "n_healthy": len(healthy)},
    )


def _findings(image: Image, retina: Retina, most: int) -> list[Mask]:
    # Find spots against their near surround, the most striking first.
    sigma = max(0.8, 0.01 * retina.radius)
    green = cv2.GaussianBlur(image[..., 1].astype(np.float32), (0, 0), sigma)
    calm = _local_median(image[..., 1], 0.12 * retina.radius)
    local = green - calm
    allowed = retina.inner(0.1) & (retina.distance(retina.disc) > 1.5 * DISC_RADIUS)
    noise = 1.4826 * float(np.median(np.abs(local[allowed]))) + 0.5
    near_fovea = retina.distance(retina.fovea) < 0.08
    beside = cv2.dilate(retina.vessels.astype(np.uint8), np.ones((3, 3))).astype(bool)
    dark = allowed & ~beside & ~near_fovea & (local < -3.2 * noise)
    bright = allowed & ~beside & (local > 3.2 * noise)
    spots = [
        spot
        for mask in (dark, bright)
        for spot in _spots(mask, np.abs(local) / noise, retina)
    ]
    spots.sort(key=lambda spot: -spot[0])
    chosen: list[Mask] = []
    area, limit = 0, MOST_AREA * retina.field.sum()
    for _, mask in spots[:most]:
        area += int(mask.sum())
        if area > limit and chosen:
            break
        chosen.append(mask & allowed)
    return chosen


def _local_median(plane: NDArray[np.uint8], width: float) -> Plane:
    side = max(3, 2 * round(width / 2) + 1)
    return np.asarray(cv2.medianBlur(plane, side).astype(np.float32))


def _spots(mask: Mask, strength: Plane, retina: Retina) -> list[tuple[float, Mask]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    side = 2 * max(1, round(_EDGE * retina.radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    largest = math.pi * (0.1 * retina.radius) ** 2
    spots = []
    extent = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    for k, area in enumerate(stats[:, cv2.CC_STAT_AREA].tolist()):
        # what is long and thin is a vessel that was not found, or its reflex
        if k == 0 or not 3 <= area <= largest or area < _ROUND * extent[k] ** 2:
            continue
        one = labels == k
        weight = float(strength[one].mean()) * math.sqrt(area)
        spots.append((weight, cv2.dilate(one.astype(np.uint8), kernel).astype(bool)))
    return spots


def _pieces(retina: Retina, rng: np.random.Generator, found: list[Mask]) -> list[Mask]:
    # Draw pieces of healthy retina where there are too few findings.
    allowed = retina.inner(0.08) & (retina.distance(retina.disc) > 1.5 * DISC_RADIUS)
    pieces: list[Mask] = []
    taken = np.logical_or.reduce([np.zeros(retina.field.shape, bool), *found])
    for _ in range(_MOST):
        is_enough = taken.sum() >= LEAST_AREA * retina.field.sum()
        if is_enough and len(found) + len(pieces) >= _FEWEST:
            break
        area = math.pi * (float(rng.uniform(0.025, 0.05)) * retina.radius) ** 2
        piece = shapes.patch(rng, allowed & ~taken, area=area)
        if piece.any():
            pieces.append(piece)
            taken = taken | piece
    return pieces


def _separate(taken: Mask) -> list[Mask]:
    number, labels = cv2.connectedComponents(taken.astype(np.uint8), connectivity=8)
    return [np.asarray(labels == k) for k in range(1, number)]


def _donor(
    image: Image, retina: Retina, region: Mask, taken: Mask, rng: np.random.Generator
) -> Plane | None:
    # Shift the photograph so that the surround of a region fits best.
    ys, xs = np.nonzero(region)
    side = 2 * max(2, round(0.03 * retina.radius)) + 1
    ring = cv2.dilate(region.astype(np.uint8), np.ones((side, side))).astype(bool)
    ry, rx = np.nonzero(ring & ~region & retina.field)
    usable = retina.inner(0.03) & ~taken
    extent = max(int(np.ptp(ys)), int(np.ptp(xs))) + 3
    surround = image[ry, rx].astype(np.float32)
    best, cost = None, np.inf
    for _ in range(_SHIFTS):
        reach = extent * float(rng.uniform(1.0, 2.2)) + 0.06 * retina.radius
        angle = float(rng.uniform(0, math.tau))
        dy, dx = round(reach * math.sin(angle)), round(reach * math.cos(angle))
        if not _inside(ys + dy, xs + dx, usable) or not _within(
            ry + dy, rx + dx, usable
        ):
            continue
        gap = image[ry + dy, rx + dx] - surround
        misfit = float(np.mean((gap - gap.mean(axis=0)) ** 2))
        if misfit < cost:
            best, cost = (dy, dx), misfit
    if best is None:
        return None
    return np.roll(image, (-best[0], -best[1]), (0, 1)).astype(np.float32)


def _within(ys: NDArray[np.int64], xs: NDArray[np.int64], mask: Mask) -> bool:
    height, width = mask.shape
    return bool(
        ys.min() >= 0 and xs.min() >= 0 and ys.max() < height and xs.max() < width
    )


def _inside(ys: NDArray[np.int64], xs: NDArray[np.int64], mask: Mask) -> bool:
    return _within(ys, xs, mask) and bool(mask[ys, xs].all())
