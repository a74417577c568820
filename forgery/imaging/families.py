"""Families that need no training: one door to them all; numpy and OpenCV, no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from forgery.imaging import inpaint, lesion_insert, lesion_remove, splice
from forgery.imaging.field import Image
from forgery.imaging.forged import Forged, Scene

Forge = Callable[[Image, Scene, np.random.Generator], Forged]
"""Photograph, scene and source of randomness to forgery."""

UNTRAINED: Mapping[str, Forge] = {
    "lesion-insert": lesion_insert.forge,
    "lesion-remove": lesion_remove.forge,
    "splice": splice.forge,
    "inpaint": inpaint.forge,
}
"""The untrained families by the name of their recipe."""


def forge(recipe: str, image: Image, scene: Scene, rng: np.random.Generator) -> Forged:
    """
    Forge a photograph by an untrained family.

    Parameters
    ----------
    recipe : str
        One of `UNTRAINED`.
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph, as `profiles.prepare` makes it.
    scene : Scene
        What is known beside the pixels.
    rng : numpy.random.Generator
        Source of everything drawn: the same seed gives the same forgery.

    Returns
    -------
    Forged
        Image, exact mask and parameters; not yet finished by `profiles.finish`.

    Raises
    ------
    KeyError
        If there is no such family.
    NothingToForge
        If the photograph offers nothing that the family could change.
    """
    if recipe not in UNTRAINED:
        msg = f"no untrained family {recipe!r}; use {', '.join(UNTRAINED)}"
        raise KeyError(msg)
    return UNTRAINED[recipe](image, scene, rng)
