"""Figures of a detector: area under the curve, balanced accuracy, Table 3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
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


def best_threshold(truth: ArrayLike, score: ArrayLike) -> float:
    """
    Choose the threshold that maximises balanced accuracy.

    Candidates lie midway between neighbouring scores; of equally good ones the
    middle one is taken, so that a wide gap is cut in its middle.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated; validation images only.
    score : array_like of float, shape (n,)
        Higher is more manipulated.

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
    edges = np.concatenate([[found[0] - 1], (found[1:] + found[:-1]) / 2])
    above = values[None, :] >= edges[:, None]  # (n_edges, n)
    accuracy = above[:, is_manipulated].mean(1) + 1 - above[:, ~is_manipulated].mean(1)
    best = np.flatnonzero(accuracy >= accuracy.max() - 1e-12)
    return float(edges[best[len(best) // 2]])


def best_temperature(truth: ArrayLike, logits: ArrayLike, offset: float = 0.0) -> float:
    """
    Choose the temperature under which probabilities fit best.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated; validation images only.
    logits : array_like of float, shape (n,)
        Scores of the detector.
    offset : float
        Score that shall have probability one half.

    Returns
    -------
    float
        Divisor of ``logits - offset``, 0.05 to 50, least cross-entropy of truth
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
    n = len(values)
    target = np.where(is_manipulated, (n + 1) / (n + 2), 1 / (n + 2))
    temperatures = np.geomspace(0.05, 50, 400)
    z = (values - offset)[None, :] / temperatures[:, None]  # (400, n)
    cost = np.logaddexp(0, z) - target * z  # cross-entropy from logits
    return float(temperatures[int(np.argmin(cost.mean(1)))])
