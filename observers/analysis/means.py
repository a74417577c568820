r"""Intervals of means and differences of areas, recovered from those of the parts.

The method of variance estimates recovery (MOVER) takes the distance of each
part's ends from its estimate as its spread, so what is sound for the parts
(Newcombe's interval at 45 and 5 cases) stays so for the mean, also where an
area is 1 and DeLong's variance zero. Readers are fixed, cases random.

References
----------
Zou GY, Donner A (2008). Construction of confidence limits about effect measures:
a general approach. Statistics in Medicine 27: 1693-1702.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from observers.analysis.intervals import LEVEL, Interval, undefined
from observers.analysis.roc import Floats

NO_PART = "there is nothing to average"
Estimate = tuple[float | None, Interval]
"""An estimate with its interval."""


def mean_of(
    parts: Sequence[Estimate],
    *,
    method: str,
    correlation: Floats | None = None,
    level: float = LEVEL,
    low: float = 0.0,
) -> Estimate:
    r"""
    Average estimates and recover the interval of their mean.

    The lower end is :math:`\bar A - \sqrt{d' R d} / K` with :math:`d_k = A_k -
    l_k` and the correlation R of the parts; the upper end likewise.

    Parameters
    ----------
    parts : sequence of tuple
        Estimate and interval of each of K parts.
    method : str
        Name to give the interval.
    correlation : ndarray of float, shape (K, K), optional
        Correlation of the estimates; independent where not given.
    level : float, optional
        Confidence level, for naming an undefined interval.
    low : float, optional
        Least possible value of a part (-1 for differences).

    Returns
    -------
    estimate : float or None
        The mean; None where a part is not defined.
    interval : Interval
        Its interval, cut to [low, 1]; the reason where a part has none.
    """
    values = [value for value, _ in parts if value is not None]
    if not values or len(values) < len(parts):
        reason = "a part of the mean is not defined" if parts else NO_PART
        return None, undefined(method, reason, level)
    mean = float(np.mean(values))
    ends = np.array([part.ends for _, part in parts if part.ends is not None])  # (K, 2)
    if len(ends) < len(parts):
        reasons = dict.fromkeys(part.reason for _, part in parts if part.reason)
        return mean, undefined(method, "; ".join(reasons), level)
    matrix = np.eye(len(values)) if correlation is None else correlation
    distance = np.abs(ends - np.array(values)[:, None]) / len(values)  # (K, 2)
    down, up = (float(np.sqrt(max(d @ matrix @ d, 0.0))) for d in distance.T)
    cut = mean - down < low or mean + up > 1
    lower, upper = max(mean - down, low), min(mean + up, 1.0)
    return mean, Interval(method, level, lower, upper, truncated=cut)


def difference_of(
    a: Estimate,
    b: Estimate,
    *,
    method: str,
    correlation: float = 0.0,
    level: float = LEVEL,
) -> Estimate:
    r"""
    Subtract estimates and recover the interval of their difference.

    The lower end is :math:`D - \sqrt{(A - l_A)^2 + (u_B - B)^2 - 2 \rho (A -
    l_A)(u_B - B)}`; the upper end likewise.

    Parameters
    ----------
    a : tuple
        First estimate and its interval.
    b : tuple
        Second estimate and its interval.
    method : str
        Name to give the interval.
    correlation : float, optional
        Correlation of the two estimates.
    level : float, optional
        Confidence level, for naming an undefined interval.

    Returns
    -------
    estimate : float or None
        First minus second; None where either is not defined.
    interval : Interval
        Its interval, cut to [-1, 1]; the reason where either has none.
    """
    if a[0] is None or b[0] is None:
        return None, undefined(method, "a part of the difference is not defined", level)
    difference = a[0] - b[0]
    if a[1].ends is None or b[1].ends is None:
        reason = a[1].reason or b[1].reason
        return difference, undefined(method, reason, level)
    (a_low, a_high), (b_low, b_high) = a[1].ends, b[1].ends
    down = _joint(a[0] - a_low, b_high - b[0], correlation)
    up = _joint(a_high - a[0], b[0] - b_low, correlation)
    cut = difference - down < -1 or difference + up > 1
    lower, upper = max(difference - down, -1.0), min(difference + up, 1.0)
    return difference, Interval(method, level, lower, upper, truncated=cut)


def correlation_of(covariance: Floats, *, where_undefined: float) -> Floats:
    """
    Turn a covariance into a correlation.

    Parameters
    ----------
    covariance : ndarray of float, shape (K, K)
        The covariance; may hold zeros or NaN on its diagonal.
    where_undefined : float
        Value off the diagonal where a variance is zero or NaN: 1 makes the
        interval of a mean wider, 0 that of a difference.

    Returns
    -------
    ndarray of float, shape (K, K)
        The correlation, 1 on its diagonal.
    """
    variance = np.diag(covariance)
    known = variance > 0  # False for NaN too
    both = np.outer(known, known)
    scale = np.sqrt(np.where(both, np.outer(variance, variance), 1.0))
    correlation = np.where(both, covariance / scale, where_undefined)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _joint(first: float, second: float, correlation: float) -> float:
    square = first**2 + second**2 - 2 * correlation * first * second
    return float(np.sqrt(max(square, 0.0)))
