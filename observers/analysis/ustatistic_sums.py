"""Sums of products of success scores: all that one-shot variances need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.roc import placement_counts

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# From sums over all pairs of comparisons to sums over pairs that differ in each
# index not named: same pair, same manipulated case, same original case, any.
TO_DISJOINT = np.array(
    [[1, 0, 0, 0], [-1, 1, 0, 0], [-1, 0, 1, 0], [1, -1, -1, 1]], np.float64
)
_BLOCK = 2**18  # success scores held at once: small enough for the cache


@dataclass(frozen=True, eq=False)
class PairSums:
    """
    Sums over comparisons of two score vectors, for each pair of V vectors.

    The success score of an original case i and a manipulated case j is 1 where j
    is scored higher, 1/2 where equal, 0 where lower. Axis 0 is what the two
    comparisons share: both cases, the manipulated case, the original case,
    nothing (all products).

    Attributes
    ----------
    numerator : ndarray of float, shape (4, V, V)
        Sums of products of success scores.
    weight : ndarray of float, shape (4, V, V)
        Numbers of products.
    total : ndarray of float, shape (V,)
        Sums of success scores.
    size : ndarray of float, shape (V,)
        Numbers of comparisons; ``total / size`` is the area.
    """

    numerator: Floats
    weight: Floats
    total: Floats
    size: Floats

    def disjoint(self) -> tuple[Floats, Floats]:
        """
        Sum over comparisons that differ in each case they need not share.

        Returns
        -------
        tuple of ndarray
            Numerators and weights, each of shape (4, V, V).
        """
        numerator = np.tensordot(TO_DISJOINT, self.numerator, axes=1)
        return numerator, np.tensordot(TO_DISJOINT, self.weight, axes=1)


def pair_sums(truth: Bools, score: Floats) -> PairSums:
    """
    Sum products of success scores for every pair of score vectors.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (V, C)
        Scores; NaN where missing.

    Returns
    -------
    PairSums
        The sums, exact to rounding of the last division by 4.

    Examples
    --------
    >>> truth = np.array([False, False, True, True])
    >>> sums = pair_sums(truth, np.array([[10.0, 40.0, 35.0, 80.0]]))
    >>> sums.total.tolist(), sums.numerator[:, 0, 0].tolist()
    ([3.0], [3.0, 5.0, 5.0, 9.0])
    """
    x, y = score[:, ~truth], score[:, truth]  # (V, n0), (V, n1)
    seen = [(~np.isnan(part)).astype(np.float64) for part in (x, y)]
    by_original, by_manipulated = _margins(x, y)
    total = by_original.sum(axis=1)
    numerator = np.stack(
        [
            _products(x, y),
            by_manipulated @ by_manipulated.T,
            by_original @ by_original.T,
            np.outer(total, total),
        ]
    )
    return PairSums(numerator / 4, _weights(*seen), total / 2, _size(*seen))


def _margins(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    # Twice the success scores summed over one class: (V, n0), (V, n1).
    margins = np.zeros(x.shape), np.zeros(y.shape)
    for v in range(len(x)):
        a, b = ~np.isnan(x[v]), ~np.isnan(y[v])
        margins[0][v, a], margins[1][v, b] = placement_counts(x[v, a], y[v, b])
    return margins


def _size(seen_x: Floats, seen_y: Floats) -> Floats:
    return np.asarray(seen_x.sum(axis=1) * seen_y.sum(axis=1))


def _weights(seen_x: Floats, seen_y: Floats) -> Floats:
    both_x, both_y = seen_x @ seen_x.T, seen_y @ seen_y.T  # (V, V)
    n0, n1 = seen_x.sum(axis=1), seen_y.sum(axis=1)
    all_x, all_y = np.outer(n0, n0), np.outer(n1, n1)
    return np.stack([both_x * both_y, all_x * both_y, both_x * all_y, all_x * all_y])


def _products(x: Floats, y: Floats) -> Floats:
    # Four times the sum of products of success scores, over common pairs.
    rank_x, rank_y = _ranks(x, y)
    is_tied = _is_tied(rank_x, rank_y)
    n_vectors, n0 = x.shape
    step = max(1, _BLOCK // max(1, n0 * n_vectors))
    gram = np.zeros((n_vectors, n_vectors))
    for start in range(0, y.shape[1], step):
        above = rank_y[:, start : start + step, None] > rank_x[:, None, :]
        success = above.view(np.int8)
        if is_tied:  # twice the success score, which may be 1/2
            not_below = rank_y[:, start : start + step, None] >= rank_x[:, None, :]
            success += not_below.view(np.int8)
        block = success.reshape(n_vectors, -1).astype(np.float32)
        gram += block @ block.T  # whole numbers below 2**24: exact
    return gram if is_tied else 4 * gram


def _is_tied(rank_x: NDArray[Any], rank_y: NDArray[Any]) -> bool:
    # Whether any vector gives an original and a manipulated case the same score.
    seen = np.zeros(rank_x.shape[1] + rank_y.shape[1] + 1, np.bool_)
    for own_x, own_y in zip(rank_x, rank_y, strict=True):
        seen[:] = False
        seen[own_x] = True
        if seen[own_y[own_y >= 0]].any():
            return True
    return False


def _ranks(x: Floats, y: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    # Dense ranks; a missing original ranks above, a missing manipulated below all.
    whole = np.concatenate([x, y], axis=1)
    n = whole.shape[1]
    dtype = np.int16 if n < np.iinfo(np.int16).max else np.int32
    ranks = np.empty(whole.shape, dtype)
    for v, row in enumerate(whole):
        ranks[v] = np.unique(row, return_inverse=True)[1]
    missing = np.isnan(whole)
    ranks[:, : x.shape[1]][missing[:, : x.shape[1]]] = n
    ranks[:, x.shape[1] :][missing[:, x.shape[1] :]] = -1
    return ranks[:, : x.shape[1]], ranks[:, x.shape[1] :]
