"""Covariance of figures of merit read on the same cases: three estimators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.roc import placement_counts
from observers.analysis.ustatistic_sums import PairSums, pair_sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
METHODS = ("jackknife", "delong", "unbiased")
FigureOfMerit = Callable[[Bools, Floats], float]


@dataclass(frozen=True, eq=False)
class Placements:
    """
    Areas of V score vectors with the part that each case has in them.

    Attributes
    ----------
    original : ndarray of float, shape (V, n0)
        Share of manipulated cases scored above each original one, ties 1/2.
    manipulated : ndarray of float, shape (V, n1)
        Share of original cases scored below each manipulated one, ties 1/2.
    auc : ndarray of float, shape (V,)
        Their mean, the empirical area.
    """

    original: Floats
    manipulated: Floats
    auc: Floats


def placements(truth: Bools, score: Floats) -> Placements:
    """
    Placement values of complete score vectors.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (V, C)
        Scores without missing ones.

    Returns
    -------
    Placements
        Placement values and areas.

    Raises
    ------
    ValueError
        If a score is missing or a class has no case.
    """
    if np.isnan(score).any():
        msg = "score: placement values need every score; this design is incomplete"
        raise ValueError(msg)
    n0, n1 = int((~truth).sum()), int(truth.sum())
    if n0 == 0 or n1 == 0:
        msg = "truth: an area needs original and manipulated cases"
        raise ValueError(msg)
    pairs = [placement_counts(row[~truth], row[truth]) for row in score]
    counts = [np.array([pair[k] for pair in pairs], np.float64) for k in range(2)]
    return Placements(
        original=counts[0] / (2 * n1),
        manipulated=counts[1] / (2 * n0),
        auc=counts[0].sum(axis=1) / (2 * n0 * n1),
    )


def delong_covariance(parts: Placements) -> Floats:
    r"""
    Estimate DeLong's covariance, :math:`S_{10}/n_1 + S_{01}/n_0` [1]_.

    Parameters
    ----------
    parts : Placements
        Placement values.

    Returns
    -------
    ndarray of float, shape (V, V)
        The covariance; NaN where a class has fewer than two cases.

    References
    ----------
    .. [1] DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Comparing the areas
       under two or more correlated receiver operating characteristic curves: a
       nonparametric approach. Biometrics 44: 837-845.
    """
    return sum(
        (_scatter(part, parts.auc) / _over(part.shape[1] * (part.shape[1] - 1)))
        for part in (parts.original, parts.manipulated)
    )  # type: ignore[return-value]  # sum of arrays, never the int 0 alone


def jackknife_covariance(parts: Placements) -> Floats:
    r"""
    Jackknife covariance of areas, by leaving out each case once.

    Leaving out original case i gives :math:`(n_0 A - V_{01,i})/(n_0 - 1)`, so
    that the sum of squares needs no recomputation [1]_.

    Parameters
    ----------
    parts : Placements
        Placement values.

    Returns
    -------
    ndarray of float, shape (V, V)
        :math:`\frac{C-1}{C} \sum_c (A_{(c)} - \bar A)(A_{(c)} - \bar A)'`; NaN
        where a class has fewer than two cases.

    References
    ----------
    .. [1] Efron B, Stein C (1981). The jackknife estimate of variance. Annals
       of Statistics 9: 586-596.
    """
    sizes = (parts.original.shape[1], parts.manipulated.shape[1])
    total = sum(sizes)
    scatter = sum(
        _scatter(part, parts.auc) / _over((n - 1) ** 2)
        for part, n in zip((parts.original, parts.manipulated), sizes, strict=True)
    )
    return np.asarray((total - 1) / total * scatter)


def jackknife_of(leave_one_out: Floats) -> Floats:
    """
    Jackknife covariance of any figure of merit.

    Parameters
    ----------
    leave_one_out : ndarray of float, shape (V, C)
        The figure of merit of each vector with each case left out.

    Returns
    -------
    ndarray of float, shape (V, V)
        The covariance.
    """
    n = leave_one_out.shape[1]
    deviation = leave_one_out - leave_one_out.mean(axis=1, keepdims=True)
    return np.asarray((n - 1) / n * (deviation @ deviation.T))


def leave_one_out(truth: Bools, score: Floats, fom: FigureOfMerit) -> Floats:
    """
    Compute a figure of merit with each case left out in turn.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (V, C)
        Scores.
    fom : callable
        ``fom(truth, score)`` of one vector, a float.

    Returns
    -------
    ndarray of float, shape (V, C)
        The values.
    """
    keep = ~np.eye(truth.size, dtype=np.bool_)
    values = [[fom(truth[k], row[k]) for k in keep] for row in score]
    return np.array(values, np.float64)


def jackknife_areas(truth: Bools, parts: Placements) -> Floats:
    """
    Give areas with each case left out, from the placement values.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    parts : Placements
        Placement values.

    Returns
    -------
    ndarray of float, shape (V, C)
        The areas, in the order of the cases.
    """
    values = np.empty((parts.auc.size, truth.size))
    for mask, part in ((~truth, parts.original), (truth, parts.manipulated)):
        n = part.shape[1]
        values[:, mask] = (n * parts.auc[:, None] - part) / _over(n - 1)
    return values


def unbiased_covariance(sums: PairSums) -> Floats:
    r"""
    Unbiased covariance of areas, for complete and incomplete vectors.

    Four products of success scores (same pair, same manipulated, same original,
    disjoint cases) are averaged without bias; the covariance is
    :math:`\sum_k c_k M_k - M_4` [1]_. It may be negative on the diagonal.

    Parameters
    ----------
    sums : PairSums
        Sums of products of success scores.

    Returns
    -------
    ndarray of float, shape (V, V)
        The covariance; NaN where a class has fewer than two cases in common
        with which to estimate a product over disjoint cases.

    References
    ----------
    .. [1] Gallas BD (2006). One-shot estimate of MRMC variance: AUC. Academic
       Radiology 13: 353-362.
    """
    numerator, weight = sums.disjoint()  # (4, V, V)
    with np.errstate(divide="ignore", invalid="ignore"):
        moment = np.where(weight > 0, numerator / weight, 0.0)
        coefficient = weight / sums.weight[3]
    coefficient[3] -= 1
    value = (coefficient * moment).sum(axis=0)
    return np.where(weight[3] > 0, value, np.nan)


def covariances(truth: Bools, score: Floats) -> tuple[Floats, dict[str, Floats]]:
    """
    Estimate areas of complete vectors with all three covariances.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (V, C)
        Scores without missing ones.

    Returns
    -------
    tuple
        Areas of shape (V,), and a (V, V) covariance for each of `METHODS`.

    Examples
    --------
    >>> truth = np.array([False, False, True, True])
    >>> auc, by_method = covariances(truth, np.array([[10.0, 40.0, 35.0, 80.0]]))
    >>> auc.tolist(), by_method["delong"].tolist()
    ([0.75], [[0.125]])
    """
    parts = placements(truth, score)
    return parts.auc, {
        "jackknife": jackknife_covariance(parts),
        "delong": delong_covariance(parts),
        "unbiased": unbiased_covariance(pair_sums(truth, score)),
    }


def _scatter(part: Floats, mean: Floats) -> Floats:
    deviation = part - mean[:, None]
    return np.asarray(deviation @ deviation.T)  # (V, n) x (n, V) -> (V, V)


def _over(count: int) -> float:
    return float(count) if count else np.nan
