"""What every family of forgeries is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forgery.imaging.field import Image, Mask


@dataclass(frozen=True)
class Scene:
    """What a family may know of a photograph beside its pixels."""

    lesion: str = "normal"
    """The lesion that the photograph shows."""
    target: str | None = None
    """The lesion that the forgery shall show; None lets the family draw one."""
    findings: tuple[str, ...] = ()
    """Findings to insert, each by its key; none given lets the family draw them."""
    donors: Sequence[Image] = ()
    """Photographs of other patients, prepared in the same way."""
    is_sharpened: bool = True
    """Whether the photograph was sharpened after it was brought to size."""


@dataclass(frozen=True)
class Forged:
    """A forgery and the truth about it."""

    image: Image
    """The manipulated image; outside the mask exactly the photograph."""
    mask: Mask
    """True where pixels were manipulated, shape (H, W)."""
    target: str
    """Key of the lesion that the forgery shows."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What was drawn and measured, JSON-ready."""


class NothingToForge(ValueError):  # noqa: N818 - what happened, in words
    """The family finds nothing in this photograph that it could change."""


def sealed(
    image: Image,
    painted: Image,
    region: Mask,
    *,
    target: str,
    parameters: Mapping[str, Any],
) -> Forged:
    """
    Keep what was painted inside a region, and the photograph everywhere else.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    painted : ndarray of uint8, shape (H, W, 3)
        What a family made of it.
    region : ndarray of bool, shape (H, W)
        Where the family was allowed to paint; it becomes the mask.
    target : str
        Key of the lesion that the forgery shows.
    parameters : mapping
        What was drawn, JSON-ready.

    Returns
    -------
    Forged
        The forgery, its exact mask, and the mask's share of the image.

    Raises
    ------
    NothingToForge
        If no pixel was changed.
    """
    forged = np.where(region[..., None], painted, image)
    if not (forged != image).any():
        msg = "nothing was changed in the photograph"
        raise NothingToForge(msg)
    measured = {**parameters, "area": round(float(region.mean()), 6)}
    return Forged(forged, region, target, measured)
