"""Averages of several readers' ROC curves whose area is the mean of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from observers.analysis.roc import Floats, RocCurve


@dataclass(frozen=True)
class AverageCurve:
    """
    Average of readers' ROC curves.

    Attributes
    ----------
    false_positive_rate : ndarray of float, shape (P,)
        1 - specificity, ascending from 0 to 1.
    true_positive_rate : ndarray of float, shape (P,)
        Sensitivity, ascending from 0 to 1.
    method : {"vertical", "diagonal"}
        How the curves were averaged.
    n_curves : int
        How many curves went in.
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    method: str
    n_curves: int

    @property
    def area(self) -> float:
        """
        Area under the average curve.

        Returns
        -------
        float
            The mean of the readers' areas.
        """
        return float(np.trapezoid(self.true_positive_rate, self.false_positive_rate))


def vertical_average(curves: Sequence[RocCurve]) -> AverageCurve:
    """
    Average the sensitivities at each false positive rate.

    Steps are kept as steps (both limits at each rate are averaged), so the area
    is exactly the mean of the areas [1]_.

    Parameters
    ----------
    curves : sequence of RocCurve
        At least one curve.

    Returns
    -------
    AverageCurve
        The average.

    Raises
    ------
    ValueError
        If there is no curve.

    References
    ----------
    .. [1] Fawcett T (2006). An introduction to ROC analysis. Pattern Recognition
       Letters 27: 861-874.
    """
    _need_curves(curves)
    xs = np.unique(np.concatenate([c.false_positive_rate for c in curves]))
    lower = np.zeros(xs.size)
    upper = np.zeros(xs.size)
    for curve in curves:
        x, y = curve.false_positive_rate, curve.true_positive_rate
        first = np.unique(x, return_index=True)[1]  # foot of each step
        last = np.append(first[1:], x.size) - 1  # head of each step
        slope_from, slope_to = y[last][:-1], y[first][1:]
        lower += _interpolate(xs, x[first], slope_from, slope_to, y[first])
        upper += _interpolate(xs, x[first], slope_from, slope_to, y[last])
    ys = np.column_stack([lower, upper]).ravel() / len(curves)  # (2 X,)
    return AverageCurve(np.repeat(xs, 2), ys, "vertical", len(curves))


def diagonal_average(curves: Sequence[RocCurve]) -> AverageCurve:
    """
    Average the curves along lines of slope -1.

    Sensitivity and specificity are treated alike, and no step is needed; the
    area is exactly the mean of the areas [1]_.

    Parameters
    ----------
    curves : sequence of RocCurve
        At least one curve.

    Returns
    -------
    AverageCurve
        The average.

    Raises
    ------
    ValueError
        If there is no curve.

    References
    ----------
    .. [1] Chen W, Samuelson FW (2014). The average receiver operating
       characteristic curve in multireader multicase imaging studies. British
       Journal of Radiology 87: 20140016.

    Examples
    --------
    >>> from observers.analysis.roc import roc_curve
    >>> truth = [0, 0, 1, 1]
    >>> both = [roc_curve(truth, [1, 2, 3, 4]), roc_curve(truth, [1, 3, 2, 4])]
    >>> diagonal_average(both).area
    0.875
    """
    _need_curves(curves)
    along = [c.true_positive_rate + c.false_positive_rate for c in curves]
    across = [c.true_positive_rate - c.false_positive_rate for c in curves]
    u = np.unique(np.concatenate(along))
    v = np.mean([np.interp(u, a, b) for a, b in zip(along, across, strict=True)], 0)
    return AverageCurve((u - v) / 2, (u + v) / 2, "diagonal", len(curves))


def _need_curves(curves: Sequence[RocCurve]) -> None:
    if not curves:
        msg = "an average curve needs at least one reader's curve"
        raise ValueError(msg)


# Values at xs: at a knot the given limit, between knots the straight line.
def _interpolate(
    xs: Floats, knots: Floats, start: Floats, end: Floats, at_knot: Floats
) -> Floats:
    i = np.minimum(np.searchsorted(knots, xs, "right"), knots.size - 1) - 1
    share = (xs - knots[i]) / (knots[i + 1] - knots[i])
    value = start[i] + share * (end[i] - start[i])
    exact = np.searchsorted(knots, xs, "left")
    return np.where(knots[exact] == xs, at_knot[exact], value)
