"""Operating points: the calls of one reader at a cut of the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from observers.analysis.roc import ratio, roc_curve, split_by_truth


@dataclass(frozen=True)
class OperatingPoint:
    """
    Calls at one cut of the score, with the counts behind them.

    Attributes
    ----------
    threshold : float
        The cut.
    inclusive : bool
        Whether a score equal to the cut is called manipulated.
    true_positives : int
        Manipulated cases called manipulated.
    false_negatives : int
        Manipulated cases called original.
    true_negatives : int
        Original cases called original.
    false_positives : int
        Original cases called manipulated.
    """

    threshold: float
    inclusive: bool
    true_positives: int
    false_negatives: int
    true_negatives: int
    false_positives: int

    @property
    def sensitivity(self) -> float | None:
        """
        Share of manipulated cases that are called so; None without any.

        Returns
        -------
        float or None
            TP / (TP + FN).
        """
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def specificity(self) -> float | None:
        """
        Share of original cases that are called so; None without any.

        Returns
        -------
        float or None
            TN / (TN + FP).
        """
        return ratio(self.true_negatives, self.true_negatives + self.false_positives)

    @property
    def balanced_accuracy(self) -> float | None:
        """
        Mean of sensitivity and specificity; None where either is.

        Returns
        -------
        float or None
            Between 0 and 1.
        """
        if self.sensitivity is None or self.specificity is None:
            return None
        return (self.sensitivity + self.specificity) / 2


def operating_point(
    truth: ArrayLike, score: ArrayLike, threshold: float, *, inclusive: bool = True
) -> OperatingPoint:
    """
    Count right and wrong calls at one cut of the score.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped).
    threshold : float
        The cut.
    inclusive : bool, optional
        Call a case manipulated when its score is at least the cut (default), or
        only above it.

    Returns
    -------
    OperatingPoint
        The counts of right and wrong calls.
    """
    x, y = split_by_truth(truth, score)
    call = np.greater_equal if inclusive else np.greater
    false_positives = int(call(x, threshold).sum())
    true_positives = int(call(y, threshold).sum())
    return OperatingPoint(
        threshold=float(threshold),
        inclusive=inclusive,
        true_positives=true_positives,
        false_negatives=y.size - true_positives,
        true_negatives=x.size - false_positives,
        false_positives=false_positives,
    )


def youden_point(truth: ArrayLike, score: ArrayLike) -> OperatingPoint | None:
    """
    Operating point with the largest sensitivity + specificity.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing.

    Returns
    -------
    OperatingPoint or None
        The point (the highest threshold among equals); None when one class has
        no scored case. Chosen on the same cases, it is optimistic.
    """
    curve = roc_curve(truth, score)
    if curve is None:
        return None
    gain = curve.true_positive_rate - curve.false_positive_rate
    return operating_point(truth, score, float(curve.threshold[np.argmax(gain)]))
