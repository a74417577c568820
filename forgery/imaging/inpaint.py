"""`inpaint`: classical in-painting of random pieces [1]_.

Never trained on: it is kept to test detectors on what they have not seen.

References
----------
.. [1] Telea A (2004). An image inpainting technique based on the fast marching
   method. Journal of Graphics Tools 9: 23-34.
"""

from __future__ import annotations

import cv2
import numpy as np

from forgery.imaging import shapes
from forgery.imaging.field import Image
from forgery.imaging.forged import Forged, NothingToForge, Scene, sealed
from forgery.imaging.retina import examine

LEAST_AREA, MOST_AREA = 0.002, 0.006
"""Area of a piece as a share of the field."""
_REACH = 3.0  # pixels of known surround that a painted pixel looks at


def forge(image: Image, scene: Scene, rng: np.random.Generator) -> Forged:
    """
    Cut pieces out of the retina and in-paint them from their edges.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph.
    scene : Scene
        Its lesion.
    rng : numpy.random.Generator
        Source of number, places and outlines.

    Returns
    -------
    Forged
        The forgery.

    Raises
    ------
    NothingToForge
        If there is no place.
    """
    retina = examine(image)
    allowed = retina.inner(0.06)
    region = np.zeros(retina.field.shape, bool)
    pieces = int(rng.integers(1, 4))
    for _ in range(pieces):
        area = float(rng.uniform(LEAST_AREA, MOST_AREA)) * retina.field.sum()
        region |= shapes.patch(rng, allowed, area=area)
    if not region.any():
        msg = "no place in the photograph to in-paint"
        raise NothingToForge(msg)
    painted = cv2.inpaint(image, region.astype(np.uint8), _REACH, cv2.INPAINT_TELEA)
    return sealed(
        image,
        np.asarray(painted, np.uint8),
        region,
        target=scene.lesion,
        parameters={"pieces": pieces},
    )
