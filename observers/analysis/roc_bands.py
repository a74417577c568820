"""Pointwise confidence bands of ROC curves that hold in small samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from observers.analysis.intervals import LEVEL
from observers.analysis.roc import Floats, roc_curve, split_by_truth

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Band:
    """
    Region that holds the true curve at any one point, with a given confidence.

    Attributes
    ----------
    false_positive_rate : ndarray of float, shape (P,)
        1 - specificity, ascending from 0 to 1.
    lower : ndarray of float, shape (P,)
        Lowest sensitivity there, never falling.
    upper : ndarray of float, shape (P,)
        Highest sensitivity there, never falling.
    level : float
        Confidence level at each point; not of the whole band at once.
    method : {"hilgers", "mean of hilgers"}
        Of one curve, or of the mean of several readers' curves.
    """

    false_positive_rate: Floats
    lower: Floats
    upper: Floats
    level: float
    method: str


def confidence_band(
    truth: ArrayLike,
    score: ArrayLike,
    *,
    level: float = LEVEL,
    n_points: int = 201,
) -> Band | None:
    r"""
    Bound one reader's curve without assuming a distribution.

    At each cut both rates have exact (Clopper-Pearson) limits of level
    :math:`\sqrt{1-\alpha}`, so that the rectangle of both holds the true point
    with :math:`1-\alpha`; the band is their union [1]_. It never closes, not at an
    area of 1 either: with five manipulated cases it is wide, as it must be.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped).
    level : float, optional
        Confidence level at each point.
    n_points : int, optional
        False positive rates at which the band is given.

    Returns
    -------
    Band or None
        The band; None when one class has no scored case.

    References
    ----------
    .. [1] Hilgers RA (1991). Distribution-free confidence bounds for ROC curves.
       Methods of Information in Medicine 30: 96-101.

    Examples
    --------
    >>> band = confidence_band([0] * 45 + [1] * 5, range(50))
    >>> bool((band.upper - band.lower > 0).all())
    True
    """
    curve = roc_curve(truth, score)
    if curve is None:
        return None
    sizes = [part.size for part in split_by_truth(truth, score)]
    each = np.sqrt(level)
    rates = (curve.false_positive_rate, curve.true_positive_rate)
    (x_low, x_high), (y_low, y_high) = (
        _exact(np.rint(rate * n).astype(np.int64), n, float(each))
        for rate, n in zip(rates, sizes, strict=True)
    )
    at = np.linspace(0, 1, n_points)
    # Upper edge: the highest top of any rectangle that begins at or before the rate;
    # lower edge: the highest foot of any that has ended by then.
    begun = np.searchsorted(np.maximum.accumulate(x_low), at, "right")
    ended = np.searchsorted(np.maximum.accumulate(x_high), at, "right")
    upper = np.append(0.0, y_high)[begun]
    lower = np.append(0.0, y_low)[ended]
    return Band(at, lower, upper, level, "hilgers")


def mean_band(bands: Sequence[Band]) -> Band | None:
    """
    Bound the mean of readers' curves (vertical average), readers fixed.

    The readers' limits are averaged, as if all erred together: conservative, and
    exact where they rate alike.

    Parameters
    ----------
    bands : sequence of Band
        One band per reader, at the same rates.

    Returns
    -------
    Band or None
        Their mean; None without any.
    """
    if not bands:
        return None
    return Band(
        bands[0].false_positive_rate,
        np.mean([band.lower for band in bands], axis=0),
        np.mean([band.upper for band in bands], axis=0),
        bands[0].level,
        "mean of hilgers" if len(bands) > 1 else bands[0].method,
    )


def _exact(count: Ints, n: int, level: float) -> tuple[Floats, Floats]:
    # Clopper-Pearson limits of count / n.
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = betaincinv(count, n - count + 1, tail)
        high = betaincinv(count + 1, n - count, 1 - tail)
    return np.where(count == 0, 0.0, low), np.where(count == n, 1.0, high)
