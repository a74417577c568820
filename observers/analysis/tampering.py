"""How well a map of tampering names the pixels that were changed.

Judged on manipulated images only: on an original every call is wrong, and the F1 of
a perfect map would be 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Located:
    """Figures of one map."""

    auc: float
    """Chance that a changed place is marked above an unchanged one."""
    f1: float
    """Of the places called changed, against those that are."""
    iou: float
    """Intersection over union of the same."""


def rise(marked: Floats) -> Floats:
    """
    Measure each place of a map from the map's median, 0, to its maximum, 1.

    Maps of images whose camera or compression excites the detector everywhere lie
    higher than others; where one rises is what tells its places apart.

    Parameters
    ----------
    marked : ndarray of float, shape (..., H, W)
        Maps; higher is more manipulated.

    Returns
    -------
    ndarray of float, shape (..., H, W)
        At most 1; 0 throughout for a map without any rise.
    """
    floor = np.median(marked, axis=(-2, -1), keepdims=True)
    height = marked.max(axis=(-2, -1), keepdims=True) - floor
    return np.asarray((marked - floor) / np.where(height > 0, height, 1))


def located(changed: Bools, marked: Floats, *, threshold: float) -> Located | None:
    """
    Judge one map.

    Parameters
    ----------
    changed : ndarray of bool, shape (H, W)
        Places that were changed.
    marked : ndarray of float, shape (H, W)
        What the detector says of each place; higher is more manipulated.
    threshold : float
        At and above which a place is called changed.

    Returns
    -------
    Located or None
        The figures; None where all places were changed, or none.
    """
    truth, score = changed.ravel(), marked.ravel()
    if truth.all() or not truth.any():
        return None
    called = score >= threshold
    both, either = float((called & truth).sum()), float((called | truth).sum())
    total = float(called.sum() + truth.sum())
    return Located(_area(truth, score), 2 * both / total, both / either)


def best_threshold(changed: Bools, marked: Floats) -> float:
    """
    Choose the threshold with the best mean F1 over maps, on validation.

    Parameters
    ----------
    changed : ndarray of bool, shape (n, H, W)
        Places that were changed, of manipulated images.
    marked : ndarray of float, shape (n, H, W)
        Maps.

    Returns
    -------
    float
        The threshold.
    """
    candidates = np.quantile(marked, np.linspace(0.5, 0.999, 60))
    truth, score = changed.reshape(len(changed), -1), marked.reshape(len(marked), -1)
    n = truth.sum(1)
    means = []
    for cut in candidates:
        called = score >= cut
        both = (called & truth).sum(1)
        means.append((2 * both / np.maximum(1, called.sum(1) + n)).mean())
    return float(candidates[int(np.argmax(means))])


def _area(truth: Bools, score: Floats) -> float:
    # Wilcoxon's statistic from mid-ranks
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    rank = (upto - (counts - 1) / 2)[place]
    n, m = float(truth.sum()), float((~truth).sum())
    return float((rank[truth].sum() - n * (n + 1) / 2) / (n * m))
