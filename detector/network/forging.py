"""Twins for training and tests: photographs and their forgeries, processed alike.

An original goes through all that its forgery goes through but the forging. Twins
are made here and nowhere else, from prepared photographs and families.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.network.examples import MASK_STRIDE, Examples, Images
from forgery.imaging import families, manipulator, profiles
from forgery.imaging.forged import NothingToForge, Scene
from forgery.imaging.fundus import Mask, field_of_view
from forgery.imaging.profiles import Profile


@dataclass(frozen=True)
class Photograph:
    """An original, prepared by a profile, and whose it is."""

    image: Images
    """From `profiles.prepare`, shape (S, S, 3)."""
    cluster: str
    """Name of its patient cluster."""
    lesion: str
    """Key of its lesion."""
    name: str
    """Tells it from the cluster's other photographs."""


Forger = Callable[[Photograph, np.random.Generator], tuple[Images, Mask, str] | None]
"""Forges a photograph: image, mask, finding or target; None where it cannot."""


def untrained(
    recipe: str,
    profile: Profile,
    donors: Sequence[Photograph] = (),
    findings: tuple[str, ...] = (),
) -> Forger:
    """
    Make the forger of a family that needs no training.

    Parameters
    ----------
    recipe : str
        One of `families.UNTRAINED`.
    profile : Profile
        How the photographs were prepared.
    donors : sequence of Photograph
        Photographs that pieces may come from, prepared alike; a photograph's own
        cluster never gives any.
    findings : tuple of str
        Findings to insert; none lets the family draw them.

    Returns
    -------
    callable
        The forger.
    """

    def forge(
        photograph: Photograph, rng: np.random.Generator
    ) -> tuple[Images, Mask, str] | None:
        others = [one.image for one in donors if one.cluster != photograph.cluster]
        which = rng.permutation(len(others))[:4]
        scene = Scene(
            lesion=photograph.lesion,
            findings=findings,
            donors=[others[i] for i in which],
            is_sharpened=profile.sharpen,
        )
        try:
            made = families.forge(recipe, photograph.image, scene, rng)
        except NothingToForge:
            return None
        drawn = made.parameters.get("findings")
        what = "+".join(drawn) if drawn else made.target
        return made.image, made.mask, what

    return forge


def trained(bundle: Path | str, sha256: str | None = None) -> Forger:
    """
    Make the forger of a trained manipulator.

    Parameters
    ----------
    bundle : Path or str
        The manipulator's bundle.
    sha256 : str or None
        The digest it must have.

    Returns
    -------
    callable
        The forger; its mask says which pixels it painted.
    """
    painter = manipulator.load(bundle, sha256)

    def forge(
        photograph: Photograph, _rng: np.random.Generator
    ) -> tuple[Images, Mask, str] | None:
        mask = field_of_view(photograph.image)
        made = painter.forge(photograph.image[None], [mask])
        if not made.masks[0].any():
            return None
        return made.images[0], made.masks[0], painter.target or photograph.lesion

    return forge


def twins(
    photographs: Sequence[Photograph],
    forgers: Mapping[str, Forger],
    profile: Profile,
    *,
    seed: int,
    copies: Mapping[str, int] | None = None,
) -> Examples:
    """
    Make originals and their forgeries by every family, finished alike.

    Parameters
    ----------
    photographs : sequence of Photograph
        At least one, prepared by ``profile``.
    forgers : mapping of str to callable
        The forgers by name: a family's, or ``family/what`` for one of several.
    profile : Profile
        Whose finish both classes get.
    seed : int
        Seed of the forgeries; each depends on its photograph's name too, not on
        its place in the list.
    copies : mapping of str to int or None
        Forgeries a photograph by family; one where it is not named.

    Returns
    -------
    examples.Examples
        The original first, then its forgeries; ``pair`` names photograph and profile.
    """
    rows: list[tuple[Images, bool, str, str, str, str, str, NDArray[np.uint8]]] = []
    for one in photographs:
        pair = f"{one.name}/{profile.name}"
        nothing = np.zeros(one.image.shape[:2], bool)
        known = (one.cluster, one.lesion, pair)
        original = profiles.finish(one.image, profile)
        rows.append((original, False, *known, "", "", coverage(nothing)))
        for name, forger in forgers.items():
            family = name.partition("/")[0]
            for copy in range((copies or {}).get(family, 1)):
                made = forger(one, _rng(seed, one.name, name, copy))
                if made is None:
                    continue
                finished = profiles.finish(made[0], profile)
                what = (family, made[2])
                rows.append((finished, True, *known, *what, coverage(made[1])))
    image, truth, cluster, lesion, pair_, family_, target, mask = zip(
        *rows, strict=True
    )
    return Examples(
        np.stack(image),
        np.array(truth),
        np.array(cluster),
        np.array(lesion),
        np.array(pair_),
        np.array(family_),
        np.stack(mask),
        np.array(target),
    )


def coverage(mask: Mask) -> NDArray[np.uint8]:
    """
    Shrink a mask to the places of the tamper map.

    Parameters
    ----------
    mask : ndarray of bool, shape (S, S)
        Pixels that were changed.

    Returns
    -------
    ndarray of uint8, shape (S / 4, S / 4)
        Share of each place that was changed, 0 to 255.
    """
    size = (mask.shape[1] // MASK_STRIDE, mask.shape[0] // MASK_STRIDE)
    full = mask.astype(np.uint8) * np.uint8(255)
    return np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA), np.uint8)


def _rng(seed: int, name: str, family: str, copy: int) -> np.random.Generator:
    text = f"{name}/{family}/{copy}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return np.random.default_rng([seed, number])
