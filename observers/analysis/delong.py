"""DeLong's covariance of the areas of any number of score vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from observers.analysis.roc import Bools, Floats, Ints, placement_counts


@dataclass(frozen=True)
class DeLong:
    """
    Areas of K score vectors with their covariance.

    Attributes
    ----------
    auc : ndarray of float, shape (K,)
        Empirical areas; NaN where one class has no scored case.
    covariance : ndarray of float, shape (K, K)
        DeLong's covariance; NaN in the rows and columns of a vector with fewer
        than two scored cases in a class. A zero on the diagonal is exact.
    n0 : ndarray of int, shape (K,)
        Scored original cases.
    n1 : ndarray of int, shape (K,)
        Scored manipulated cases.
    components : ndarray of float, shape (K, C)
        Structural components less their mean, divided by sqrt(n (n - 1)) of their
        class: their inner products are the covariance.
    """

    auc: Floats
    covariance: Floats
    n0: Ints
    n1: Ints
    components: Floats

    def contrast(self, weights: ArrayLike) -> tuple[float, float]:
        """
        Estimate a weighted sum of the areas and its variance.

        Parameters
        ----------
        weights : array_like of float, shape (K,)
            One weight per score vector.

        Returns
        -------
        estimate : float
            Sum of weight times area.
        variance : float
            Its variance, never negative; exactly 0 where only rounding is left.
            NaN where a vector with a weight has fewer than two cases in a class.
        """
        weight = np.asarray(weights, dtype=np.float64)
        used = weight != 0
        influence = weight[used] @ self.components[used]  # (C,)
        variance = float(influence @ influence)
        if variance < _ROUNDING:
            variance = 0.0
        return float(weight[used] @ self.auc[used]), variance


def delong(truth: ArrayLike, score: ArrayLike) -> DeLong:
    r"""
    Estimate areas of any number of score vectors and their covariance.

    With the structural components :math:`V_{10}` of the manipulated and
    :math:`V_{01}` of the original cases, :math:`S = S_{10}/n_1 + S_{01}/n_0`
    [1]_. Vectors may miss different cases: a pair's covariance then runs over
    the cases both scored, :math:`\sum d_k d_l / \sqrt{n_k (n_k-1) n_l (n_l-1)}`
    in each class, which is DeLong's where both are complete, 0 where they share
    no case (unpaired), and always positive semidefinite.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (K, C)
        One row of scores per reader (or reader and modality); NaN where missing.

    Returns
    -------
    DeLong
        Areas, covariance and counts.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    .. [1] DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Comparing the areas
       under two or more correlated receiver operating characteristic curves: a
       nonparametric approach. Biometrics 44: 837-845.

    Examples
    --------
    >>> result = delong([0, 0, 1, 1], [[10, 40, 35, 80], [1, 2, 3, 4]])
    >>> result.auc.tolist(), result.covariance.round(9).tolist()
    ([0.75, 1.0], [[0.125, 0.0], [0.0, 0.0]])
    """
    is_manipulated = np.asarray(truth, dtype=np.bool_)
    value = np.asarray(score, dtype=np.float64)
    if value.ndim != 2 or value.shape[1:] != is_manipulated.shape:
        msg = f"truth has shape {is_manipulated.shape}, score {value.shape}"
        raise ValueError(msg)
    auc = np.full(len(value), np.nan)  # (K,)
    scaled = np.full(value.shape, np.nan)  # (K, C)
    for k, row in enumerate(value):
        auc[k], scaled[k] = _scaled_components(is_manipulated, row)
    scored = ~np.isnan(value)
    return DeLong(
        auc=auc,
        covariance=scaled @ scaled.T,  # (K, C) x (C, K) -> (K, K)
        n0=(scored & ~is_manipulated).sum(axis=1),
        n1=(scored & is_manipulated).sum(axis=1),
        components=scaled,
    )


# The area, and the components less their mean, divided by sqrt(n (n - 1)).
def _scaled_components(truth: Bools, score: Floats) -> tuple[float, Floats]:
    scored = ~np.isnan(score)
    masks = (scored & ~truth, scored & truth)
    n0, n1 = (int(mask.sum()) for mask in masks)
    if not n0 or not n1:
        return np.nan, np.full(score.shape, np.nan)
    counts = placement_counts(score[masks[0]], score[masks[1]])
    area = int(counts[1].sum()) / (2 * n0 * n1)
    scaled = np.zeros(score.shape)
    for mask, count, n, n_other in zip(masks, counts, (n0, n1), (n1, n0), strict=True):
        if n == 1:
            return area, np.full(score.shape, np.nan)
        deviation = n * count - count.sum()  # whole numbers: zero is exactly zero
        scaled[mask] = deviation / (2.0 * n * n_other * np.sqrt(n * (n - 1.0)))
    return area, scaled


_ROUNDING = 1e-26  # one case in 10,000 misplaced by one rank gives about 1e-20
