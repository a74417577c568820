"""Accuracy of one reader or the detector, and what a mean or difference holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from observers.analysis.calls import Calls, Table3, calls_at
from observers.analysis.estimates import estimate_auc
from observers.analysis.intervals import (
    LEVEL,
    Interval,
    undefined,
)
from observers.analysis.means import Estimate
from observers.analysis.operating import operating_point
from observers.analysis.roc import Bools, Floats

NO_THRESHOLD = "no threshold was given"


@dataclass(frozen=True)
class Cut:
    """
    Rule that turns a score into a call.

    Attributes
    ----------
    threshold : float
        The cut.
    inclusive : bool
        Whether a score equal to it is called manipulated.
    """

    threshold: float
    inclusive: bool

    def calls(self, score: Floats) -> Floats:
        """
        Turn scores into calls.

        Parameters
        ----------
        score : ndarray of float
            Scores; NaN where missing.

        Returns
        -------
        ndarray of float
            1 where called manipulated, 0 where original, NaN where missing.
        """
        call = np.greater_equal if self.inclusive else np.greater
        return np.where(np.isnan(score), np.nan, call(score, self.threshold))


@dataclass(frozen=True)
class Accuracy:
    """
    Accuracy of one reader, group or detector, in one lesion or over all.

    Attributes
    ----------
    definition : str
        What the numbers are means of, in words.
    auc : float or None
        Area under the empirical ROC curve.
    interval : Interval
        The interval of the area that leads.
    delong : Interval
        DeLong's interval of the area, readers fixed.
    variance : float or None
        DeLong's variance of the area, readers fixed.
    balanced_accuracy : float or None
        Mean of sensitivity and specificity at the threshold.
    balanced_interval : Interval
        Its interval.
    sensitivity_interval : Interval
        Interval of the sensitivity, which is in `table3`.
    specificity_interval : Interval
        Interval of the specificity, likewise.
    table3 : Table3 or None
        Precision, recall and F1 of both classes; None without a threshold.
    calls : Calls or None
        Threshold, counts and rates of one reader in one lesion.
    n0 : int
        Scored original cases; of a group, the fewest of its readers.
    n1 : int
        Scored manipulated cases, likewise.
    n_missing : int
        Missing scores, over all readers.
    n_readers : int
        Readers that went in.
    notes : tuple of str
        What a reader of the numbers must know.
    """

    definition: str
    auc: float | None
    interval: Interval
    delong: Interval
    variance: float | None
    balanced_accuracy: float | None
    balanced_interval: Interval
    sensitivity_interval: Interval
    specificity_interval: Interval
    table3: Table3 | None
    calls: Calls | None
    n0: int
    n1: int
    n_missing: int
    n_readers: int
    notes: tuple[str, ...]

    @property
    def area(self) -> Estimate:
        """
        Area with the interval that leads.

        Returns
        -------
        tuple
            Estimate and interval.
        """
        return self.auc, self.interval

    @property
    def balanced(self) -> Estimate:
        """
        Balanced accuracy with its interval.

        Returns
        -------
        tuple
            Estimate and interval.
        """
        return self.balanced_accuracy, self.balanced_interval

    @property
    def sensitivity(self) -> Estimate:
        """
        Sensitivity with its interval.

        Returns
        -------
        tuple
            Estimate and interval.
        """
        rate = None if self.table3 is None else self.table3.manipulated_recall
        return rate, self.sensitivity_interval

    @property
    def specificity(self) -> Estimate:
        """
        Specificity with its interval.

        Returns
        -------
        tuple
            Estimate and interval.
        """
        rate = None if self.table3 is None else self.table3.original_recall
        return rate, self.specificity_interval

    def to_dict(self) -> dict[str, Any]:
        """
        Give the accuracy as plain data.

        Returns
        -------
        dict
            Full precision; None where not defined, with the reason beside it.
        """
        return {
            "definition": self.definition,
            "auc": self.auc,
            "ci": self.interval.ends,
            "ci_method": self.interval.method,
            "ci_reason": self.interval.reason,
            "ci_delong": self.delong.ends,
            "ci_delong_reason": self.delong.reason,
            "variance": self.variance,
            "balanced_accuracy": self.balanced_accuracy,
            "balanced_accuracy_ci": self.balanced_interval.ends,
            "balanced_accuracy_reason": self.balanced_interval.reason,
            "sensitivity_ci": self.sensitivity_interval.ends,
            "specificity_ci": self.specificity_interval.ends,
            "table3": self.table3 and self.table3.to_dict(),
            "calls": self.calls and self.calls.to_dict(),
            "n0": self.n0,
            "n1": self.n1,
            "n_missing": self.n_missing,
            "n_readers": self.n_readers,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Gap:
    """
    Detector minus a group of readers, on the same cases.

    Attributes
    ----------
    definition : str
        What is subtracted from what.
    auc : float or None
        Difference of the areas.
    interval : Interval
        Its interval.
    balanced_accuracy : float or None
        Difference of the balanced accuracies.
    balanced_interval : Interval
        Its interval.
    """

    definition: str
    auc: float | None
    interval: Interval
    balanced_accuracy: float | None
    balanced_interval: Interval

    @property
    def percent_points(self) -> float | None:
        """
        Difference of the areas in per cent points.

        Returns
        -------
        float or None
            100 times the difference.
        """
        return None if self.auc is None else 100 * self.auc

    def to_dict(self) -> dict[str, Any]:
        """
        Give the difference as plain data.

        Returns
        -------
        dict
            As a share and in per cent points.
        """
        ends, balanced = self.interval.ends, self.balanced_accuracy
        return {
            "definition": self.definition,
            "auc": self.auc,
            "ci": ends,
            "ci_method": self.interval.method,
            "ci_reason": self.interval.reason,
            "percent_points": self.percent_points,
            "percent_points_ci": ends and (100 * ends[0], 100 * ends[1]),
            "balanced_accuracy": balanced,
            "balanced_accuracy_ci": self.balanced_interval.ends,
            "balanced_accuracy_percent_points": balanced and 100 * balanced,
        }


def reader_accuracy(
    truth: Bools, score: Floats, cut: Cut | None, *, level: float = LEVEL
) -> Accuracy:
    """
    Estimate the accuracy of one reader (or the detector) in one lesion.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (C,)
        Scores; NaN where missing.
    cut : Cut or None
        Rule of the calls; None leaves them out.
    level : float, optional
        Confidence level.

    Returns
    -------
    Accuracy
        The accuracy.
    """
    estimate = estimate_auc(truth, score, level=level)
    calls = None
    uncalled = undefined("mover_wilson", NO_THRESHOLD, level)
    if cut is not None:
        point = operating_point(truth, score, cut.threshold, inclusive=cut.inclusive)
        calls = calls_at(point, level=level)
    return Accuracy(
        definition="empirical AUC of one reader",
        auc=estimate.auc,
        interval=estimate.interval,
        delong=estimate.delong,
        variance=estimate.variance,
        balanced_accuracy=None if calls is None else calls.balanced_accuracy,
        balanced_interval=uncalled if calls is None else calls.interval,
        sensitivity_interval=uncalled if calls is None else calls.sensitivity,
        specificity_interval=uncalled if calls is None else calls.specificity,
        table3=None if calls is None else calls.table3,
        calls=calls,
        n0=estimate.n0,
        n1=estimate.n1,
        n_missing=estimate.n_missing,
        n_readers=1,
        notes=estimate.notes,
    )
