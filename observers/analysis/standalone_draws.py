"""Intervals of a detector's row: draws of clusters, Wilson pairs, their mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from observers.analysis.intervals import wilson_interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Pair = tuple[float, float]


def is_flat(ci: Pair | None) -> bool:
    """
    Whether the draws gave no interval or one without width.

    Parameters
    ----------
    ci : tuple of float or None
        Limits.

    Returns
    -------
    bool
        True if nothing can be read from it.
    """
    return ci is None or ci[1] - ci[0] <= 0.0


def wilson_pair(truth: Bools, called: Bools) -> Pair | None:
    """
    Interval of the balanced accuracy from its two proportions' intervals.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated; both states occur.
    called : ndarray of bool, shape (C,)
        True where the case is called manipulated.

    Returns
    -------
    tuple of float or None
        Limits.
    """
    right = [int(called[truth].sum()), int((~called[~truth]).sum())]
    sizes = [int(truth.sum()), int((~truth).sum())]
    pairs = [wilson_interval(*cell).ends for cell in zip(right, sizes, strict=True)]
    rates = [k / n for k, n in zip(right, sizes, strict=True)]
    return square_and_add(rates, pairs)


def square_and_add(means: list[float], pairs: list[Pair | None]) -> Pair | None:
    """
    Interval of the mean of independent estimates from their own intervals.

    Parameters
    ----------
    means : list of float, length K
        The estimates.
    pairs : list of tuple of float or None, length K
        Their limits; None makes the answer None.

    Returns
    -------
    tuple of float or None
        Limits, which stay within 0 and 1 when the given ones do.
    """
    known = [pair for pair in pairs if pair is not None]
    if not known or len(known) < len(pairs):
        return None
    low = np.array([pair[0] for pair in known])
    high = np.array([pair[1] for pair in known])
    centre = np.array(means)
    mean = float(centre.mean())
    down = float(np.sqrt(((centre - low) ** 2).sum())) / len(known)
    up = float(np.sqrt(((high - centre) ** 2).sum())) / len(known)
    return mean - down, mean + up


def bootstrap(
    truth: Bools,
    score: Floats,
    called: Bools,
    names: NDArray[np.str_],
    chance: tuple[np.random.Generator, int],
) -> Floats:
    """
    Draw clusters with replacement and measure each draw.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (C,)
        The detector's scores.
    called : ndarray of bool, shape (C,)
        True where the case is called manipulated.
    names : ndarray of str, shape (C,)
        The patient cluster of each case.
    chance : tuple of Generator and int
        Where chance comes from, and how many draws, B.

    Returns
    -------
    ndarray of float, shape (B, 2)
        Area and balanced accuracy of each draw; NaN where one class is missing.
    """
    rng, draws = chance
    clusters, index = np.unique(names, return_inverse=True)
    drawn = rng.integers(clusters.size, size=(draws, clusters.size))
    offsets = np.arange(draws)[:, None] * clusters.size
    counts = np.bincount((drawn + offsets).ravel(), minlength=draws * clusters.size)
    weight = counts.reshape(draws, clusters.size)[:, index].astype(float)  # (B, C)
    w1, w0 = weight[:, truth], weight[:, ~truth]  # (B, n1), (B, n0)
    y, x = score[truth][:, None], score[~truth][None, :]
    wins = (y > x) + 0.5 * (y == x)  # (n1, n0)
    sums = w1.sum(axis=1), w0.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = np.einsum("bi,ij,bj->b", w1, wins, w0, optimize=True) / sums[0] / sums[1]
        sensitivity = (w1 * called[truth]).sum(axis=1) / sums[0]
        specificity = (w0 * ~called[~truth]).sum(axis=1) / sums[1]
    return np.stack([auc, (sensitivity + specificity) / 2], axis=1)


def percentiles(draws: Floats) -> Pair | None:
    """
    Give the 2.5 and 97.5 % points of the draws that are defined.

    Parameters
    ----------
    draws : ndarray of float, shape (B,)
        Draws, NaN where undefined.

    Returns
    -------
    tuple of float or None
        Limits; None where no draw is defined.
    """
    defined = draws[~np.isnan(draws)]
    if not defined.size:
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)
