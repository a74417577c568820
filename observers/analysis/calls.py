"""Calls at a threshold: balanced accuracy and the paper's Table 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from observers.analysis.intervals import LEVEL, Interval, wilson_interval
from observers.analysis.means import mean_of
from observers.analysis.operating import OperatingPoint
from observers.analysis.roc import ratio


@dataclass(frozen=True)
class Table3:
    """
    Precision, recall and F1 of both classes, as in the paper's Table 3.

    Attributes
    ----------
    original_precision : float or None
        Share of calls "original" that are right; None where there is no such call.
    original_recall : float or None
        Specificity.
    original_f1 : float or None
        Harmonic mean of the two above.
    manipulated_precision : float or None
        Share of calls "manipulated" that are right; None where there is none.
    manipulated_recall : float or None
        Sensitivity.
    manipulated_f1 : float or None
        Harmonic mean of the two above.
    """

    original_precision: float | None
    original_recall: float | None
    original_f1: float | None
    manipulated_precision: float | None
    manipulated_recall: float | None
    manipulated_f1: float | None

    def to_dict(self) -> dict[str, Any]:
        """
        Give the table as plain data.

        Returns
        -------
        dict
            By class, then by measure.
        """
        return {
            name: {
                measure: getattr(self, f"{name}_{measure}")
                for measure in ("precision", "recall", "f1")
            }
            for name in ("original", "manipulated")
        }


@dataclass(frozen=True)
class Calls:
    """
    Right and wrong calls of one reader with what follows from them.

    Attributes
    ----------
    point : OperatingPoint
        Threshold and counts.
    sensitivity : Interval
        Wilson's interval of the sensitivity.
    specificity : Interval
        Wilson's interval of the specificity.
    balanced_accuracy : float or None
        Mean of sensitivity and specificity.
    interval : Interval
        Interval of the balanced accuracy, recovered from Wilson's two.
    table3 : Table3
        Precision, recall and F1.
    """

    point: OperatingPoint
    sensitivity: Interval
    specificity: Interval
    balanced_accuracy: float | None
    interval: Interval
    table3: Table3

    def to_dict(self) -> dict[str, Any]:
        """
        Give the calls as plain data.

        Returns
        -------
        dict
            Threshold, counts, rates, intervals and Table 3.
        """
        point = self.point
        return {
            **asdict(point),
            "sensitivity": point.sensitivity,
            "sensitivity_ci": self.sensitivity.ends,
            "specificity": point.specificity,
            "specificity_ci": self.specificity.ends,
            "balanced_accuracy": self.balanced_accuracy,
            "balanced_accuracy_ci": self.interval.ends,
            "table3": self.table3.to_dict(),
        }


def calls_at(point: OperatingPoint, *, level: float = LEVEL) -> Calls:
    """
    Work out rates, intervals and Table 3 from counts.

    Parameters
    ----------
    point : OperatingPoint
        The counts.
    level : float, optional
        Confidence level.

    Returns
    -------
    Calls
        What follows from the counts.
    """
    hits, misses = point.true_positives, point.false_negatives
    passes, alarms = point.true_negatives, point.false_positives
    sensitivity = wilson_interval(hits, hits + misses, level)
    specificity = wilson_interval(passes, passes + alarms, level)
    balanced, interval = mean_of(
        [(point.sensitivity, sensitivity), (point.specificity, specificity)],
        method="mover_wilson",
        level=level,
    )
    table = Table3(
        original_precision=ratio(passes, passes + misses),
        original_recall=point.specificity,
        original_f1=ratio(2 * passes, 2 * passes + misses + alarms),
        manipulated_precision=ratio(hits, hits + alarms),
        manipulated_recall=point.sensitivity,
        manipulated_f1=ratio(2 * hits, 2 * hits + misses + alarms),
    )
    return Calls(point, sensitivity, specificity, balanced, interval, table)


def mean_table3(tables: Sequence[Table3]) -> Table3:
    """
    Average tables cell by cell.

    Parameters
    ----------
    tables : sequence of Table3
        At least one table.

    Returns
    -------
    Table3
        The means; None where a cell of any table is.
    """
    cells: dict[str, float | None] = {}
    for field in fields(Table3):
        values = [getattr(table, field.name) for table in tables]
        known = [value for value in values if value is not None]
        complete = known and len(known) == len(values)
        cells[field.name] = float(np.mean(known)) if complete else None
    return Table3(**cells)
