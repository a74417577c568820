"""Tests and intervals from a variance and Hillis's degrees of freedom."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

SNAP = 1e-14
SMALLEST_P = 1e-300
AREA = (0.0, 1.0)
DIFFERENCE = (-1.0, 1.0)

Interval = tuple[float, float]


@dataclass(frozen=True)
class Inference:
    """
    One estimate with its test of zero and its confidence interval.

    What is not defined is None, and a note says why in words.

    Attributes
    ----------
    estimate : float or None
        The figure of merit, or a difference of two.
    se : float or None
        Standard error, in the estimate's unit.
    statistic : float or None
        Estimate over standard error (t or z), or F or chi-square for a test of
        several modalities.
    df : float or None
        Degrees of freedom of the denominator; ``inf`` for a normal reference.
    p : float or None
        Two-sided p-value, never below 1e-300.
    ci : tuple of float or None
        Lower and upper limit, cut to the range of the estimate.
    df1 : float, optional
        Degrees of freedom of the numerator.
    notes : tuple of str, optional
        Sentences on what was clamped, cut or left undefined.
    """

    estimate: float | None
    se: float | None
    statistic: float | None
    df: float | None
    p: float | None
    ci: Interval | None
    df1: float = 1.0
    notes: tuple[str, ...] = ()

    def with_notes(self, *notes: str) -> Inference:
        """
        Add notes.

        Parameters
        ----------
        *notes : str
            Sentences; empty ones are dropped.

        Returns
        -------
        Inference
            The same result with the notes appended.
        """
        more = tuple(note for note in notes if note and note not in self.notes)
        if not more:
            return self
        return replace(self, notes=self.notes + more)


def undefined(reason: str, estimate: float | None = None) -> Inference:
    """
    Give a result that is not defined.

    Parameters
    ----------
    reason : str
        Why, in words.
    estimate : float, optional
        The estimate where it exists none the less.

    Returns
    -------
    Inference
        None in every other field.
    """
    return Inference(estimate, None, None, None, None, None, notes=(reason,))


def snap(value: NDArray[np.float64], scale: float = 1.0) -> NDArray[np.float64]:
    """
    Set rounding noise to zero, before any ratio is formed.

    Parameters
    ----------
    value : ndarray of float
        Mean squares or covariances.
    scale : float, optional
        Size of the quantities that they are differences of.

    Returns
    -------
    ndarray of float
        A copy, 0 where ``abs(value) < 1e-14 * max(1, scale)``.

    Examples
    --------
    >>> snap(np.array([1e-17, 1e-9])).tolist()
    [0.0, 1e-09]
    """
    value = np.asarray(value, np.float64)
    return np.where(np.abs(value) < SNAP * max(1.0, scale), 0.0, value)


def snapped(value: float) -> float:
    """
    Set the rounding noise of one number to zero, as `snap` does.

    Parameters
    ----------
    value : float
        A mean square or covariance, or a difference of two.

    Returns
    -------
    float
        The number, or 0.
    """
    return 0.0 if abs(value) < SNAP else float(value)


def satterthwaite(mean_square: float, df: float, addition: float) -> float:
    r"""
    Give Hillis's degrees of freedom of a mean square plus a covariance term.

    :math:`ddf_H = (MS + a)^2 / (MS^2 / df)` with :math:`a = r \max(Cov, 0)`
    [1]_; real-valued, never floored, infinite when only the covariance is left.

    Parameters
    ----------
    mean_square : float
        The mean square, at least 0.
    df : float
        Its degrees of freedom.
    addition : float
        The covariance term, at least 0.

    Returns
    -------
    float
        The degrees of freedom.

    References
    ----------
    .. [1] Hillis SL (2007). A comparison of denominator degrees of freedom
       methods for multiple observer ROC analysis. Statistics in Medicine 26:
       596-619.

    Examples
    --------
    >>> satterthwaite(1.0, 4, 1.0)
    16.0
    """
    if mean_square == 0:
        return math.inf
    return df * ((mean_square + addition) / mean_square) ** 2


def bounded_p(p: float) -> tuple[float, str]:
    """
    Keep a p-value printable.

    Parameters
    ----------
    p : float
        Upper tail probability, doubled where the test is two-sided.

    Returns
    -------
    tuple
        The p-value, at least 1e-300, and a note when it was lower.
    """
    if p < SMALLEST_P:
        return SMALLEST_P, "p is below 1e-300; the bound is given"
    return min(p, 1.0), ""


def t_two_sided(statistic: float, df: float) -> float:
    """
    Two-sided p-value of a t or, for infinite ``df``, a z statistic.

    Parameters
    ----------
    statistic : float
        Estimate over standard error.
    df : float
        Degrees of freedom.

    Returns
    -------
    float
        Twice the tail beyond ``abs(statistic)``, from the survival function.
    """
    return 2 * t_tail(abs(statistic), df)


def t_tail(statistic: float, df: float) -> float:
    """
    Upper tail of Student's t or, for infinite ``df``, of the normal.

    Parameters
    ----------
    statistic : float
        The statistic.
    df : float
        Degrees of freedom.

    Returns
    -------
    float
        The probability above ``statistic``.
    """
    if math.isinf(df):
        return float(special.ndtr(-statistic))
    return float(special.stdtr(df, -statistic))


def t_quantile(df: float, probability: float) -> float:
    """
    Quantile of Student's t or, for infinite ``df``, of the normal.

    Parameters
    ----------
    df : float
        Degrees of freedom.
    probability : float
        Lower tail, between 0 and 1.

    Returns
    -------
    float
        The quantile.
    """
    if math.isinf(df):
        return float(special.ndtri(probability))
    return float(special.stdtrit(df, probability))


def infer(
    estimate: float,
    variance: float,
    df: float,
    *,
    alpha: float = 0.05,
    limits: Interval = DIFFERENCE,
) -> Inference:
    """
    Test that an estimate is zero, and give its confidence interval.

    Parameters
    ----------
    estimate : float
        The estimate.
    variance : float
        Its variance.
    df : float
        Degrees of freedom; ``inf`` for a normal reference.
    alpha : float, optional
        One minus the confidence level.
    limits : tuple of float, optional
        Least and greatest possible value; the interval is cut to it.

    Returns
    -------
    Inference
        The result; with variance 0 there is no interval, p is 1 for an estimate
        of 0 and undefined otherwise; a negative variance defines nothing.

    Examples
    --------
    >>> round(infer(0.1, 0.0025, 10).p, 6)
    0.073388
    """
    if variance < 0 or math.isnan(variance):
        return undefined("variance is negative or undefined: no test", estimate)
    if variance == 0:
        return _without_variance(estimate)
    se = math.sqrt(variance)
    p, note = bounded_p(t_two_sided(estimate / se, df))
    half = t_quantile(df, 1 - alpha / 2) * se
    ci, cut = truncated(estimate - half, estimate + half, limits)
    warning = "fewer than 2 degrees of freedom: very wide" if df < 2 else ""
    notes = tuple(text for text in (note, cut, warning) if text)
    return Inference(estimate, se, estimate / se, df, p, ci, notes=notes)


def _without_variance(estimate: float) -> Inference:
    if abs(estimate) < SNAP:
        note = "identical ranking: no evidence either way"
        return Inference(0.0, 0.0, None, None, 1.0, None, notes=(note,))
    note = "variance is 0 but the difference is not: p and interval are undefined"
    return Inference(estimate, 0.0, None, None, None, None, notes=(note,))


def truncated(lower: float, upper: float, limits: Interval) -> tuple[Interval, str]:
    """
    Cut an interval to the possible range.

    Parameters
    ----------
    lower : float
        Lower limit.
    upper : float
        Upper limit.
    limits : tuple of float
        Least and greatest possible value.

    Returns
    -------
    tuple
        The interval, and a note when it was cut.
    """
    cut = (max(lower, limits[0]), min(upper, limits[1]))
    if cut == (lower, upper):
        return cut, ""
    return cut, f"interval cut to [{limits[0]:g}, {limits[1]:g}]"


def f_test(
    mean_square: float, denominator: float, df1: float, df2: float
) -> tuple[float | None, float | None, str]:
    """
    F test of equal modalities.

    Parameters
    ----------
    mean_square : float
        Mean square of the modalities.
    denominator : float
        Error term.
    df1 : float
        Degrees of freedom of the numerator.
    df2 : float
        Degrees of freedom of the denominator; ``inf`` allowed.

    Returns
    -------
    tuple
        F, p and a note; F and p are None where the error term is not positive,
        but p is 1 when the modalities do not differ at all.
    """
    if denominator <= 0:
        if mean_square == 0:
            return None, 1.0, "identical modalities: no evidence either way"
        return None, None, "the error term is not positive: F and p are undefined"
    statistic = mean_square / denominator
    if math.isinf(df2):
        tail = special.chdtrc(df1, statistic * df1)
    else:
        tail = special.fdtrc(df1, df2, statistic)
    p, note = bounded_p(float(tail))
    return statistic, p, note


def chi_square_test(
    mean_square: float, denominator: float, df: float
) -> tuple[float | None, float | None, str]:
    """
    Chi-square test of equal modalities with fixed readers.

    Parameters
    ----------
    mean_square : float
        Mean square of the modalities.
    denominator : float
        Error term.
    df : float
        Degrees of freedom, modalities less one.

    Returns
    -------
    tuple
        Chi-square, p and a note, as `f_test`.
    """
    statistic, p, note = f_test(mean_square, denominator, df, math.inf)
    return (None if statistic is None else statistic * df), p, note
