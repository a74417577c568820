"""Copy-move: pieces of retina that occur twice in one photograph, grain and all.

Who paints a finding over by retina from elsewhere in the photograph copies its grain
too, and grain never repeats by itself. Neighbourhoods of the grain are hashed by the
signs of random projections [1]_; equal hashes vote for the shift between them, as in
block-matching copy-move detection [2]_; the shifts with most votes are then measured
by normalised correlation everywhere. Needs no training, so it owes nothing to the
families that a detector has learned. Turned, scaled or strongly compressed copies are
not found.

References
----------
.. [1] Charikar MS (2002). Similarity estimation techniques from rounding algorithms.
   STOC 2002: 380-388.
.. [2] Christlein V et al. (2012). An evaluation of popular copy-move forgery detection
   approaches. IEEE Transactions on Information Forensics and Security 7: 1841-1854.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch.nn import functional

from detector.network.examples import MASK_STRIDE, Images
from forgery.imaging.field import brightest

Plane = NDArray[np.float32]

CLIP, ALIKE = 1.5, 0.88
"""How rules of now compare grain: beyond one and a half of its spread are the walls of
vessels, which look alike from one place to the next."""
_SIDE = 7  # pixels of a neighbourhood
_BITS, _TABLES = 16, 10
_DRAWN = 32  # projections, of which each table takes its own
_ROWS = 64  # hashed at once
_LAGS = (1, 2)  # neighbours of equal hash that are paired, in the order of the hash
_NEAR = 8  # pixels: what lies nearer overlaps
_BLOCK = 8  # pixels: JPEG makes blocks alike, at whole blocks' distance
_BLOCKY = 1.22  # lossless photographs have up to 1.15, JPEG 95 from 1.29
_CANDIDATES = 200  # shifts with most votes in all
_CELL = 20  # pixels: how far a copied piece may reach
_SHIFTS = 16  # measured, of the candidates
_FEWEST = 8.0  # copied places that are no evidence, whatever the originals show
_LEAST_SPREAD = 0.5  # grey levels: blur and strong JPEG leave no grain to compare
_CLIP = 3.0  # spreads of the grain: beyond it are vessels
_DARK = 20  # grey levels: no retina
_GRAIN = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4


@dataclass(frozen=True)
class Copies:
    """What a photograph holds twice."""

    area: float
    """Places, of one pixel each, that the best shift shows twice."""
    places: Plane
    """Shape (S / 4, S / 4): largest correlation with another place, 0 to 1; 0 where no
    shift that was measured found it twice."""


@dataclass(frozen=True)
class CopyRule:
    """How far copied places raise a detector's score."""

    limit: float
    """Places that originals may show twice by chance."""
    weight: float
    """Added to the score each time that the copied area doubles beyond it."""
    clip: float = 3.0
    """Spreads at which grain is cut before it is compared; bundles that do not say it,
    and what follows, compared so."""
    alike: float = 0.85
    """Correlation from which on a place counts as copied."""

    @classmethod
    def fit(
        cls, scores: ArrayLike, areas: ArrayLike, truth: ArrayLike, threshold: float
    ) -> Self:
        """
        Learn from originals alone: no family of forgeries is needed.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            The network's scores of validation images.
        areas : array_like of float, shape (n,)
            Their `Copies.area`.
        truth : array_like of bool, shape (n,)
            True where manipulated; at least one is not.
        threshold : float
            Score from which on the network alone calls an image manipulated.

        Returns
        -------
        CopyRule
            What all but one of ten originals show is no evidence; a typical original
            is called once it shows half as much again as all but one of twenty do.
        """
        is_original = ~np.asarray(truth, bool)
        usual, high = np.quantile(np.asarray(areas, float)[is_original], [0.9, 0.95])
        limit = max(_FEWEST, float(usual))
        far = float(np.log2(1.5 * max(_FEWEST, float(high)) / limit))
        typical = float(np.median(np.asarray(scores)[is_original]))
        return cls(limit, max(0.0, threshold - typical) / far, CLIP, ALIKE)

    def apply(self, scores: ArrayLike, areas: ArrayLike) -> NDArray[np.float64]:
        """
        Raise scores by what occurs twice.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            The network's scores.
        areas : array_like of float, shape (n,)
            `Copies.area` of the same images.

        Returns
        -------
        ndarray of float, shape (n,)
            Scores, higher where a piece was copied.

        Examples
        --------
        >>> CopyRule(limit=20, weight=3).apply([0, 0, 0], [0, 20, 80]).tolist()
        [0.0, 0.0, 6.0]
        """
        beyond = np.log2(np.maximum(np.asarray(areas, float) / self.limit, 1))
        return np.asarray(np.asarray(scores, float) + self.weight * beyond)


