"""Obuchowski-Rockette analysis of a crossed multi-reader multi-case study."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from observers.analysis.hillis import (
    AREA,
    DIFFERENCE,
    Inference,
    Interval,
    chi_square_test,
    f_test,
    infer,
    satterthwaite,
    snap,
    snapped,
    undefined,
)
from observers.analysis.mrmc_components import Components, components

Floats = NDArray[np.float64]
Pair = tuple[int, int]
ONE_READER = "one reader: random readers are not available; see the fixed-reader test"
ONE_MODALITY = "one modality: nothing to compare"
CLAMPED = "Cov2 < Cov3: their difference is taken as 0"
CLAMPED_SINGLE = "Cov2 < 0: it is taken as 0"
TWO_READERS = "two readers: few degrees of freedom; lead with the fixed-reader test"
NORMAL = "no reader variance: infinite degrees of freedom, normal reference"


@dataclass(frozen=True)
class Analysis:
    """
    One of the three analyses: which of reader and case are random.

    Attributes
    ----------
    test : Inference
        Test that all modalities are equal: F or chi-square.
    differences : mapping
        Difference, first minus second, for each pair of modality positions.
    modalities : tuple of Inference
        Each modality's figure of merit averaged over readers.
    """

    test: Inference
    differences: Mapping[Pair, Inference]
    modalities: tuple[Inference, ...]


@dataclass(frozen=True, eq=False)
class ObuchowskiRockette:
    """
    The three analyses of a crossed study.

    Attributes
    ----------
    components : Components
        Mean squares and covariances.
    rrrc : Analysis
        Random readers, random cases (Hillis's degrees of freedom).
    frrc : Analysis
        Fixed readers, random cases (chi-square).
    rrfc : Analysis
        Random readers, fixed cases (F of the reader by modality ANOVA).
    readers : mapping
        Difference of a pair of modalities within each reader, by
        (reader position, first, second).
    """

    components: Components
    rrrc: Analysis
    frrc: Analysis
    rrfc: Analysis
    readers: Mapping[tuple[int, int, int], Inference]


def obuchowski_rockette(
    theta: Floats,
    covariance: Floats,
    *,
    alpha: float = 0.05,
    limits: Interval = AREA,
) -> ObuchowskiRockette:
    r"""
    Analyse figures of merit with their covariance over cases.

    Random readers and cases: :math:`F = MS_T / [MS_{TR} + r \max(Cov_2 - Cov_3,
    0)]` with :math:`ddf_H` [1]_, [2]_. Fixed readers: :math:`\chi^2 = (t-1) MS_T
    / [Var - Cov_1 + (r-1) \max(Cov_2 - Cov_3, 0)]`. Fixed cases: :math:`F =
    MS_T / MS_{TR}`.

    Parameters
    ----------
    theta : ndarray of float, shape (R, M)
        Figures of merit of a crossed design.
    covariance : ndarray of float, shape (R * M, R * M)
        Their covariance over cases, vectors in the order of ``theta.ravel()``.
    alpha : float, optional
        One minus the confidence level.
    limits : tuple of float, optional
        Least and greatest possible figure of merit.

    Returns
    -------
    ObuchowskiRockette
        The three analyses.

    Raises
    ------
    ValueError
        If the design is incomplete or the shapes do not fit.

    References
    ----------
    .. [1] Obuchowski NA, Rockette HE (1995). Hypothesis testing of diagnostic
       accuracy for multiple readers and multiple tests: an ANOVA approach with
       dependent observations. Communications in Statistics - Simulation and
       Computation 24: 285-308.
    .. [2] Hillis SL (2007). A comparison of denominator degrees of freedom
       methods for multiple observer ROC analysis. Statistics in Medicine 26:
       596-619.
    """
    parts = components(np.asarray(theta, np.float64), covariance)
    width = limits[1] - limits[0]
    scale = _Scale(alpha, limits, (-width, width))
    return ObuchowskiRockette(
        components=parts,
        rrrc=_random_readers(parts, scale),
        frrc=_fixed_readers(parts, scale),
        rrfc=_fixed_cases(parts, scale),
        readers=_by_reader(parts, scale),
    )


@dataclass(frozen=True)
class _Scale:
    alpha: float
    limits: Interval = AREA
    difference: Interval = DIFFERENCE

    def infer(
        self, estimate: float, variance: float, df: float, *notes: str
    ) -> Inference:
        # One average's or difference's test.
        one = infer(estimate, variance, df, alpha=self.alpha, limits=self.limits)
        return one.with_notes(*notes)


def _random_readers(c: Components, scale: _Scale) -> Analysis:
    n_r, n_m = c.theta.shape
    if n_r == 1:
        return _unavailable(c, ONE_READER)
    error = c.ms_tr + n_r * c.gap
    ddf = satterthwaite(c.ms_tr, (n_m - 1) * (n_r - 1), n_r * c.gap)
    notes = (
        CLAMPED if c.is_clamped and n_m > 1 else "",
        TWO_READERS if n_r == 2 else "",
        NORMAL if math.isinf(ddf) and error > 0 and n_m > 1 else "",
    )
    return Analysis(
        _global(c, error, ddf, f_test, notes),
        _differences(c, 2 / n_r * error, ddf, scale, notes),
        tuple(_random_modality(c, m, scale) for m in range(n_m)),
    )


def _random_modality(c: Components, m: int, scale: _Scale) -> Inference:
    n_r = c.theta.shape[0]
    ms_r, cov2 = float(c.ms_r_by_modality[m]), float(c.cov2_by_modality[m])
    addition = n_r * max(cov2, 0.0)
    df = satterthwaite(ms_r, n_r - 1, addition)
    return scale.infer(
        float(c.theta[:, m].mean()),
        (ms_r + addition) / n_r,
        df,
        CLAMPED_SINGLE if cov2 < 0 else "",
        TWO_READERS if n_r == 2 else "",
        NORMAL if math.isinf(df) and addition > 0 else "",
    )


def _fixed_readers(c: Components, scale: _Scale) -> Analysis:
    n_r, n_m = c.theta.shape
    error = snapped(c.var - c.cov1) + (n_r - 1) * c.gap
    notes = (CLAMPED if c.is_clamped and n_m > 1 and n_r > 1 else "",)
    singles = tuple(
        scale.infer(
            float(c.theta[:, m].mean()),
            (c.var_by_modality[m] + (n_r - 1) * max(c.cov2_by_modality[m], 0.0)) / n_r,
            math.inf,
            CLAMPED_SINGLE if c.cov2_by_modality[m] < 0 else "",
        )
        for m in range(n_m)
    )
    return Analysis(
        _global(c, error, math.inf, chi_square_test, notes),
        _differences(c, 2 / n_r * error, math.inf, scale, notes),
        singles,
    )


def _fixed_cases(c: Components, scale: _Scale) -> Analysis:
    n_r, n_m = c.theta.shape
    if n_r == 1:
        return _unavailable(c, ONE_READER)
    df = (n_m - 1) * (n_r - 1)
    singles = tuple(
        scale.infer(float(c.theta[:, m].mean()), c.ms_r_by_modality[m] / n_r, n_r - 1)
        for m in range(n_m)
    )
    return Analysis(
        _global(c, c.ms_tr, df, f_test, ()),
        _differences(c, 2 / n_r * c.ms_tr, df, scale, ()),
        singles,
    )


def _by_reader(c: Components, scale: _Scale) -> dict[tuple[int, int, int], Inference]:
    n_r, n_m = c.theta.shape
    difference = _Scale(scale.alpha, scale.difference)
    variance = snap(2 * (c.var_by_reader - c.cov1_by_reader))
    return {
        (r, a, b): difference.infer(
            float(c.theta[r, a] - c.theta[r, b]), float(variance[r]), math.inf
        )
        for r in range(n_r)
        for a, b in combinations(range(n_m), 2)
    }


def _global(
    c: Components,
    error: float,
    df: float,
    test: Callable[..., tuple[float | None, float | None, str]],
    notes: tuple[str, ...],
) -> Inference:
    n_m = c.theta.shape[1]
    if n_m == 1:
        return undefined(ONE_MODALITY)
    df1 = n_m - 1
    # chi_square_test needs no denominator degrees of freedom.
    arguments = (c.ms_t, error, df1, df) if test is f_test else (c.ms_t, error, df1)
    statistic, p, note = test(*arguments)
    result = Inference(None, None, statistic, df, p, None, df1=df1)
    return result.with_notes(note, *notes)


def _differences(
    c: Components, variance: float, df: float, scale: _Scale, notes: tuple[str, ...]
) -> dict[Pair, Inference]:
    mean = c.theta.mean(axis=0)
    difference = _Scale(scale.alpha, scale.difference)
    return {
        (a, b): difference.infer(float(mean[a] - mean[b]), variance, df, *notes)
        for a, b in combinations(range(mean.size), 2)
    }


def _unavailable(c: Components, reason: str) -> Analysis:
    mean = c.theta.mean(axis=0)
    return Analysis(
        undefined(reason),
        {
            (a, b): undefined(reason, float(mean[a] - mean[b]))
            for a, b in combinations(range(mean.size), 2)
        },
        tuple(undefined(reason, float(value)) for value in mean),
    )
