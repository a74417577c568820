"""Agreement of readers: intraclass correlation and limits of agreement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from observers.analysis.hillis import t_quantile

Floats = NDArray[np.float64]
KINDS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")


@dataclass(frozen=True)
class Agreement:
    """
    One coefficient of agreement.

    Attributes
    ----------
    name : str
        Which coefficient.
    value : float or None
        The coefficient; None where it is not defined.
    ci : tuple of float or None
        Confidence interval, where there is one.
    p : float or None
        p-value of no agreement, where there is a test.
    n_cases : int
        Cases used.
    n_readers : int
        Readers (or repeated readings) compared.
    note : str
        Why the coefficient is not defined; empty where it is.
    """

    name: str
    value: float | None
    ci: tuple[float, float] | None
    p: float | None
    n_cases: int
    n_readers: int
    note: str = ""


@dataclass(frozen=True)
class Limits:
    """
    Limits of agreement of two readings of the same cases.

    Attributes
    ----------
    bias : float or None
        Mean of first minus second.
    sd : float or None
        Standard deviation of the differences.
    lower : float or None
        Lower limit.
    upper : float or None
        Upper limit.
    bias_ci : tuple of float or None
        Confidence interval of the bias.
    lower_ci : tuple of float or None
        Confidence interval of the lower limit.
    upper_ci : tuple of float or None
        Confidence interval of the upper limit.
    n_cases : int
        Cases used.
    note : str
        Why something is not defined; empty where all is.
    """

    bias: float | None
    sd: float | None
    lower: float | None
    upper: float | None
    bias_ci: tuple[float, float] | None
    lower_ci: tuple[float, float] | None
    upper_ci: tuple[float, float] | None
    n_cases: int
    note: str = ""


def icc(score: ArrayLike, *, alpha: float = 0.05) -> dict[str, Agreement]:
    r"""
    Estimate all six intraclass correlations of Shrout and Fleiss.

    ICC1: each case by other readers; ICC2: readers and cases random, absolute
    agreement; ICC3: fixed readers, consistency; with k: of the readers' mean
    [1]_, [2]_.

    Parameters
    ----------
    score : array_like of float, shape (R, C)
        Scores of readers, or of one reader's repeated readings; cases with a
        missing score are left out.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    dict
        A coefficient for each of `KINDS`.

    References
    ----------
    .. [1] Shrout PE, Fleiss JL (1979). Intraclass correlations: uses in
       assessing rater reliability. Psychological Bulletin 86: 420-428.
    .. [2] McGraw KO, Wong SP (1996). Forming inferences about some intraclass
       correlation coefficients. Psychological Methods 1: 30-46.

    Examples
    --------
    >>> round(icc([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2]])["ICC3"].value, 3)
    0.745
    """
    table = _complete(np.asarray(score, np.float64))
    n_readers, n_cases = table.shape
    if n_readers < 2 or n_cases < 2:
        return _none("needs >= 2 readers and >= 2 complete cases", table.shape)
    squares = _mean_squares(table)
    if squares.within == 0 and squares.cases == 0:
        return _none("all scores are equal: agreement is not defined", table.shape)
    return {kind: _coefficient(kind, squares, alpha) for kind in KINDS}


def limits_of_agreement(
    first: ArrayLike, second: ArrayLike, *, alpha: float = 0.05
) -> Limits:
    r"""
    Find the limits of agreement of Bland and Altman.

    :math:`\bar d \pm z s_d`, each with its confidence interval [1]_.

    Parameters
    ----------
    first : array_like of float, shape (C,)
        First scores; NaN where missing.
    second : array_like of float, shape (C,)
        Second scores.
    alpha : float, optional
        One minus the share of differences within, and one minus the confidence
        level.

    Returns
    -------
    Limits
        The limits.

    References
    ----------
    .. [1] Bland JM, Altman DG (1999). Measuring agreement in method comparison
       studies. Statistical Methods in Medical Research 8: 135-160.
    """
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    difference = difference[np.isfinite(difference)]
    n = difference.size
    if n < 2:
        bias = float(difference.mean()) if n else None
        nothing = (None, None, None)
        return Limits(bias, None, None, None, *nothing, n, "needs >= 2 cases")
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    z, t = float(special.ndtri(1 - alpha / 2)), t_quantile(n - 1, 1 - alpha / 2)
    lower, upper = bias - z * sd, bias + z * sd
    if sd == 0:
        note = "all differences are equal: the intervals have no width"
        return Limits(bias, sd, lower, upper, None, None, None, n, note)
    of_bias = t * sd / math.sqrt(n)
    of_limit = t * sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    return Limits(
        bias=bias,
        sd=sd,
        lower=lower,
        upper=upper,
        bias_ci=(bias - of_bias, bias + of_bias),
        lower_ci=(lower - of_limit, lower + of_limit),
        upper_ci=(upper - of_limit, upper + of_limit),
        n_cases=n,
    )


@dataclass(frozen=True)
class _Squares:
    cases: float
    readers: float
    error: float
    within: float
    n: int
    k: int


def _complete(score: Floats) -> Floats:
    return score[:, np.isfinite(score).all(axis=0)]


def _none(reason: str, shape: tuple[int, ...]) -> dict[str, Agreement]:
    k, n = shape
    return {kind: Agreement(kind, None, None, None, n, k, reason) for kind in KINDS}


def _mean_squares(table: Floats) -> _Squares:
    k, n = table.shape
    mean = table.mean()
    cases = k * ((table.mean(axis=0) - mean) ** 2).sum()
    readers = n * ((table.mean(axis=1) - mean) ** 2).sum()
    total = ((table - mean) ** 2).sum()
    error = max(total - cases - readers, 0.0)
    return _Squares(
        cases=float(cases / (n - 1)),
        readers=float(readers / (k - 1)),
        error=float(error / ((n - 1) * (k - 1))),
        within=float((total - cases) / (n * (k - 1))),
        n=n,
        k=k,
    )


def _coefficient(kind: str, s: _Squares, alpha: float) -> Agreement:
    is_mean = kind.endswith("k")
    base = kind.removesuffix("k")
    single = {"ICC1": _one_way, "ICC2": _absolute, "ICC3": _consistency}[base]
    value = single(s)
    denominator = s.within if base == "ICC1" else s.error
    df2 = s.n * (s.k - 1) if base == "ICC1" else (s.n - 1) * (s.k - 1)
    ci: tuple[float, float] | None = None
    p = None
    if denominator > 0 and value is not None:
        ratio = s.cases / denominator
        p = float(stats.f.sf(ratio, s.n - 1, df2))
        ci = _ratio_ci(s, ratio, df2, alpha)
        if base == "ICC2":
            ci = _absolute_ci(s, value, alpha)
    if is_mean:
        step = _of_mean(s.k)
        value = step(value)
        ci = None if ci is None else _pair(step, ci)
    note = "" if value is not None else "variances cancel: not defined"
    return Agreement(kind, value, ci, p, s.n, s.k, note)


def _pair(
    step: Callable[[float | None], float | None], ci: tuple[float, float]
) -> tuple[float, float] | None:
    low, high = step(ci[0]), step(ci[1])
    return None if low is None or high is None else (low, high)


def _over(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def _one_way(s: _Squares) -> float | None:
    return _over(s.cases - s.within, s.cases + (s.k - 1) * s.within)


def _absolute(s: _Squares) -> float | None:
    spread = s.k * (s.readers - s.error) / s.n
    return _over(s.cases - s.error, s.cases + (s.k - 1) * s.error + spread)


def _consistency(s: _Squares) -> float | None:
    return _over(s.cases - s.error, s.cases + (s.k - 1) * s.error)


def _of_mean(k: int) -> Callable[[float | None], float | None]:
    # Spearman and Brown: reliability of the mean of k.
    def step(value: float | None) -> float | None:
        return None if value is None else _over(k * value, 1 + (k - 1) * value)

    return step


def _ratio_ci(s: _Squares, ratio: float, df2: int, alpha: float) -> tuple[float, float]:
    low = ratio / float(stats.f.isf(alpha / 2, s.n - 1, df2))
    high = ratio * float(stats.f.isf(alpha / 2, df2, s.n - 1))
    return (low - 1) / (low + s.k - 1), (high - 1) / (high + s.k - 1)


def _absolute_ci(s: _Squares, value: float, alpha: float) -> tuple[float, float]:
    # Shrout and Fleiss 1979, p. 424: Satterthwaite for the mix of mean squares.
    n, k = s.n, s.k
    fj = s.readers / s.error
    spread = n * (1 + (k - 1) * value) - k * value
    above = (k - 1) * (n - 1) * (k * value * fj + spread) ** 2
    below = (n - 1) * k**2 * value**2 * fj**2 + spread**2
    v = above / below
    f_low = float(stats.f.isf(alpha / 2, n - 1, v))
    f_high = float(stats.f.isf(alpha / 2, v, n - 1))
    mix = k * s.readers + (k * n - k - n) * s.error
    low = n * (s.cases - f_low * s.error) / (f_low * mix + n * s.cases)
    high = n * (f_high * s.cases - s.error) / (mix + n * f_high * s.cases)
    return low, high
