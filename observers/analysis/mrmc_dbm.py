"""Dorfman-Berbaum-Metz analysis: ANOVA of jackknife pseudovalues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from observers.analysis.hillis import (
    AREA,
    DIFFERENCE,
    Inference,
    Interval,
    f_test,
    infer,
    satterthwaite,
)
from observers.analysis.mrmc import Analysis

Floats = NDArray[np.float64]
_FACTORS = {"T": (1,), "R": (0,), "C": (2,), "TR": (0, 1), "TC": (1, 2), "RC": (0, 2)}


@dataclass(frozen=True, eq=False)
class DorfmanBerbaumMetz:
    """
    ANOVA of pseudovalues and the three analyses drawn from it.

    Attributes
    ----------
    mean_squares : mapping of str to float
        Mean squares of T, R, C, TR, TC, RC and TRC (modality, reader, case).
    df : mapping of str to int
        Their degrees of freedom.
    variance_components : mapping of str to float
        R, C, TR, TC, RC and error; may be negative.
    rrrc : Analysis
        Random readers, random cases.
    frrc : Analysis
        Fixed readers, random cases: F against TC.
    rrfc : Analysis
        Random readers, fixed cases: F against TR.
    """

    mean_squares: Mapping[str, float]
    df: Mapping[str, int]
    variance_components: Mapping[str, float]
    rrrc: Analysis
    frrc: Analysis
    rrfc: Analysis


def pseudovalues(theta: Floats, leave_one_out: Floats) -> Floats:
    r"""
    Jackknife pseudovalues, centred on the figure of merit.

    Parameters
    ----------
    theta : ndarray of float, shape (R, M)
        Figures of merit.
    leave_one_out : ndarray of float, shape (R, M, C)
        Figures of merit with each case left out.

    Returns
    -------
    ndarray of float, shape (R, M, C)
        :math:`C \theta - (C-1) \theta_{(c)}`, shifted to have mean
        :math:`\theta`.
    """
    n = leave_one_out.shape[2]
    raw = n * theta[:, :, None] - (n - 1) * leave_one_out
    return np.asarray(raw - raw.mean(axis=2, keepdims=True) + theta[:, :, None])


def dorfman_berbaum_metz(
    pseudo: Floats, *, alpha: float = 0.05, limits: Interval = AREA
) -> DorfmanBerbaumMetz:
    """
    Analyse pseudovalues of a crossed study of two modalities or more.

    Random readers and cases agree with Obuchowski-Rockette under the jackknife
    covariance to rounding [1]_.

    Parameters
    ----------
    pseudo : ndarray of float, shape (R, M, C)
        Pseudovalues, see `pseudovalues`.
    alpha : float, optional
        One minus the confidence level.
    limits : tuple of float, optional
        Least and greatest possible figure of merit.

    Returns
    -------
    DorfmanBerbaumMetz
        ANOVA and analyses.

    Raises
    ------
    ValueError
        If there are fewer than two readers, modalities or cases.

    References
    ----------
    .. [1] Hillis SL, Obuchowski NA, Schartz KM, Berbaum KS (2005). A comparison
       of the Dorfman-Berbaum-Metz and Obuchowski-Rockette methods for receiver
       operating characteristic (ROC) data. Statistics in Medicine 24: 1579-1607.
    """
    if min(pseudo.shape) < 2:
        msg = "pseudo: needs at least two readers, two modalities and two cases"
        raise ValueError(msg)
    ms, df = _anova(pseudo)
    table = _Table(pseudo, ms, df, alpha, limits)
    n_r, n_m, n_c = pseudo.shape
    return DorfmanBerbaumMetz(
        mean_squares=ms,
        df=df,
        variance_components={
            "R": (ms["R"] - ms["TR"] - ms["RC"] + ms["TRC"]) / (n_m * n_c),
            "C": (ms["C"] - ms["TC"] - ms["RC"] + ms["TRC"]) / (n_m * n_r),
            "TR": (ms["TR"] - ms["TRC"]) / n_c,
            "TC": (ms["TC"] - ms["TRC"]) / n_r,
            "RC": (ms["RC"] - ms["TRC"]) / n_m,
            "error": ms["TRC"],
        },
        rrrc=_random_both(table),
        frrc=_analysis(table, ms["TC"], df["TC"], ("C",)),
        rrfc=_analysis(table, ms["TR"], df["TR"], ("R",)),
    )


@dataclass(frozen=True, eq=False)
class _Table:
    pseudo: Floats
    ms: Mapping[str, float]
    df: Mapping[str, int]
    alpha: float
    limits: Interval


def _random_both(table: _Table) -> Analysis:
    gap = max(table.ms["TC"] - table.ms["TRC"], 0.0)
    df = satterthwaite(table.ms["TR"], table.df["TR"], gap)
    return _analysis(table, table.ms["TR"] + gap, df, ("R", "C"))


def _analysis(
    table: _Table, error: float, df: float, random: tuple[str, ...]
) -> Analysis:
    n_r, n_m, n_c = table.pseudo.shape
    mean = table.pseudo.mean(axis=(0, 2))
    statistic, p, note = f_test(table.ms["T"], error, n_m - 1, df)
    test = Inference(None, None, statistic, df, p, None, df1=n_m - 1)
    variance = 2 * error / (n_r * n_c)
    return Analysis(
        test.with_notes(note),
        {
            (a, b): infer(
                float(mean[a] - mean[b]),
                variance,
                df,
                alpha=table.alpha,
                limits=DIFFERENCE,
            )
            for a, b in combinations(range(n_m), 2)
        },
        tuple(_single(table, m, random) for m in range(n_m)),
    )


def _single(table: _Table, m: int, random: tuple[str, ...]) -> Inference:
    one = table.pseudo[:, m]  # (R, C)
    n_r, n_c = one.shape
    ms_r = n_c * one.mean(axis=1).var(ddof=1)
    ms_c = n_r * one.mean(axis=0).var(ddof=1)
    rest = one - one.mean(axis=1, keepdims=True) - one.mean(axis=0) + one.mean()
    ms_rc = (rest**2).sum() / ((n_r - 1) * (n_c - 1))
    gap = max(ms_c - ms_rc, 0.0)
    variance, df = {
        ("R", "C"): (ms_r + gap, satterthwaite(ms_r, n_r - 1, gap)),
        ("C",): (ms_c, n_c - 1),
        ("R",): (ms_r, n_r - 1),
    }[random]
    return infer(
        float(one.mean()),
        float(variance) / (n_r * n_c),
        float(df),
        alpha=table.alpha,
        limits=table.limits,
    )


def _anova(pseudo: Floats) -> tuple[dict[str, float], dict[str, int]]:
    n_r, n_m, n_c = pseudo.shape
    size = {0: n_r, 1: n_m, 2: n_c}
    effect = {"": pseudo.mean()}
    ms: dict[str, float] = {}
    df: dict[str, int] = {}
    remainder = pseudo - effect[""]
    for name, axes in _FACTORS.items():
        others = tuple(axis for axis in size if axis not in axes)
        part = remainder.mean(axis=others, keepdims=True)
        remainder = remainder - part
        df[name] = int(np.prod([size[axis] - 1 for axis in axes]))
        replicates = int(np.prod([size[axis] for axis in others]))
        ms[name] = float((part**2).sum() * replicates / df[name])
    df["TRC"] = (n_r - 1) * (n_m - 1) * (n_c - 1)
    ms["TRC"] = float((remainder**2).sum() / df["TRC"])
    return ms, df
