"""Calibration: does a confidence of 70 per cent come true in 70 per cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from observers.analysis.intervals import wilson_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """
    Cases of about the same confidence.

    Attributes
    ----------
    low : float
        Lower edge of the bin.
    high : float
        Upper edge.
    n : int
        Cases in it.
    n_manipulated : int
        Those of them that are manipulated.
    confidence : float
        Mean confidence, as a probability.
    observed : float
        Share that is manipulated.
    ci : tuple of float or None
        Wilson's interval of that share.
    """

    low: float
    high: float
    n: int
    n_manipulated: int
    confidence: float
    observed: float
    ci: tuple[float, float] | None


@dataclass(frozen=True)
class Calibration:
    """
    How well confidence agrees with truth.

    Attributes
    ----------
    bins : tuple of Bin
        Reliability curve; empty bins are left out.
    ece : float or None
        Expected calibration error: mean distance of bins from the diagonal.
    brier : float or None
        Mean squared distance of confidence from truth.
    brier_reference : float or None
        Brier score of always saying the share of manipulated cases.
    n : int
        Cases used.
    note : str
        Why nothing is given; empty where it is.
    """

    bins: tuple[Bin, ...]
    ece: float | None
    brier: float | None
    brier_reference: float | None
    n: int
    note: str = ""


def calibrate(
    truth: ArrayLike, score: ArrayLike, *, scale: float = 100.0, n_bins: int = 10
) -> Calibration:
    r"""
    Compare confidence with truth.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Confidence between 0 and ``scale``; NaN where missing.
    scale : float, optional
        Score that stands for certainty: 100 for readers, 1 for the detector.
    n_bins : int, optional
        Number of bins of equal width.

    Returns
    -------
    Calibration
        Reliability curve, ECE :math:`\sum_b n_b |o_b - c_b| / n` [1]_, and Brier
        score [2]_.

    Raises
    ------
    ValueError
        If a score lies outside the scale.

    References
    ----------
    .. [1] Naeini MP, Cooper GF, Hauskrecht M (2015). Obtaining well calibrated
       probabilities using Bayesian binning. AAAI 29: 2901-2907.
    .. [2] Brier GW (1950). Verification of forecasts expressed in terms of
       probability. Monthly Weather Review 78: 1-3.

    Examples
    --------
    >>> calibrate([0, 1], [0, 100]).brier
    0.0
    """
    confidence = np.asarray(score, np.float64) / scale
    known = ~np.isnan(confidence)
    confidence = confidence[known]
    manipulated = np.asarray(truth, np.bool_)[known]
    if (confidence < 0).any() or (confidence > 1).any():
        msg = f"score: a confidence lies outside 0 to {scale:g}"
        raise ValueError(msg)
    n = confidence.size
    if not n:
        return Calibration((), None, None, None, 0, "no case has a score")
    place = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    bins = tuple(
        _bin(index / n_bins, (index + 1) / n_bins, confidence[own], manipulated[own])
        for index in range(n_bins)
        if (own := place == index).any()
    )
    share = float(manipulated.mean())
    return Calibration(
        bins=bins,
        ece=sum(b.n * abs(b.observed - b.confidence) for b in bins) / n,
        brier=float(np.mean((confidence - manipulated) ** 2)),
        brier_reference=share * (1 - share),
        n=n,
    )


def _bin(
    low: float, high: float, confidence: Floats, manipulated: NDArray[np.bool_]
) -> Bin:
    n, k = confidence.size, int(manipulated.sum())
    return Bin(
        low=low,
        high=high,
        n=n,
        n_manipulated=k,
        confidence=float(confidence.mean()),
        observed=k / n,
        ci=wilson_interval(k, n).ends,
    )
