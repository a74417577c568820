"""`splice`: a piece of another patient's photograph, Poisson-blended.

Never trained on: it is kept to test detectors on what they have not seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from forgery.imaging import blending, fundus, shapes
from forgery.imaging.field import Image, Mask
from forgery.imaging.forged import Forged, NothingToForge, Scene, sealed
from forgery.imaging.retina import DISC_RADIUS, examine

LEAST_AREA, MOST_AREA = 0.02, 0.045
"""Area of the piece as a share of the field."""
_PLACES = 6


def forge(image: Image, scene: Scene, rng: np.random.Generator) -> Forged:
    """
    Paste a piece of another photograph at the same place of the retina.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph.
    scene : Scene
        With the donors, prepared in the same way.
    rng : numpy.random.Generator
        Source of donor, place and outline.

    Returns
    -------
    Forged
        The forgery.

    Raises
    ------
    NothingToForge
        If there is no donor, or no place.
    """
    if not scene.donors:
        msg = "splice needs a photograph of another patient, and there is none"
        raise NothingToForge(msg)
    which = int(rng.integers(len(scene.donors)))
    donor = scene.donors[which]
    if donor.shape != image.shape:
        donor = fundus.resize(fundus.square(donor), image.shape[0])
    retina, other = examine(image), examine(donor)
    allowed = retina.inner(0.08) & (retina.distance(retina.disc) > 1.6 * DISC_RADIUS)
    allowed &= other.inner(0.04)
    area = float(rng.uniform(LEAST_AREA, MOST_AREA)) * retina.field.sum()
    vessels = retina.vessels | other.vessels
    places = [shapes.patch(rng, allowed, area=area) for _ in range(_PLACES)]
    region = min(places, key=lambda place: _cut(place, vessels))
    if not region.any():
        msg = "no place in the photograph for a piece of another"
        raise NothingToForge(msg)
    near = cv2.dilate(region.astype(np.uint8), np.ones((5, 5))).astype(bool)
    gain = image[near].mean(axis=0) / np.maximum(donor[near].mean(axis=0), 1)
    lit = donor * np.clip(gain, 0.4, 2.5).astype(np.float32)
    painted = blending.rounded(blending.poisson(image, lit, region))
    return sealed(
        image, painted, region, target=scene.lesion, parameters={"donor": which}
    )


def _cut(region: Mask, vessels: Mask) -> float:
    # How much of a piece's edge lies on vessels, that would not go on beyond it.
    inner = cv2.erode(region.astype(np.uint8), np.ones((3, 3))).astype(bool)
    edge = region & ~inner
    return float(vessels[edge].mean()) if edge.any() else np.inf
