"""One-shot variance of reader-averaged areas for any reading design."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from observers.analysis.hillis import (
    AREA,
    DIFFERENCE,
    Inference,
    Interval,
    infer,
    snap,
    undefined,
)
from observers.analysis.ustatistic_moments import Moments, ReaderSet, moments
from observers.analysis.ustatistic_sums import PairSums

Floats = NDArray[np.float64]

ONE_READER = "one reader is a fixed reader: only cases are sampled"


@dataclass(frozen=True)
class UStatistic:
    """
    A reader-averaged area, or a difference of two, with its variances.

    Attributes
    ----------
    estimate : float or None
        Sum of success scores over number of comparisons, or the difference.
    variance : float or None
        U-statistic estimate: unbiased, may be negative.
    df : float or None
        BDG degrees of freedom of it.
    variance_mle : float or None
        Estimate from the empirical distribution (V-statistic): never negative,
        biased upwards.
    df_mle : float or None
        BDG degrees of freedom of it.
    limits : tuple of float
        Least and greatest possible value of the estimate.
    notes : tuple of str
        What was undefined, and why.
    """

    estimate: float | None
    variance: float | None
    df: float | None
    variance_mle: float | None
    df_mle: float | None
    limits: Interval = AREA
    notes: tuple[str, ...] = ()

    def infer(self, alpha: float = 0.05) -> Inference:
        """
        Test against zero and give an interval, with the variance that is fit.

        Parameters
        ----------
        alpha : float, optional
            One minus the confidence level.

        Returns
        -------
        Inference
            From the U-statistic's variance, or from the MLE's, said in a note,
            where that is negative.
        """
        if self.estimate is None or self.variance is None:
            return undefined("; ".join(self.notes) or "no variance", self.estimate)
        variance, df, note = self.variance, self.df, ""
        if variance < 0 and self.variance_mle is not None:
            variance, df = self.variance_mle, self.df_mle
            note = "the U-statistic's variance is negative: the MLE's is used"
        result = infer(
            self.estimate,
            variance,
            math.inf if df is None else df,
            alpha=alpha,
            limits=self.limits,
        )
        return result.with_notes(*self.notes, note)


def of_set(sums: PairSums, one: ReaderSet) -> UStatistic:
    r"""
    Reader-averaged area of one set, with its variance.

    The variance is :math:`\sum_{k=1}^8 c_k M_k - M_8`: eight products of success
    scores, of which the two comparisons share reader, original case, manipulated
    case, or none, with the design's own weights [1]_, [2]_. A set of one reader
    is a fixed reader: only cases are sampled.

    Parameters
    ----------
    sums : PairSums
        Sums of products of success scores.
    one : ReaderSet
        The vectors averaged.

    Returns
    -------
    UStatistic
        Area, variances and BDG degrees of freedom [3]_.

    References
    ----------
    .. [1] Gallas BD (2006). One-shot estimate of MRMC variance: AUC. Academic
       Radiology 13: 353-362.
    .. [2] Gallas BD, Bandos A, Samuelson FW, Wagner RF (2009). A framework for
       random-effects ROC analysis: biases with the bootstrap and other variance
       estimators. Communications in Statistics - Theory and Methods 38:
       2586-2603.
    .. [3] Obuchowski NA, Gallas BD, Hillis SL (2012). Multi-reader ROC studies
       with split-plot designs: a comparison of statistical methods. Academic
       Radiology 19: 1508-1517.
    """
    estimate = _average(sums, one)
    if estimate is None:
        return _unavailable("a class has no scored case", None, AREA)
    found = moments(sums, one, one)
    if math.isnan(found.variance):
        return _unavailable("needs >= 2 cases per class", estimate, AREA)
    spread = found.main**2 / found.df**3
    df = found.df[np.isfinite(found.df)]
    result = _packed(estimate, found.variance, found.variance_mle, _Spread(spread, df))
    return _with_note(result, ONE_READER if _n_readers(one) == 1 else "")


def of_difference(sums: PairSums, a: ReaderSet, b: ReaderSet) -> UStatistic:
    """
    Difference of two reader-averaged areas, a minus b, with its variance.

    Readers and cases may be shared, in part or not at all: the same readers in
    two modalities, or two groups of readers on the same cases.

    Parameters
    ----------
    sums : PairSums
        Sums of products of success scores.
    a : ReaderSet
        The vectors averaged first.
    b : ReaderSet
        The vectors averaged second.

    Returns
    -------
    UStatistic
        Difference, variances and BDG degrees of freedom.
    """
    first, second = _average(sums, a), _average(sums, b)
    if first is None or second is None:
        return _unavailable("a class has no scored case", None, DIFFERENCE)
    aa, bb, ab = moments(sums, a, a), moments(sums, b, b), moments(sums, a, b)
    estimate = first - second
    if math.isnan(aa.variance + bb.variance + ab.variance):
        return _unavailable("needs >= 2 cases per class", estimate, DIFFERENCE)
    result = _packed(
        estimate,
        aa.variance + bb.variance - 2 * ab.variance,
        aa.variance_mle + bb.variance_mle - 2 * ab.variance_mle,
        _spread_of_difference(aa, bb, ab),
        DIFFERENCE,
    )
    alone = 1 in (_n_readers(a), _n_readers(b))
    return _with_note(result, ONE_READER if alone else "")


@dataclass(frozen=True, eq=False)
class _Spread:
    squares: Floats  # (3,): squared components over cubed degrees of freedom
    df: Floats  # finite degrees of freedom of the sampled factors

    def satterthwaite(self, variance: float) -> float | None:
        # At least the least of the factors' own (Gaylor and Hopper 1969).
        total = float(self.squares.sum())
        if variance <= 0:
            return None
        least = float(self.df.min())
        return max(variance**2 / total, least) if total > 0 else math.inf


def _spread_of_difference(aa: Moments, bb: Moments, ab: Moments) -> _Spread:
    df = np.minimum(aa.df, bb.df)
    components = aa.main + bb.main - 2 * ab.main
    return _Spread(components**2 / df**3, df[np.isfinite(df)])


def _n_readers(one: ReaderSet) -> int:
    return len(set(one.readers.tolist()))


def _with_note(result: UStatistic, note: str) -> UStatistic:
    return replace(result, notes=(*result.notes, note)) if note else result


def _average(sums: PairSums, one: ReaderSet) -> float | None:
    size = float(sums.size[one.vectors].sum())
    return float(sums.total[one.vectors].sum()) / size if size else None


def _unavailable(reason: str, estimate: float | None, limits: Interval) -> UStatistic:
    return UStatistic(estimate, None, None, None, None, limits, (reason,))


def _packed(
    estimate: float,
    unbiased: float,
    biased: float,
    spread: _Spread,
    limits: Interval = AREA,
) -> UStatistic:
    variance, mle = (float(v) for v in snap(np.array([unbiased, biased])))
    negative = "the U-statistic's variance is negative"
    return UStatistic(
        estimate=estimate,
        variance=variance,
        df=spread.satterthwaite(variance),
        variance_mle=mle,
        df_mle=spread.satterthwaite(mle),
        limits=limits,
        notes=(negative,) if variance < 0 else (),
    )
