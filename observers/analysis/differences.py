"""Difference of two AUCs: paired, unpaired, and by exchange within cases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata, t

from observers.analysis.delong import DeLong, delong
from observers.analysis.intervals import (
    LEVEL,
    TWO_PER_CLASS,
    ZERO_VARIANCE,
    Interval,
    undefined,
)
from observers.analysis.roc import Bools, Floats, empirical_auc

IDENTICAL = "identical ranking: no evidence either way"
EXACT_AT_MOST = 14
"""Up to this many cases all exchanges are tried (2 to the power of it)."""


@dataclass(frozen=True)
class Difference:
    """
    Difference of two areas with its test, or the reason why there is none.

    Attributes
    ----------
    a : float or None
        First area.
    b : float or None
        Second area.
    difference : float or None
        First minus second.
    se : float or None
        Standard error.
    statistic : float or None
        Difference over standard error.
    df : float or None
        Degrees of freedom; None for the normal distribution.
    p : float or None
        Two-sided p-value.
    interval : Interval
        Interval of the difference, cut to [-1, 1].
    n0 : int
        Original cases used (paired: scored in both).
    n1 : int
        Manipulated cases used.
    n_dropped : int
        Cases left out because a score is missing.
    notes : tuple of str
        What a reader of the numbers must know.
    """

    a: float | None
    b: float | None
    difference: float | None
    se: float | None
    statistic: float | None
    df: float | None
    p: float | None
    interval: Interval
    n0: int
    n1: int
    n_dropped: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """
        Give the difference as plain data.

        Returns
        -------
        dict
            One entry per field, full precision, None where not defined.
        """
        return {**asdict(self), "notes": list(self.notes)}


def paired_difference(
    truth: ArrayLike, a: ArrayLike, b: ArrayLike, *, level: float = LEVEL
) -> Difference:
    """
    Compare two score vectors of the same cases by DeLong's test.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    a : array_like of float, shape (C,)
        First scores; a case missing in either is dropped from both.
    b : array_like of float, shape (C,)
        Second scores.
    level : float, optional
        Confidence level.

    Returns
    -------
    Difference
        First minus second area. With zero variance, p is 1 where the areas are
        equal and not given where they differ.
    """
    is_manipulated = np.asarray(truth, dtype=np.bool_)
    both = np.array([a, b], dtype=np.float64)  # (2, C)
    common = ~np.isnan(both).any(axis=0)
    areas = delong(is_manipulated[common], both[:, common])
    counts = int(areas.n0[0]), int(areas.n1[0]), int((~common).sum())
    return _difference(areas, counts, None, level)


def unpaired_difference(
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    *,
    level: float = LEVEL,
) -> Difference:
    r"""
    Compare score vectors of two independent sets of cases.

    The variances add; degrees of freedom are Satterthwaite's with the numbers of
    cases, as pROC does.

    Parameters
    ----------
    first : tuple of array_like
        Truth and scores of the first set.
    second : tuple of array_like
        Truth and scores of the second set.
    level : float, optional
        Confidence level.

    Returns
    -------
    Difference
        First minus second area; n0 and n1 count both sets together.
    """
    truths = [np.asarray(truth, dtype=np.bool_) for truth, _ in (first, second)]
    scores = [np.asarray(score, dtype=np.float64) for _, score in (first, second)]
    apart = np.full((2, sum(map(len, truths))), np.nan)  # no case in common
    apart[0, : len(truths[0])], apart[1, len(truths[0]) :] = scores
    areas = delong(np.concatenate(truths), apart)
    parts = np.diag(areas.covariance)  # (2,)
    below = float((parts**2 / (areas.n0 + areas.n1 - 1.0)).sum())
    df = float(parts.sum()) ** 2 / below if below > 0 else None
    dropped = int(sum(np.isnan(score).sum() for score in scores))
    counts = int(areas.n0.sum()), int(areas.n1.sum()), dropped
    return _difference(areas, counts, df, level)


def permutation_p(
    truth: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    *,
    seed: int,
    n_exchanges: int = 10_000,
) -> float:
    """
    Test equality of two areas by exchanging the ratings within cases.

    Ratings are ranked within each vector first, then exchanged: every way with
    up to 14 cases (exact), else at random [1]_. Needs no variance, so it serves
    where DeLong's test is undefined.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated; both classes must occur.
    a : array_like of float, shape (C,)
        First scores; a case missing in either is dropped.
    b : array_like of float, shape (C,)
        Second scores.
    seed : int
        Seed of the random exchanges.
    n_exchanges : int, optional
        How many random exchanges.

    Returns
    -------
    float
        Two-sided p-value.

    References
    ----------
    .. [1] Bandos AI, Rockette HE, Gur D (2005). A permutation test sensitive to
       differences in areas for comparing ROC curves from a paired design.
       Statistics in Medicine 24: 2873-2893.
    """
    is_manipulated = np.asarray(truth, dtype=np.bool_)
    both = np.array([a, b], dtype=np.float64)
    common = ~np.isnan(both).any(axis=0)
    is_manipulated, rank = is_manipulated[common], rankdata(both[:, common], axis=1)
    n = int(common.sum())
    observed = _exchanged(is_manipulated, rank, np.zeros(n, bool))
    exact = n <= EXACT_AT_MOST
    if exact:
        ways = np.array(list(product((False, True), repeat=n)))
    else:
        ways = np.random.default_rng(seed).random((n_exchanges, n)) < _HALF
    gaps = np.array([_exchanged(is_manipulated, rank, way) for way in ways])
    as_far = int((gaps >= observed - _ROUNDING).sum())
    return as_far / len(ways) if exact else (as_far + 1) / (len(ways) + 1)


def _exchanged(truth: Bools, rank: Floats, way: Bools) -> float:
    areas = [empirical_auc(truth, np.where(way, rank[1 - k], rank[k])) for k in (0, 1)]
    if areas[0] is None or areas[1] is None:
        msg = "an exchange test needs both original and manipulated cases"
        raise ValueError(msg)
    return abs(areas[0] - areas[1])


def _difference(
    areas: DeLong, counts: tuple[int, int, int], df: float | None, level: float
) -> Difference:
    n0, n1, dropped = counts
    estimate, variance = areas.contrast([1, -1])
    se, statistic, p, interval, notes = _test(estimate, variance, df, level)
    return Difference(
        a=_or_none(areas.auc[0]),
        b=_or_none(areas.auc[1]),
        difference=_or_none(estimate),
        se=se,
        statistic=statistic,
        df=df if statistic is not None else None,
        p=p,
        interval=interval,
        n0=n0,
        n1=n1,
        n_dropped=dropped,
        notes=notes + ((f"cases dropped: {dropped}",) if dropped else ()),
    )


_Test = tuple[float | None, float | None, float | None, Interval, tuple[str, ...]]


def _test(estimate: float, variance: float, df: float | None, level: float) -> _Test:
    method = "delong"
    if np.isnan(variance):
        reason = undefined(method, TWO_PER_CLASS, level)
        return None, None, None, reason, (TWO_PER_CLASS,)
    if variance == 0:
        nothing = undefined(method, ZERO_VARIANCE, level)
        if estimate == 0:
            return 0.0, None, 1.0, nothing, (IDENTICAL,)
        note = f"p {ZERO_VARIANCE}; use the exchange test"
        return 0.0, None, None, nothing, (note,)
    se = float(np.sqrt(variance))
    law = norm() if df is None else t(df)
    half = float(law.isf((1 - level) / 2)) * se
    lower, upper = max(estimate - half, -1.0), min(estimate + half, 1.0)
    cut = estimate - half < -1 or estimate + half > 1
    p = float(2 * law.sf(abs(estimate / se)))
    notes = ("p < 1e-300",) if p < _LEAST_P else ()
    return se, estimate / se, p, Interval(method, level, lower, upper, cut), notes


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


_HALF = 0.5
_LEAST_P = 1e-300
_ROUNDING = 1e-12
