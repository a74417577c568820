r"""Binormal ROC curve by maximum likelihood: an option beside the empirical curve.

A latent decision variable is normal in both classes; the curve is
:math:`TPR = \Phi(a + b\,\Phi^{-1}(FPR))`. Everything else in this package rests on
the empirical curve; a number from here always says that it is binormal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

from observers.analysis.roc import Floats, RocCurve, split_by_truth

MOST_CATEGORIES = 40
"""More distinct runs of scores than this are gathered into as many categories."""
DEGENERATE = "binormal fit is degenerate: the classes overlap in too few categories"
TWO_PER_CLASS = "binormal fit needs at least 2 scored cases in each class"


@dataclass(frozen=True)
class BinormalFit:
    """
    Maximum-likelihood binormal curve, or the reason why there is none.

    Attributes
    ----------
    a : float or None
        Distance of the classes' means, in standard deviations of the manipulated.
    b : float or None
        Standard deviation of the originals over that of the manipulated.
    auc : float or None
        Area under the fitted curve.
    se : float or None
        Standard error of the area, from the observed information.
    n_categories : int
        Ordered categories that the scores were gathered into.
    reason : str
        Why there is no fit; empty where there is one.
    """

    a: float | None
    b: float | None
    auc: float | None
    se: float | None
    n_categories: int
    reason: str = ""


def binormal_fit(truth: ArrayLike, score: ArrayLike) -> BinormalFit:
    r"""
    Fit the binormal curve to ratings, ordinal or continuous.

    Scores are ranked into categories, one per distinct score or, for continuous
    scores, per run of cases of one truth [2]_; cuts and curve maximise the
    multinomial likelihood [1]_. The area is :math:`\Phi(a/\sqrt{1+b^2})`.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped).

    Returns
    -------
    BinormalFit
        The fit; perfect separation, constant scores and curves whose slope runs
        away have none, and a reason.

    References
    ----------
    .. [1] Dorfman DD, Alf E (1969). Maximum-likelihood estimation of parameters
       of signal-detection theory and determination of confidence intervals:
       rating-method data. Journal of Mathematical Psychology 6: 487-496.
    .. [2] Metz CE, Herman BA, Shen JH (1998). Maximum likelihood estimation of
       receiver operating characteristic (ROC) curves from
       continuously-distributed data. Statistics in Medicine 17: 1033-1053.

    Examples
    --------
    >>> counts = [(33, 3), (6, 2), (6, 2), (11, 11), (2, 33)]
    >>> truth = [t for n0, n1 in counts for t in [False] * n0 + [True] * n1]
    >>> score = [k for k, (n0, n1) in enumerate(counts) for _ in range(n0 + n1)]
    >>> round(binormal_fit(truth, score).auc, 3)
    0.911
    """
    x, y = split_by_truth(truth, score)
    if min(x.size, y.size) < 2:
        return _nothing(0, TWO_PER_CLASS)
    counts = _categories(x, y)  # (2, K)
    n_categories = counts.shape[1]
    if _is_degenerate(counts):
        return _nothing(n_categories, DEGENERATE)
    found = minimize(
        _loss,
        _start(counts),
        args=(counts,),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-9, "maxiter": 2000},
    )
    a, b = float(found.x[0]), float(np.exp(found.x[1]))
    if not (np.isfinite(found.fun) and _SLOPE[0] < b < _SLOPE[1]):
        return _nothing(n_categories, DEGENERATE)
    auc = float(ndtr(a / np.hypot(1, b)))
    return BinormalFit(a, b, auc, _standard_error(found.x, counts), n_categories)


def binormal_curve(fit: BinormalFit, n_points: int = 201) -> RocCurve | None:
    """
    Give the fitted curve as points, for a figure.

    Parameters
    ----------
    fit : BinormalFit
        The fit.
    n_points : int, optional
        How many points.

    Returns
    -------
    RocCurve or None
        Points from (0, 0) to (1, 1), their cuts in standard deviations of the
        originals; None where there is no fit.
    """
    if fit.a is None or fit.b is None:
        return None
    rate = np.linspace(0, 1, n_points)
    cut = ndtri(1 - rate)
    return RocCurve(rate, ndtr(fit.a - fit.b * cut), cut)


def _nothing(n_categories: int, reason: str) -> BinormalFit:
    return BinormalFit(None, None, None, None, n_categories, reason)


def _categories(x: Floats, y: Floats) -> Floats:
    # Counts of original and manipulated cases by ascending category: (2, K).
    values = np.unique(np.concatenate([x, y]))
    counts = np.stack(
        [np.bincount(np.searchsorted(values, v), minlength=values.size) for v in (x, y)]
    ).astype(np.float64)
    # Neighbours of one class only say nothing of the curve apart: one category.
    pure = np.where(counts[0] == 0, 1, np.where(counts[1] == 0, 0, -1))
    fresh = (pure[1:] != pure[:-1]) | (pure[1:] < 0)
    run = np.concatenate([[0], np.cumsum(fresh)])
    if run[-1] >= MOST_CATEGORIES:
        share = np.cumsum(counts.sum(axis=0)) - counts.sum(axis=0) / 2
        run = (share / counts.sum() * MOST_CATEGORIES).astype(int)
        run = np.unique(run, return_inverse=True)[1]
    merged = np.zeros((2, int(run[-1]) + 1))
    np.add.at(merged.T, run, counts.T)
    return merged


def _is_degenerate(counts: Floats) -> bool:
    # Two parameters need two points off the edges of the square.
    rates = counts[:, ::-1].cumsum(axis=1)[:, :-1] / counts.sum(axis=1, keepdims=True)
    inside = ((rates > 0) & (rates < 1)).all(axis=0)
    return int(inside.sum()) < 2  # any slope fits through one point


def _start(counts: Floats) -> Floats:
    # Normal scores of the originals' cumulative shares, kept from the edges.
    share = (counts.cumsum(axis=1)[:, :-1] + 0.5) / (
        counts.sum(axis=1, keepdims=True) + 1
    )
    z0, z1 = ndtri(share)
    cuts = (z0 + z1) / 2
    gap = float(np.clip((z0 - z1).mean(), -4, 4))
    cuts = np.maximum.accumulate(cuts + gap / 2)
    steps = np.log(np.maximum(np.diff(cuts), 1e-2))
    return np.concatenate([[gap, 0.0, cuts[0]], steps])


def _loss(theta: Floats, counts: Floats) -> tuple[float, Floats]:
    # Minus log likelihood and its gradient in (a, log b, first cut, log steps).
    a, b = theta[0], np.exp(np.clip(theta[1], -20, 20))
    steps = np.exp(np.clip(theta[3:], -50, 20))
    cuts = theta[2] + np.concatenate([[0.0], steps.cumsum()])
    log_p0, by_cut0 = _intervals(cuts, counts[0])
    log_p1, by_cut1 = _intervals(b * cuts - a, counts[1])
    by_cut = by_cut0 + b * by_cut1
    by_step = steps * by_cut[::-1].cumsum()[::-1][1:]
    rest = [-by_cut1.sum(), b * (by_cut1 @ cuts), by_cut.sum()]
    value = _weighted(counts[0], log_p0) + _weighted(counts[1], log_p1)
    return -value, -np.concatenate([rest, by_step])


def _weighted(n: Floats, log_p: Floats) -> float:
    return float((n * np.where(n > 0, log_p, 0.0)).sum())


def _intervals(z: Floats, n: Floats) -> tuple[Floats, Floats]:
    # Log probabilities between the cuts, and the likelihood's derivative by cut.
    low, high = np.append(-np.inf, z), np.append(z, np.inf)
    flip = low > 0  # work in the lower tail, where differences keep their digits
    lower, upper = np.where(flip, -high, low), np.where(flip, -low, high)
    big, small = log_ndtr(upper), log_ndtr(lower)
    with np.errstate(divide="ignore"):
        log_p = big + np.log(-np.expm1(np.minimum(small - big, -1e-16)))
    density = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi))
    weight = n / np.exp(np.maximum(log_p, -700))
    return log_p, density * (weight[:-1] - weight[1:])


def _standard_error(theta: Floats, counts: Floats) -> float | None:
    # Delta method on the inverse of the observed information, by differences.
    size, step = theta.size, 1e-5
    information = np.empty((size, size))
    for k in range(size):
        shift = np.zeros(size)
        shift[k] = step
        up, down = _loss(theta + shift, counts)[1], _loss(theta - shift, counts)[1]
        information[k] = (up - down) / (2 * step)
    information = (information + information.T) / 2
    b = float(np.exp(theta[1]))
    root = float(np.hypot(1, b))
    height = float(np.exp(-0.5 * (theta[0] / root) ** 2) / np.sqrt(2 * np.pi))
    slope = np.zeros(size)
    slope[0] = height / root
    slope[1] = -height * theta[0] * b**2 / root**3
    variance = float(slope @ np.linalg.pinv(information) @ slope)
    return variance**0.5 if variance > 0 else None


_SLOPE = (1e-3, 1e3)  # a fitted b beyond is a curve along an edge, not an estimate
