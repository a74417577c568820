"""How well a detector tells forgeries from originals: one cell of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from observers.analysis.detection_bootstrap import Resampled, Resampler, mean

_AVERAGED = (
    "balanced_accuracy",
    "tpr_at_1",
    "tpr_at_5",
    "calibration_error",
    "brier",
)
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
    resampler: Resampler,
) -> tuple[Detection, Resampled]:
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
    resampler : Resampler
        Draws of the patient clusters.

    Returns
    -------
    figures : Detection
        The figures.
    area : Resampled
        The area in every draw, for means and differences.
    """
    is_manipulated, values = np.asarray(truth, bool), np.asarray(score, float)
    p, names = np.asarray(probability, float), np.asarray(cluster, str)
    area = resampler.area(is_manipulated, values, names)
    x, y = values[~is_manipulated], values[is_manipulated]
    sensitivity, false_calls = (y >= threshold).mean(), (x >= threshold).mean()
    called = PREVALENCE * sensitivity + (1 - PREVALENCE) * false_calls
    weight = np.where(is_manipulated, 0.5 / len(y), 0.5 / len(x))
    figures = Detection(
        n_original=len(x),
        n_manipulated=len(y),
        n_clusters=len(np.unique(names)),
        auc=area.value,
        lower=area.estimate.lower,
        upper=area.estimate.upper,
        balanced_accuracy=float((sensitivity + 1 - false_calls) / 2),
        tpr_at_1=_sensitivity_at(x, y, 0.01),
        tpr_at_5=_sensitivity_at(x, y, 0.05),
        precision=float(PREVALENCE * sensitivity / called) if called else None,
        calibration_error=_calibration_error(is_manipulated, p, weight),
        brier=float((weight * (p - is_manipulated) ** 2).sum()),
    )
    return figures, area


def macro(cells: Sequence[tuple[Detection, Resampled]]) -> tuple[Detection, Resampled]:
    """
    Average cells, each weighing alike; numbers of images and clusters are summed.

    Parameters
    ----------
    cells : sequence of tuple
        Figures and resampled areas, at least one.

    Returns
    -------
    figures : Detection
        Their mean.
    area : Resampled
        The mean area in every draw.
    """
    area = mean([resampled for _, resampled in cells])
    parts = [figures for figures, _ in cells]
    known = [one.precision for one in parts if one.precision is not None]
    averaged = {
        name: float(np.mean([getattr(one, name) for one in parts]))
        for name in _AVERAGED
    }
    figures = Detection(
        n_original=sum(one.n_original for one in parts),
        n_manipulated=sum(one.n_manipulated for one in parts),
        n_clusters=sum(one.n_clusters for one in parts),
        auc=area.value,
        lower=area.estimate.lower,
        upper=area.estimate.upper,
        precision=float(np.mean(known)) if known else None,
        **averaged,
    )
    return figures, area


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
