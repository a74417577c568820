"""Agreement beyond chance: weighted kappa, Fleiss's kappa, Krippendorff's alpha."""

from __future__ import annotations

from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import ArrayLike, NDArray

from observers.analysis.agreement import Agreement

Weights = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
NO_SPREAD = "only one category occurs: chance agreement is complete, not defined"
FEW = "needs >= 2 readers of one case"


def cohen_kappa(
    first: ArrayLike, second: ArrayLike, weights: Weights = "quadratic"
) -> Agreement:
    """
    Estimate Cohen's kappa of two readings, weighted by the distance of categories.

    Parameters
    ----------
    first : array_like of float, shape (C,)
        First categories; NaN where missing.
    second : array_like of float, shape (C,)
        Second categories.
    weights : {"none", "linear", "quadratic"}, optional
        Weight of a disagreement, by ranks of the categories that occur.

    Returns
    -------
    Agreement
        The coefficient [1]_.

    References
    ----------
    .. [1] Cohen J (1968). Weighted kappa: nominal scale agreement with
       provision for scaled disagreement or partial credit. Psychological
       Bulletin 70: 213-220.

    Examples
    --------
    >>> cohen_kappa([1, 2, 3], [1, 2, 3]).value
    1.0
    """
    name = f"kappa_{weights}"
    both = np.array([first, second], np.float64)
    both = both[:, ~np.isnan(both).any(axis=0)]
    n = both.shape[1]
    if not n:
        return Agreement(name, None, None, None, 0, 2, "no case has both readings")
    categories, code = np.unique(both, return_inverse=True)
    code = code.reshape(both.shape)
    size = categories.size
    table = np.zeros((size, size))
    np.add.at(table, (code[0], code[1]), 1 / n)
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    power = {"none": 0, "linear": 1, "quadratic": 2}[weights]
    cost = np.where(distance > 0, distance.astype(float) ** power, 0.0)
    expected = (cost * np.outer(table.sum(axis=1), table.sum(axis=0))).sum()
    if expected == 0:
        return Agreement(name, None, None, None, n, 2, NO_SPREAD)
    value = float(1 - (cost * table).sum() / expected)
    return Agreement(name, value, None, None, n, 2)


def fleiss_kappa(counts: ArrayLike) -> Agreement:
    """
    Estimate Fleiss's kappa of any number of readers.

    Parameters
    ----------
    counts : array_like of int, shape (C, K)
        How many readers put each case into each category; every case by the
        same number of readers.

    Returns
    -------
    Agreement
        The coefficient [1]_.

    Raises
    ------
    ValueError
        If the cases have different numbers of readers.

    References
    ----------
    .. [1] Fleiss JL (1971). Measuring nominal scale agreement among many raters.
       Psychological Bulletin 76: 378-382.
    """
    table = np.asarray(counts, np.float64)
    readers = table.sum(axis=1)
    if readers.size and (readers != readers[0]).any():
        msg = "counts: the cases have different numbers of readers"
        raise ValueError(msg)
    n, k = len(table), int(readers[0]) if readers.size else 0
    if k < 2:
        return Agreement("fleiss_kappa", None, None, None, n, k, FEW)
    within = ((table**2).sum(axis=1) - k) / (k * (k - 1))
    chance = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    if chance == 1:
        return Agreement("fleiss_kappa", None, None, None, n, k, NO_SPREAD)
    value = float((within.mean() - chance) / (1 - chance))
    return Agreement("fleiss_kappa", value, None, None, n, k)


def krippendorff_alpha(score: ArrayLike, level: Level = "ordinal") -> Agreement:
    """
    Estimate Krippendorff's alpha, with missing scores.

    Parameters
    ----------
    score : array_like of float, shape (R, C)
        Scores; NaN where missing.
    level : {"nominal", "ordinal", "interval", "ratio"}, optional
        Level of measurement.

    Returns
    -------
    Agreement
        The coefficient [1]_.

    References
    ----------
    .. [1] Krippendorff K (2011). Computing Krippendorff's alpha-reliability.
       University of Pennsylvania.
    """
    name = f"krippendorff_{level}"
    table = np.asarray(score, np.float64)
    shared: NDArray[np.bool_] = (~np.isnan(table)).sum(axis=0) >= 2
    n, k = int(shared.sum()), len(table)
    if not n:
        return Agreement(name, None, None, None, n, k, FEW)
    if np.unique(table[:, shared][~np.isnan(table[:, shared])]).size < 2:
        return Agreement(name, None, None, None, n, k, NO_SPREAD)
    value = krippendorff.alpha(reliability_data=table, level_of_measurement=level)
    return Agreement(name, float(value), None, None, n, k)