def find(image: Images, clip: float = CLIP, alike: float = ALIKE) -> Copies:
    """
    Look for copied pieces.

    Parameters
    ----------
    image : ndarray of uint8, shape (S, S, 3)
        A photograph as the detector sees it.
    clip, alike : float
        As a `CopyRule` says.

    Returns
    -------
    Copies
        How much occurs twice, and where.
    """
    places = np.zeros([side // MASK_STRIDE for side in image.shape[:2]], np.float32)
    seen = (brightest(image) > _DARK).astype(np.uint8)
    field = cv2.erode(seen, np.ones((_SIDE + 4, _SIDE + 4), np.uint8)) > 0
    if field.sum() < _SIDE**4:
        return Copies(0.0, places)
    grain: Plane = np.asarray(
        cv2.filter2D(image[..., 1].astype(np.float32), -1, _GRAIN), np.float32
    )
    size_of = np.abs(grain)
    spread = 1.4826 * float(np.median(size_of[field]))
    if spread < _LEAST_SPREAD or _is_blocky(size_of, field):
        return Copies(0.0, places)
    shifts = _shifts(_clipped(grain, _CLIP * spread), field)
    grain = _clipped(grain, clip * spread)
    energy = _sum(grain * grain)
    # where there is next to no grain, rounding alone would look alike
    root = np.sqrt(np.maximum(energy, 0.5 * np.median(energy[field])))
    share = np.where(field, 1 / root, 0).astype(np.float32)
    area, best = 0, np.zeros(grain.shape, np.float32)
    for dy, dx in shifts:
        here, there = _overlap(grain.shape, dy, dx)
        found = _sum(grain[here] * grain[there])
        found *= share[here]
        found *= share[there]
        cv2.threshold(found, alike, 0, cv2.THRESH_TOZERO, dst=found)
        alike_here = cv2.countNonZero(found)
        if alike_here == 0:
            continue
        area = max(area, alike_here)
        np.maximum(best[here], found, out=best[here])
        np.maximum(best[there], found, out=best[there])
    # a neighbourhood that matches is copied as a whole
    whole = cv2.dilate(best, np.ones((_SIDE, _SIDE), np.uint8))
    size = places.shape[1], places.shape[0]
    shrunk = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    return Copies(float(area), np.minimum(shrunk, 1).astype(np.float32))


def areas(
    images: Images, clip: float = CLIP, alike: float = ALIKE
) -> NDArray[np.float64]:
    """
    Measure how much of each image occurs twice.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Photographs as the detector sees them.
    clip, alike : float
        As a `CopyRule` says.

    Returns
    -------
    ndarray of float, shape (n,)
        Their `Copies.area`.
    """
    return np.array([find(image, clip, alike).area for image in images])


def _clipped(grain: Plane, limit: float) -> Plane:
    return np.asarray(np.clip(grain, -limit, limit), np.float32)


def _is_blocky(size_of: Plane, field: NDArray[np.bool_]) -> bool:
    # whether grain stands higher in every eighth column, as after JPEG: its blocks
    # repeat by themselves, and what was copied before it no longer does
    columns = np.arange(field.shape[1]) % _BLOCK
    total = np.bincount(columns, (size_of * field).sum(axis=0))
    mean = total / np.maximum(np.bincount(columns, field.sum(axis=0)), 1)
    return bool(mean.max() > _BLOCKY * np.median(mean))


def _shifts(grain: Plane, field: NDArray[np.bool_]) -> list[tuple[int, int]]:
    # the shifts, downwards, for which most neighbourhoods of equal hash vote: first
    # over the whole photograph, then among neighbours, as a piece's places are
    height, width = grain.shape
    inside = np.flatnonzero(field)
    # in rows twice as long as the photograph's, differences of places tell shifts
    place = (inside + inside // width * width).astype(np.int32)
    pairs = [_pairs(code[inside], place) for code in _hashes(grain)]
    first, shift = (np.concatenate(side) for side in zip(*pairs, strict=True))
    shift += width
    votes = np.bincount(shift, minlength=height * 2 * width)
    by_shift = votes.reshape(height, 2 * width)
    by_shift[: _NEAR + 1, width - _NEAR : width + _NEAR + 1] = 0
    by_shift[::_BLOCK, width % _BLOCK :: _BLOCK] = 0
    least = _cut(votes, _CANDIDATES)
    few = np.flatnonzero(votes >= least)
    number = np.full(len(votes), -1, np.int32)
    number[few] = np.arange(len(few))
    which = number[shift]
    use = which >= 0
    row, column = np.divmod(first[use], 2 * width)
    across = -(-width // _CELL)
    cells = across * -(-height // _CELL)
    local = np.bincount(
        which[use] * cells + row // _CELL * across + column // _CELL,
        minlength=len(few) * cells,
    ).reshape(len(few), cells)
    best = few[np.argsort(-local.max(axis=1), kind="stable")[:_SHIFTS]]
    return [(int(one) // (2 * width), int(one) % (2 * width) - width) for one in best]


def _cut(votes: NDArray[np.int64], n: int) -> int:
    # the number of votes, at least one, that at most n shifts have, or the largest
    shifts_with = np.cumsum(np.bincount(votes)[::-1])[::-1]
    return max(1, min(len(shifts_with) - 1, int(np.sum(shifts_with > n))))


def _hashes(grain: Plane) -> Plane:
    # shape (tables, places); a hash of 16 bits is exact in single precision
    edge = _SIDE // 2
    with torch.inference_mode():
        wide = functional.pad(torch.from_numpy(grain)[None, None], (edge,) * 4)
        parts = []
        # some rows at a time: what a processor's cache holds is not fetched anew
        for top in range(0, len(grain), _ROWS):
            rows = wide[:, :, top : top + _ROWS + 2 * edge]
            found = functional.conv2d(rows, _PROJECTIONS)[0]
            signs = torch.gt(found, 0, out=found).flatten(1)
            parts.append((_BIT_OF @ signs).numpy())
    return np.concatenate(parts, axis=1)


def _pairs(
    code: Plane, place: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    # the first place of each pair of equal hash, and how far it is to the second;
    # hash and number of the place are sorted as one, so by place within one hash
    n = len(place)
    bits = max(32 - _BITS, n.bit_length())
    kind = np.uint32 if bits == 32 - _BITS else np.uint64
    found = np.left_shift(code.astype(kind), bits, dtype=kind)
    found |= np.arange(n, dtype=kind)
    found.sort()
    hashed, of = found >> bits, place[found & ((1 << bits) - 1)]
    first, shift = [], []
    for lag in _LAGS:
        same = np.flatnonzero(hashed[lag:] == hashed[:-lag])
        first.append(of[same])
        shift.append(of[same + lag] - first[-1])
    return np.concatenate(first), np.concatenate(shift)


def _sum(plane: Plane) -> Plane:
    found = cv2.boxFilter(
        plane, -1, (_SIDE, _SIDE), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(found, np.float32)


def _overlap(
    shape: tuple[int, ...], dy: int, dx: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    height, width = shape
    here = slice(0, height - dy), slice(max(0, -dx), width - max(0, dx))
    there = slice(dy, height), slice(max(0, dx), width - max(0, -dx))
    return here, there


def _projections() -> tuple[torch.Tensor, torch.Tensor]:
    # kernels, and the bit that each one's sign is in each table's hash
    rng = np.random.default_rng(1)
    drawn = rng.standard_normal((_DRAWN, _SIDE, _SIDE))
    drawn -= drawn.mean(axis=(1, 2), keepdims=True)
    bit = np.zeros((_TABLES, _DRAWN), np.float32)
    for table in bit:
        table[rng.permutation(_DRAWN)[:_BITS]] = 2.0 ** np.arange(_BITS)[::-1]
    return torch.from_numpy(drawn.astype(np.float32))[:, None], torch.from_numpy(bit)


_PROJECTIONS, _BIT_OF = _projections()
