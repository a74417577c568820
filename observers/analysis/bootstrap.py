"""Stratified bootstrap of one AUC, vectorised and seeded."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from observers.analysis.intervals import (
    LEVEL,
    TWO_PER_CLASS,
    ZERO_VARIANCE,
    Interval,
    undefined,
)
from observers.analysis.roc import Floats, placement_counts, split_by_truth


def bootstrap_aucs(
    truth: ArrayLike, score: ArrayLike, *, n_resamples: int, seed: int
) -> Floats:
    """
    Draw areas of resampled cases, each class resampled on its own.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped). Each class needs a scored case.
    n_resamples : int
        How many resamples.
    seed : int
        Seed of the random generator; the same seed gives the same draws.

    Returns
    -------
    ndarray of float, shape (n_resamples,)
        The areas.
    """
    x, y = split_by_truth(truth, score)
    x = np.sort(x)
    left, right = np.searchsorted(x, y, "left"), np.searchsorted(x, y, "right")
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // (x.size + y.size))
    areas = []
    for start in range(0, n_resamples, block):
        b = min(block, n_resamples - start)
        below = np.zeros((b, x.size + 1))
        np.cumsum(_resampled(rng, b, x.size), axis=1, out=below[:, 1:])
        times = _resampled(rng, b, y.size)
        won = below[:, left] + below[:, right]  # (b, n1), twice the placements
        areas.append(np.einsum("bj,bj->b", won, times))
    return np.concatenate(areas) / (2 * x.size * y.size)


def bootstrap_interval(
    truth: ArrayLike,
    score: ArrayLike,
    *,
    seed: int,
    n_resamples: int = 2000,
    level: float = LEVEL,
) -> Interval:
    """
    Make the percentile interval of the stratified bootstrap.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped).
    seed : int
        Seed of the random generator.
    n_resamples : int, optional
        How many resamples.
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        The interval; undefined with fewer than two cases in a class, and where
        every resample gives the same area.
    """
    x, y = split_by_truth(truth, score)
    if min(x.size, y.size) < 2:
        return undefined("bootstrap", TWO_PER_CLASS, level)
    if all(np.ptp(counts) == 0 for counts in placement_counts(x, y)):
        return undefined("bootstrap", ZERO_VARIANCE, level)
    areas = bootstrap_aucs(truth, score, n_resamples=n_resamples, seed=seed)
    lower, upper = np.quantile(areas, [(1 - level) / 2, (1 + level) / 2])
    return Interval("bootstrap", level, float(lower), float(upper))


# How often each of n cases is drawn in each of b resamples of size n.
def _resampled(rng: np.random.Generator, b: int, n: int) -> Floats:
    drawn = rng.integers(n, size=(b, n)) + n * np.arange(b)[:, None]
    return np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(float)


_BLOCK = 40_000  # resampled cases held at once: small enough for the cache
