"""Near-duplicate photographs, found by content across patient numbers.

Two photographs are near-duplicates if their 64-bit difference hashes differ in
at most 6 bits *and* their small grey copies correlate above 0.99 inside the
disc. (Over the whole square the black corners lift two different right eyes of
one camera to 0.998; inside the disc no pair of different eyes among 987
photographs passed 0.977, while recompressed, halved, noisy, blurred or
slightly turned copies stayed above 0.994.) Groups are the connected
components: a duplicate of a duplicate is in the group.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from forgery.imaging.fundus import Image

MOST_BITS = 6
"""Most differing bits of two hashes."""
LEAST_CORRELATION = 0.99
"""Correlation of two thumbnails inside the disc must be above this."""
THUMBNAIL_SIDE = 32  # pixels
_DISC = 0.9  # radius compared, as a share of the inscribed circle's
_BLOCK = 512  # rows of hashes compared at a time


def difference_hash(squared: Image) -> int:
    """
    Hash a photograph by the signs of its horizontal grey steps.

    Parameters
    ----------
    squared : ndarray of uint8, shape (S, S, 3)
        RGB photograph from `fundus.square`.

    Returns
    -------
    int
        64 bits, the first step in the highest.

    References
    ----------
    .. [1] Krawetz N (2013). Kind of like that. The Hacker Factor blog.
    """
    grey = cv2.cvtColor(squared, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)  # (8, 9)
    rises = small[:, 1:] > small[:, :-1]  # (8, 8)
    return int.from_bytes(np.packbits(rises).tobytes(), "big")


def thumbnail(squared: Image) -> NDArray[np.uint8]:
    """
    Shrink a photograph to the grey copy that near-duplicates are compared by.

    Parameters
    ----------
    squared : ndarray of uint8, shape (S, S, 3)
        RGB photograph from `fundus.square`.

    Returns
    -------
    ndarray of uint8, shape (32, 32)
        The small copy, fit to be stored beside the hash.
    """
    grey = cv2.cvtColor(squared, cv2.COLOR_RGB2GRAY)
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return np.asarray(cv2.resize(grey, side, interpolation=cv2.INTER_AREA), np.uint8)


def near_duplicates(
    hashes: Sequence[int] | NDArray[np.uint64], thumbnails: ArrayLike
) -> list[list[int]]:
    """
    Group near-duplicates.

    Parameters
    ----------
    hashes : sequence of int, shape (n,)
        From `difference_hash`.
    thumbnails : array_like of uint8, shape (n, 32, 32)
        From `thumbnail`, in the same order.

    Returns
    -------
    list of list of int
        Groups of two or more indices, each ascending, ordered by their first.

    Raises
    ------
    ValueError
        If there are not as many thumbnails as hashes.
    """
    bits = np.asarray(hashes, dtype=np.uint64)
    small = np.asarray(thumbnails, dtype=np.float32)
    if len(bits) != len(small):
        msg = f"{len(bits)} hashes, but {len(small)} thumbnails"
        raise ValueError(msg)
    if len(bits) < 2:
        return []
    first, second = _pairs(bits)
    inside = small[:, _inner_disc()]  # (n, p)
    alike = _correlations(inside, first, second) > LEAST_CORRELATION
    edges = (np.ones(alike.sum()), (first[alike], second[alike]))
    _, group = connected_components(coo_array(edges, shape=(len(bits), len(bits))))
    members: dict[int, list[int]] = {}
    for index, key in enumerate(group):
        members.setdefault(int(key), []).append(index)
    return [indices for indices in members.values() if len(indices) > 1]


def _inner_disc() -> NDArray[np.bool_]:
    # The part of a thumbnail that is retina whatever the camera's mask.
    offset = np.arange(THUMBNAIL_SIDE) - (THUMBNAIL_SIDE - 1) / 2
    radius = _DISC * THUMBNAIL_SIDE / 2
    return np.asarray(offset[:, None] ** 2 + offset**2 < radius**2)


def _pairs(bits: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    # Index pairs, first < second, whose hashes differ in few bits.
    firsts, seconds = [], []
    for start in range(0, len(bits), _BLOCK):
        block = bits[start : start + _BLOCK]
        distance = np.bitwise_count(block[:, None] ^ bits[None, start:])  # (b, n - s)
        first, second = np.nonzero(distance <= MOST_BITS)
        later = second > first
        firsts.append(first[later] + start)
        seconds.append(second[later] + start)
    return np.concatenate(firsts), np.concatenate(seconds)


def _correlations(
    flat: NDArray[np.float32], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float32]:
    # Pearson's correlation of each pair; a constant thumbnail correlates with none.
    centred = flat - flat.mean(axis=1, keepdims=True)  # (n, p)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(norm > 0, norm, 1)
    out = np.empty(len(first), np.float32)
    for start in range(0, len(first), 65_536):
        part = slice(start, start + 65_536)
        out[part] = np.einsum("ij,ij->i", unit[first[part]], unit[second[part]])
    return out
