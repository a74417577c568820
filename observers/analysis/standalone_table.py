"""A detector's scores on cases whose clusters it never saw, lesion by lesion.

The unit of resampling is the patient cluster: where both twins of a photograph
are scored, they are drawn together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.intervals import newcombe5_interval
from observers.analysis.roc import empirical_auc
from observers.analysis.standalone_draws import (
    bootstrap,
    is_flat,
    percentiles,
    square_and_add,
    wilson_pair,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

Pair = tuple[float, float]

DRAWS = 2000
SMALL = 10
"""Below this many cases of a class, percentiles of bootstrap draws mislead."""
EXTREME = 0.05
"""So near to 0 or 1 they do, too."""
MACRO = "macro"


@dataclass(frozen=True)
class ScoredCases:
    """
    Scores of one detector in one view.

    Attributes
    ----------
    score : ndarray of float, shape (C,)
        Logit; higher means manipulated.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    lesion : tuple of str, length C
        Lesion of each case.
    cluster : tuple of str, length C
        Patient cluster of each case.
    threshold : ndarray of float, shape (C,)
        Cut at or above which a case is called manipulated, from validation; one
        a case since cross-fitted models bring their own.
    """

    score: Floats
    truth: Bools
    lesion: tuple[str, ...]
    cluster: tuple[str, ...]
    threshold: Floats


@dataclass(frozen=True)
class ClassReport:
    """
    Precision, recall and F1 of one class, as in the paper's Table 3.

    Attributes
    ----------
    precision, recall, f1 : float or None
        None where nothing was called so, or no such case exists.
    """

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class TableRow:
    """
    What one lesion, or the macro mean over lesions, amounts to.

    Attributes
    ----------
    n_original, n_manipulated : int
        Cases behind the row.
    auc : float or None
        Area under the empirical curve (macro: mean over lesions).
    ci : tuple of float or None
        95 % interval of ``auc``; the note names its method.
    balanced_accuracy : float or None
        (sensitivity + specificity) / 2 at the validation threshold: what the
        paper prints as AUC.
    balanced_accuracy_ci : tuple of float or None
        95 % interval of it.
    original, manipulated : ClassReport or None
        Table 3 rows; None for the macro row.
    note : str
        Why something is None, or how an interval was made.
    """

    n_original: int
    n_manipulated: int
    auc: float | None
    ci: tuple[float, float] | None
    balanced_accuracy: float | None
    balanced_accuracy_ci: tuple[float, float] | None
    original: ClassReport | None
    manipulated: ClassReport | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        """
        Give the row as plain data.

        Returns
        -------
        dict
            JSON-ready, full precision.
        """
        return asdict(self)


def standalone_table(
    cases: ScoredCases, lesions: tuple[str, ...], seed: int, draws: int = DRAWS
) -> dict[str, TableRow]:
    """
    Evaluate a detector for each lesion and as a macro mean over lesions.

    Parameters
    ----------
    cases : ScoredCases
        Scores, truth, lesion and cluster of each case.
    lesions : tuple of str
        Lesions in display order; one without both classes gets Nones.
    seed : int
        Seed of the bootstrap over clusters.
    draws : int, default 2000
        Number of bootstrap draws.

    Returns
    -------
    dict of str to TableRow
        One row a lesion and one called ``macro``.

    Notes
    -----
    Clusters are drawn with replacement within a lesion; a draw that lacks a
    class is dropped for that lesion. Where percentiles of draws are known to be
    too narrow - a class below ten cases, an area above 0.95 or below 0.05, or
    draws that never vary - the area gets Newcombe's fifth method [1]_ and the
    balanced accuracy Wilson's intervals of its two proportions combined by the
    square-and-add rule (MOVER) [2]_, which also gives the macro intervals.

    References
    ----------
    .. [1] Newcombe RG (2006). Confidence intervals for an effect size measure
       based on the Mann-Whitney statistic. Part 2. Statistics in Medicine 25:
       559-573.
    .. [2] Zou GY, Donner A (2008). Construction of confidence limits about effect
       measures: a general approach. Statistics in Medicine 27: 1693-1702.
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, TableRow] = {}
    for lesion in lesions:
        mask = np.array([name == lesion for name in cases.lesion], dtype=bool)
        rows[lesion] = _row(cases, mask, rng, draws)
    rows[MACRO] = _macro(list(rows.values()))
    return rows


