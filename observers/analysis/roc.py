"""Empirical ROC curve and area of one reader.

Truth is True where a case is manipulated; a case with a higher score is more
likely so. The direction is fixed: an area below one half is shown as such.
Missing scores (NaN) are dropped; ``-inf`` ranks lowest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class RocCurve:
    """
    Empirical ROC curve.

    Attributes
    ----------
    false_positive_rate : ndarray of float, shape (P,)
        1 - specificity, ascending from 0 to 1.
    true_positive_rate : ndarray of float, shape (P,)
        Sensitivity, ascending from 0 to 1.
    threshold : ndarray of float, shape (P,)
        A case is called manipulated when its score is at least this; descending
        from ``inf`` (none is called).
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats

    @property
    def area(self) -> float:
        """
        Area under the curve by the trapezoidal rule.

        Returns
        -------
        float
            The area, equal to the Wilcoxon statistic.
        """
        return float(np.trapezoid(self.true_positive_rate, self.false_positive_rate))


def ratio(part: float, whole: float) -> float | None:
    """
    Quotient of two counts, or None when there is nothing to divide by.

    Parameters
    ----------
    part : float
        Numerator.
    whole : float
        Denominator.

    Returns
    -------
    float or None
        ``part / whole``; None when ``whole`` is 0.
    """
    return part / whole if whole else None


def split_by_truth(truth: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats]:
    """
    Split scores into those of original and of manipulated cases.

    Missing scores are dropped.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing.

    Returns
    -------
    original : ndarray of float, shape (n0,)
        Scores of the original cases.
    manipulated : ndarray of float, shape (n1,)
        Scores of the manipulated cases.

    Raises
    ------
    ValueError
        If the two arrays are not of one and the same length.
    """
    is_manipulated = np.asarray(truth, dtype=np.bool_)
    value = np.asarray(score, dtype=np.float64)
    if is_manipulated.ndim != 1 or is_manipulated.shape != value.shape:
        msg = f"truth has shape {is_manipulated.shape}, score {value.shape}"
        raise ValueError(msg)
    scored = ~np.isnan(value)
    return value[scored & ~is_manipulated], value[scored & is_manipulated]


def placement_counts(original: Floats, manipulated: Floats) -> tuple[Ints, Ints]:
    r"""
    Twice the number of cases of the other class on the right side of each case.

    For a manipulated case scored y, :math:`2 n_0 V_{10} = \#\{x < y\} +
    \#\{x \le y\}` over the original scores x; for an original case scored x,
    :math:`2 n_1 V_{01} = \#\{y > x\} + \#\{y \ge x\}`. Whole numbers, so sums of
    them are exact. The same as differences of midranks, in O(n log n) [1]_.

    Parameters
    ----------
    original : ndarray of float, shape (n0,)
        Scores of the original cases.
    manipulated : ndarray of float, shape (n1,)
        Scores of the manipulated cases.

    Returns
    -------
    of_original : ndarray of int, shape (n0,)
        Counts of the original cases, each 0 to 2 n1.
    of_manipulated : ndarray of int, shape (n1,)
        Counts of the manipulated cases, each 0 to 2 n0.

    References
    ----------
    .. [1] Sun X, Xu W (2014). Fast implementation of DeLong's algorithm for
       comparing the areas under correlated receiver operating characteristic
       curves. IEEE Signal Processing Letters 21: 1389-1393.
    """
    x, y = np.sort(original), np.sort(manipulated)
    below = np.searchsorted(x, manipulated, "left")
    not_above = np.searchsorted(x, manipulated, "right")
    not_over = np.searchsorted(y, original, "left")  # y < x
    up_to = np.searchsorted(y, original, "right")  # y <= x
    of_original = 2 * y.size - (not_over + up_to)
    return of_original.astype(np.int64), (below + not_above).astype(np.int64)


def empirical_auc(truth: ArrayLike, score: ArrayLike) -> float | None:
    r"""
    Area under the empirical ROC curve.

    The Wilcoxon statistic: the chance that a manipulated case is scored above
    an original one, counting ties as one half [1]_.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing.

    Returns
    -------
    float or None
        The area, between 0 and 1; None when one class has no scored case.

    References
    ----------
    .. [1] Bamber D (1975). The area above the ordinal dominance graph and the
       area below the receiver operating characteristic graph. Journal of
       Mathematical Psychology 12: 387-415.

    Examples
    --------
    >>> empirical_auc([0, 0, 1, 1], [10, 40, 35, 80])
    0.75
    """
    x, y = split_by_truth(truth, score)
    _, counts = placement_counts(x, y)
    return ratio(int(counts.sum()), 2 * x.size * y.size)


def roc_curve(truth: ArrayLike, score: ArrayLike) -> RocCurve | None:
    """
    Empirical ROC curve: one point per distinct score, and the corner (0, 0).

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing.

    Returns
    -------
    RocCurve or None
        The curve; None when one class has no scored case.

    Examples
    --------
    >>> curve = roc_curve([0, 0, 1, 1], [10, 40, 35, 80])
    >>> curve.true_positive_rate.tolist(), curve.area
    ([0.0, 0.5, 0.5, 1.0, 1.0], 0.75)
    """
    x, y = split_by_truth(truth, score)
    if not x.size or not y.size:
        return None
    cuts = np.unique(np.concatenate([x, y]))[::-1]  # descending
    called = [v.size - np.searchsorted(np.sort(v), cuts, "left") for v in (x, y)]
    rates = [np.append(0.0, n / v.size) for n, v in zip(called, (x, y), strict=True)]
    return RocCurve(rates[0], rates[1], np.append(np.inf, cuts))
