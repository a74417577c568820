"""Examples: images as the detector sees them, and their split by cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

MASK_STRIDE = 4
"""Pixels a place of the masks that a detector learns from."""

LAUNDERED = "/laundered"
"""How the pair of a laundered copy ends, where it stands beside what it was made of."""

Images = NDArray[np.uint8]
_COLUMNS = ("truth", "cluster", "lesion", "pair", "family", "target")
_ALL = ("images", *_COLUMNS, "mask")


class ClusterOverlap(ValueError):  # noqa: N818 - named for what it is
    """Train and validation share a patient cluster."""


@dataclass(frozen=True)
class Examples:
    """Images as the detector sees them, with what is known of each."""

    images: Images
    """Shape (N, S, S, 3), uint8, from `profiles.detector_view`; 16 divides S."""
    truth: NDArray[np.bool_]
    """Shape (N,), True where manipulated."""
    cluster: NDArray[np.str_]
    """Shape (N,), name of the patient cluster."""
    lesion: NDArray[np.str_]
    """Shape (N,), key of the lesion."""
    pair: NDArray[np.str_]
    """Shape (N,), equal for an original and its own forgeries; '' where unknown."""
    family: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, str))
    """Shape (N,), family of the manipulation; '' for originals and where unknown."""
    mask: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    """Shape (N, S / 4, S / 4), share of each place that was changed, 0 to 255."""
    target: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, str))
    """Shape (N,), lesion or finding that a forgery shows; '' where unknown."""

    def __post_init__(self) -> None:
        """Refuse what cannot be examples."""
        n, size = len(self.images), self.images.shape[1:]
        if self.images.dtype != np.uint8 or not _is_square(size):
            msg = (
                "examples need uint8 images of shape (N, S, S, 3), S a multiple of "
                f"16, not {self.images.dtype} {self.images.shape}"
            )
            raise ValueError(msg)
        for name in ("family", "target"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(n, ""))
        if len(self.mask) == 0:
            places = (n, size[0] // MASK_STRIDE, size[1] // MASK_STRIDE)
            object.__setattr__(self, "mask", np.zeros(places, np.uint8))
        for name in _COLUMNS:
            kind = bool if name == "truth" else str
            object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        if {getattr(self, name).shape for name in _COLUMNS} != {(n,)}:
            msg = f"{', '.join(_COLUMNS)} need one entry an image"
            raise ValueError(msg)

    def __len__(self) -> int:
        """
        Count the images.

        Returns
        -------
        int
            Their number.
        """
        return len(self.images)

    def take(self, which: NDArray[Any]) -> Self:
        """
        Choose some examples.

        Parameters
        ----------
        which : ndarray of int or bool
            Indices or mask.

        Returns
        -------
        Self
            Those examples, in that order.
        """
        columns = {name: getattr(self, name)[which] for name in _ALL}
        return type(self)(**columns)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """
        Put examples behind one another.

        Parameters
        ----------
        parts : sequence of Examples
            At least one, of one size.

        Returns
        -------
        Self
            All of them.
        """
        columns = {
            name: np.concatenate([getattr(one, name) for one in parts]) for name in _ALL
        }
        return cls(**columns)

    @property
    def digest(self) -> str:
        """
        Name the examples by their content.

        Returns
        -------
        str
            SHA-256 in hexadecimal of pixels, masks and all that is known of them.
        """
        found = hashlib.sha256(self.images.tobytes())
        found.update(self.mask.tobytes())
        for name in _COLUMNS:
            found.update(repr(getattr(self, name).tolist()).encode())
        return found.hexdigest()


def check_split(train: Examples, validation: Examples) -> None:
    """
    Refuse a split that lets the detector validate on what it learned.

    Parameters
    ----------
    train, validation : Examples
        The two parts.

    Raises
    ------
    ClusterOverlap
        If they share a patient cluster, which is named.
    ValueError
        If a part lacks originals or manipulated images.
    """
    shared = sorted(set(train.cluster.tolist()) & set(validation.cluster.tolist()))
    if shared:
        more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
        msg = (
            f"patient cluster {shared[0]}{more} is in both training and validation; "
            "give each cluster one role"
        )
        raise ClusterOverlap(msg)
    for name, part in (("training", train), ("validation", validation)):
        if part.truth.all() or not part.truth.any():
            msg = (
                f"{name} holds {int((~part.truth).sum())} originals and "
                f"{int(part.truth.sum())} manipulated images; it needs both"
            )
            raise ValueError(msg)


def _is_square(size: tuple[int, ...]) -> bool:
    return len(size) == 3 and size[0] == size[1] and size[2] == 3 and size[0] % 16 == 0


def save(path: Path | str, examples: Examples) -> None:
    """
    Write examples to a file that `load` reads; a killed writer leaves none.

    Parameters
    ----------
    path : Path or str
        Where to write, ending in ``.npz``.
    examples : Examples
        What to keep.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **{name: getattr(examples, name) for name in _ALL})
    unfinished.replace(path)


def load(path: Path | str) -> Examples | None:
    """
    Read examples, if they were kept.

    Parameters
    ----------
    path : Path or str
        What `save` wrote.

    Returns
    -------
    Examples or None
        The examples; None when there is no such file.
    """
    if not Path(path).exists():
        return None
    with np.load(path, allow_pickle=False) as kept:
        return Examples(**{name: kept[name] for name in _ALL})