# Evaluate the cases under ``mask``.
def _row(
    cases: ScoredCases, mask: Bools, rng: np.random.Generator, draws: int
) -> TableRow:
    truth = cases.truth[mask]
    score = cases.score[mask]
    called = score >= cases.threshold[mask]
    n1 = int(truth.sum())
    n0 = int(truth.size - n1)
    if n0 == 0 or n1 == 0:
        reason = f"needs both classes, has {n0} original and {n1} manipulated"
        return TableRow(n0, n1, None, None, None, None, None, None, reason)
    names = np.array(cases.cluster)[mask]
    boot = bootstrap(truth, score, called, names, (rng, draws))
    auc = float(empirical_auc(truth, score) or 0.0)
    accuracy = balanced_accuracy(truth, called)
    ci, accuracy_ci = percentiles(boot[:, 0]), percentiles(boot[:, 1])
    notes = []
    if min(n0, n1) < SMALL or not EXTREME < auc < 1 - EXTREME or is_flat(ci):
        ci = newcombe5_interval(auc, n0, n1).ends
        notes.append("area: Newcombe method 5")
    if min(n0, n1) < SMALL or is_flat(accuracy_ci):
        accuracy_ci = wilson_pair(truth, called)
        notes.append("balanced accuracy: Wilson, square-and-add")
    notes.append("95 % percentile bootstrap over patient clusters where not named")
    return TableRow(
        n_original=n0,
        n_manipulated=n1,
        auc=auc,
        ci=ci,
        balanced_accuracy=accuracy,
        balanced_accuracy_ci=accuracy_ci,
        original=class_report(~truth, ~called),
        manipulated=class_report(truth, called),
        note="; ".join(notes),
    )


def balanced_accuracy(truth: Bools, called: Bools) -> float:
    """
    Mean of sensitivity and specificity of binary calls.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated; both states occur.
    called : ndarray of bool, shape (C,)
        True where the case is called manipulated.

    Returns
    -------
    float
        Between 0 and 1.
    """
    return float((called[truth].mean() + (~called)[~truth].mean()) / 2)


def class_report(member: Bools, called: Bools) -> ClassReport:
    """
    Precision, recall and F1 of one class.

    Parameters
    ----------
    member : ndarray of bool, shape (C,)
        True where the case belongs to the class.
    called : ndarray of bool, shape (C,)
        True where the case is called so.

    Returns
    -------
    ClassReport
        None where a denominator is zero.
    """
    hits = int((member & called).sum())
    n_called = int(called.sum())
    n_members = int(member.sum())
    total = n_called + n_members
    return ClassReport(
        precision=hits / n_called if n_called else None,
        recall=hits / n_members if n_members else None,
        f1=2 * hits / total if total else None,
    )


# Mean over the lesions that are defined.
def _macro(rows: list[TableRow]) -> TableRow:
    kept = [row for row in rows if row.auc is not None]
    n0 = sum(row.n_original for row in rows)
    n1 = sum(row.n_manipulated for row in rows)
    if not kept:
        reason = "no lesion has both classes"
        return TableRow(n0, n1, None, None, None, None, None, None, reason)
    areas = [float(row.auc or 0.0) for row in kept]
    accuracies = [float(row.balanced_accuracy or 0.0) for row in kept]
    return TableRow(
        n_original=n0,
        n_manipulated=n1,
        auc=float(np.mean(areas)),
        ci=square_and_add(areas, [row.ci for row in kept]),
        balanced_accuracy=float(np.mean(accuracies)),
        balanced_accuracy_ci=square_and_add(
            accuracies, [row.balanced_accuracy_ci for row in kept]
        ),
        original=None,
        manipulated=None,
        note=f"mean over {len(kept)} of {len(rows)} lesions; square-and-add interval",
    )
