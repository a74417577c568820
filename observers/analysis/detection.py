"""How well a detector tells forgeries from originals: one cell of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 2000
"""Bootstrap samples of patient clusters."""
PREVALENCE = 0.1
"""Share of manipulated images at which precision is stated, as in the paper."""


@dataclass(frozen=True)
class Detection:
    """Figures of one cell."""

    n_original: int
    """Original images."""
    n_manipulated: int
    """Manipulated images."""
    n_clusters: int
    """Patient clusters."""
    auc: float
    """Area under the empirical curve."""
    lower: float
    """Lower 95 % limit of the area, patient clusters resampled."""
    upper: float
    """Upper limit."""
    balanced_accuracy: float
    """At the threshold from validation: what the paper prints as its AUC."""
    tpr_at_1: float
    """Sensitivity where at most 1 % of the originals are called."""
    tpr_at_5: float
    """Sensitivity where at most 5 % of the originals are called."""
    precision: float | None
    """At the threshold, where one image in ten is manipulated; None without calls."""
    calibration_error: float
    """Expected calibration error, ten equal bins, both classes weighing alike."""
    brier: float
    """Mean squared error of the probability, both classes weighing alike."""


def detection(
    truth: ArrayLike,
    score: ArrayLike,
    probability: ArrayLike,
    cluster: ArrayLike,
    *,
    threshold: float,
    seed: int = 1,
) -> Detection:
    """
    Compute the figures of one cell.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        True where manipulated.
    score : array_like of float, shape (n,)
        Higher is more manipulated.
    probability : array_like of float, shape (n,)
        Calibrated probability, 0 to 1.
    cluster : array_like of str, shape (n,)
        Patient cluster of each image.
    threshold : float
        Score at and above which an image is called manipulated.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Detection
        The figures.
    """
    is_manipulated, values = np.asarray(truth, bool), np.asarray(score, float)
    p, names = np.asarray(probability, float), np.asarray(cluster, str)
    lower, upper = _interval(is_manipulated, values, names, seed)
    x, y = values[~is_manipulated], values[is_manipulated]
    sensitivity, false_calls = (y >= threshold).mean(), (x >= threshold).mean()
    called = PREVALENCE * sensitivity + (1 - PREVALENCE) * false_calls
    weight = np.where(is_manipulated, 0.5 / len(y), 0.5 / len(x))
    return Detection(
        n_original=len(x),
        n_manipulated=len(y),
        n_clusters=len(np.unique(names)),
        auc=_area(x, y),
        lower=lower,
        upper=upper,
        balanced_accuracy=float((sensitivity + 1 - false_calls) / 2),
        tpr_at_1=_sensitivity_at(x, y, 0.01),
        tpr_at_5=_sensitivity_at(x, y, 0.05),
        precision=float(PREVALENCE * sensitivity / called) if called else None,
        calibration_error=_calibration_error(is_manipulated, p, weight),
        brier=float((weight * (p - is_manipulated) ** 2).sum()),
    )


def _area(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    wins = (y[None, :] > x[:, None]) + 0.5 * (y[None, :] == x[:, None])
    return float(wins.mean())


def _sensitivity_at(
    x: NDArray[np.float64], y: NDArray[np.float64], most: float
) -> float:
    allowed = int(np.floor(most * len(x)))
    cut = np.sort(x)[::-1][allowed]  # at most so many originals lie above it
    return float((y > cut).mean())


def _calibration_error(
    truth: NDArray[np.bool_], p: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    place = np.minimum((p * 10).astype(int), 9)
    off = np.bincount(place, weight * (p - truth), minlength=10)
    return float(np.abs(off).sum())


def _interval(
    truth: NDArray[np.bool_],
    score: NDArray[np.float64],
    cluster: NDArray[np.str_],
    seed: int,
) -> tuple[float, float]:
    # wins[a, b]: share of pairs, original of cluster a, forgery of cluster b
    _, place = np.unique(cluster, return_inverse=True)
    n = int(place.max()) + 1
    x, y, own, other = score[~truth], score[truth], place[~truth], place[truth]
    wins = (y[None, :] > x[:, None]) + 0.5 * (y[None, :] == x[:, None])
    by_own = np.zeros((n, len(y)))
    np.add.at(by_own, own, wins)
    total = np.zeros((n, n))
    np.add.at(total.T, other, by_own.T)
    counts = np.bincount(own, minlength=n), np.bincount(other, minlength=n)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float)
    pairs = (drawn @ counts[0]) * (drawn @ counts[1])
    areas = ((drawn @ total) * drawn).sum(1)[pairs > 0] / pairs[pairs > 0]
    low, high = np.percentile(areas, [2.5, 97.5])
    return float(low), float(high)
