"""Figures of a detector: area under the curve, balanced accuracy, Table 3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score


@dataclass(frozen=True)
class TruthState:
    """A row of the paper's Table 3: how well one truth state is called."""

    precision: float
    """Share of the calls that are right; nan when nothing was called so."""
    recall: float
    """Share of the images that were called so."""
    f1: float
    """Harmonic mean of both; nan when precision is."""


def _checked(
    truth: ArrayLike, other: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    is_manipulated, values = np.asarray(truth, bool), np.asarray(other, float)
    if is_manipulated.shape != values.shape:
        msg = f"truth has shape {is_manipulated.shape}, scores {values.shape}"
        raise ValueError(msg)
    if is_manipulated.all() or not is_manipulated.any():
        msg = "accuracy needs both original and manipulated images"
        raise ValueError(msg)
    return is_manipulated, values


def auc(truth: ArrayLike, score: ArrayLike) -> float:
    """
    Area under the empirical ROC curve.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated.
    score : array_like of float, shape (n,)
        Higher is more manipulated.

    Returns
    -------
    float
        The area, 0 to 1.

    Raises
    ------
    ValueError
        If shapes differ or one truth state is absent.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [10, 40, 35, 80])
    0.75
    """
    return float(roc_auc_score(*_checked(truth, score)))


def balanced_accuracy(truth: ArrayLike, called: ArrayLike) -> float:
    """
    Mean of sensitivity and specificity: what the paper prints as its AUC.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated.
    called : array_like of bool, shape (n,)
        True where called manipulated.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If shapes differ or one truth state is absent.

    Examples
    --------
    >>> balanced_accuracy([0, 0, 1, 1], [0, 1, 1, 1])
    0.75
    """
    is_manipulated, calls = _checked(truth, called)
    right = (calls > 0.5) == is_manipulated
    return float((right[is_manipulated].mean() + right[~is_manipulated].mean()) / 2)


def table3(truth: ArrayLike, called: ArrayLike) -> dict[str, TruthState]:
    """
    Precision, recall and F1 of both truth states: the paper's Table 3.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated.
    called : array_like of bool, shape (n,)
        True where called manipulated.

    Returns
    -------
    dict of str to TruthState
        Under ``original`` and ``manipulated``.

    Raises
    ------
    ValueError
        If shapes differ or one truth state is absent.
    """
    is_manipulated, values = _checked(truth, called)
    calls = values > 0.5
    return {
        "original": _state(~is_manipulated, ~calls),
        "manipulated": _state(is_manipulated, calls),
    }


def _state(is_state: NDArray[np.bool_], calls: NDArray[np.bool_]) -> TruthState:
    right = float((is_state & calls).sum())
    n, called = float(is_state.sum()), float(calls.sum())
    precision = right / called if called else float("nan")
    return TruthState(precision, right / n, 2 * right / (n + called))


def best_threshold(
    truth: ArrayLike, score: ArrayLike, *, most_false: float = 1.0
) -> float:
    """
    Choose the threshold that maximises balanced accuracy under few false calls.

    Candidates lie midway between neighbouring scores; of equally good ones the
    middle one is taken, so that a wide gap is cut in its middle.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated; validation images only.
    score : array_like of float, shape (n,)
        Higher is more manipulated.
    most_false : float
        Largest share of the originals that may be called manipulated, 0 to 1.

    Returns
    -------
    float
        Images at or above it are called manipulated.

    Raises
    ------
    ValueError
        If shapes differ or one truth state is absent.

    Examples
    --------
    >>> best_threshold([0, 0, 1, 1], [1, 2, 4, 5])
    3.0
    """
    is_manipulated, values = _checked(truth, score)
    found = np.unique(values)
    middles = (found[1:] + found[:-1]) / 2
    edges = np.concatenate([[found[0] - 1], middles, [found[-1] + 1]])
    above = values[None, :] >= edges[:, None]  # (n_edges, n)
    false = above[:, ~is_manipulated].mean(1)
    accuracy = above[:, is_manipulated].mean(1) + 1 - false
    accuracy[false > most_false] = -1
    best = np.flatnonzero(accuracy >= accuracy.max() - 1e-12)
    return float(edges[best[len(best) // 2]])


def best_calibration(truth: ArrayLike, logits: ArrayLike) -> tuple[float, float]:
    """
    Choose offset and temperature under which probabilities fit best.

    Both truth states weigh alike, so the probability is that of an image of which
    it is as likely as not, before it is seen, that it was manipulated.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated; validation images only.
    logits : array_like of float, shape (n,)
        Scores of the detector.

    Returns
    -------
    offset : float
        Score that has probability one half.
    temperature : float
        Divisor of ``logits - offset``, at least 0.02; least cross-entropy of truth
        softened by one half image [1]_.

    Raises
    ------
    ValueError
        If shapes differ or one truth state is absent.

    References
    ----------
    .. [1] Platt JC (1999). Probabilistic outputs for support vector machines.
       Advances in Large Margin Classifiers: 61-74.
    """
    is_manipulated, values = _checked(truth, logits)
    n = np.bincount(is_manipulated.astype(int), minlength=2)
    target = np.where(is_manipulated, (n[1] + 1) / (n[1] + 2), 1 / (n[0] + 2))
    weight = 0.5 / n[is_manipulated.astype(int)]
    middle, spread = float(np.median(values)), float(values.std()) + 1e-9
    z = (values - middle) / spread

    def cost(at: NDArray[np.float64]) -> float:
        logit = (z - at[0]) * np.exp(at[1])
        return float((weight * (np.logaddexp(0, logit) - target * logit)).sum())

    found = minimize(cost, np.array([0.0, 0.5]), method="Nelder-Mead")
    temperature = max(0.02, spread * float(np.exp(-found.x[1])))
    return middle + spread * float(found.x[0]), temperature
