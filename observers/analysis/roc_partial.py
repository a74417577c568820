"""Partial area under the empirical ROC curve, and one rate at a given other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from observers.analysis.roc import Floats, RocCurve

Axis = Literal["specificity", "sensitivity"]


@dataclass(frozen=True)
class PartialArea:
    """
    Partial area under an ROC curve.

    Attributes
    ----------
    axis : {"specificity", "sensitivity"}
        The rate that is restricted.
    low : float
        Lower end of the restriction.
    high : float
        Upper end of the restriction.
    raw : float
        The area itself, at most ``high - low``.
    corrected : float
        McClish's standardised area: 0.5 on the diagonal, 1 for a perfect curve;
        below 0.5 where the curve runs under the diagonal.
    """

    axis: Axis
    low: float
    high: float
    raw: float
    corrected: float


def partial_area(
    curve: RocCurve, low: float, high: float, *, axis: Axis = "specificity"
) -> PartialArea:
    r"""
    Integrate the curve where specificity (or sensitivity) lies in a range.

    The corrected area is :math:`(1 + (A - A_{min}) / (A_{max} - A_{min})) / 2`
    with the areas of the diagonal and of the perfect curve in the range [1]_.

    Parameters
    ----------
    curve : RocCurve
        The curve.
    low : float
        Lower end of the range, 0 to 1.
    high : float
        Upper end of the range, above ``low``.
    axis : {"specificity", "sensitivity"}, optional
        The restricted rate; the other one is integrated over it.

    Returns
    -------
    PartialArea
        Raw and corrected area.

    Raises
    ------
    ValueError
        If the range is empty or leaves 0 to 1.

    References
    ----------
    .. [1] McClish DK (1989). Analyzing a portion of the ROC curve. Medical
       Decision Making 9: 190-195.

    Examples
    --------
    >>> from observers.analysis.roc import roc_curve
    >>> area = partial_area(roc_curve([0, 0, 1, 1], [1, 2, 3, 4]), 0.8, 1.0)
    >>> round(area.raw, 12), area.corrected
    (0.2, 1.0)
    """
    if not 0 <= low < high <= 1:
        msg = f"the range {low} to {high} of {axis} is not within 0 to 1"
        raise ValueError(msg)
    if axis == "specificity":
        x, y = curve.false_positive_rate, curve.true_positive_rate
        ends = (1 - high, 1 - low)
    else:
        x, y = curve.true_positive_rate, 1 - curve.false_positive_rate
        ends = (low, high)
    raw = _integral(x, y, *ends)
    width = high - low
    diagonal = width * (1 - (high + low) / 2)
    corrected = (1 + (raw - diagonal) / (width - diagonal)) / 2
    return PartialArea(axis, low, high, raw, corrected)


def sensitivity_at(curve: RocCurve, specificity: float) -> float:
    """
    Read the sensitivity that the curve reaches at a specificity.

    Parameters
    ----------
    curve : RocCurve
        The curve; points between its corners are reached by chance choice
        between the two neighbouring cuts (linear interpolation).
    specificity : float
        The wanted specificity, 0 to 1.

    Returns
    -------
    float
        The highest sensitivity there.
    """
    x, y = curve.false_positive_rate, curve.true_positive_rate
    return _after(x, y, 1 - specificity)


def specificity_at(curve: RocCurve, sensitivity: float) -> float:
    """
    Read the specificity that the curve reaches at a sensitivity.

    Parameters
    ----------
    curve : RocCurve
        The curve, interpolated linearly between its corners.
    sensitivity : float
        The wanted sensitivity, 0 to 1.

    Returns
    -------
    float
        The highest specificity there.
    """
    x, y = curve.true_positive_rate, 1 - curve.false_positive_rate
    return _before(x, y, sensitivity)


# y(at) continued from the right: the last of several points at one x counts.
def _after(x: Floats, y: Floats, at: float) -> float:
    i = min(int(np.searchsorted(x, at + _ROUNDING, "right")), x.size - 1) - 1
    return _between(x, y, i, at)


# y(at) continued from the left: the first of several points at one x counts.
def _before(x: Floats, y: Floats, at: float) -> float:
    i = max(int(np.searchsorted(x, at - _ROUNDING, "left")), 1) - 1
    return _between(x, y, i, at)


def _between(x: Floats, y: Floats, i: int, at: float) -> float:
    step = x[i + 1] - x[i]
    share = min(max((at - x[i]) / step, 0.0), 1.0) if step > 0 else 1.0
    return float(y[i] + share * (y[i + 1] - y[i]))


def _integral(x: Floats, y: Floats, low: float, high: float) -> float:
    inside = (x > low) & (x < high)
    xs = np.concatenate([[low], x[inside], [high]])
    ys = np.concatenate([[_after(x, y, low)], y[inside], [_before(x, y, high)]])
    return float(np.trapezoid(ys, xs))


_ROUNDING = 1e-12  # 1 - 0.9 is not 0.1: rates this near are the same rate
