"""Means of accuracy over readers and lesions, and detector minus readers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from observers.analysis.accuracy import Accuracy, Cut, Gap
from observers.analysis.calls import mean_table3
from observers.analysis.delong import delong
from observers.analysis.intervals import LEVEL, Interval, normal_interval, undefined
from observers.analysis.means import correlation_of, difference_of, mean_of
from observers.analysis.roc import Bools, Floats

OVER_READERS = "mean over readers, readers fixed, cases random"
OVER_LESIONS = "mean over lesions, lesions independent"


def group_accuracy(
    truth: Bools,
    score: Floats,
    members: Sequence[Accuracy],
    cut: Cut,
    *,
    level: float = LEVEL,
) -> Accuracy:
    """
    Average the accuracy of a group's readers in one lesion.

    Readers are fixed and cases random; the interval is recovered from those of
    the readers with DeLong's correlation between them (1 where it is undefined,
    which can only widen). Of calls, DeLong's components within a class are half the
    calls less their mean, so that those of the manipulated cases alone correlate the
    sensitivities, and those of the originals the specificities. There a negative
    correlation, which few cases give by chance, counts as 0, as it would narrow.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (R, C)
        Scores of the group's readers.
    members : sequence of Accuracy
        Accuracy of each of the R readers.
    cut : Cut
        Rule of the calls.
    level : float, optional
        Confidence level.

    Returns
    -------
    Accuracy
        The mean over the readers who have an area; a note names how many do not.
    """
    has = np.array([member.auc is not None for member in members], bool)
    used = [member for member in members if member.auc is not None]
    areas = delong(truth, score[has])
    method = "fixed_reader_mover"
    r_area = correlation_of(areas.covariance, where_undefined=1.0)
    called = delong(truth, cut.calls(score[has]))
    r_call = correlation_of(called.covariance, where_undefined=1.0)
    sensitivity, specificity = (
        mean_of(rate, method=method, correlation=_of_calls(own), level=level)[1]
        for rate, own in (
            ([m.sensitivity for m in used], called.components[:, truth]),  # (R, n1)
            ([m.specificity for m in used], called.components[:, ~truth]),  # (R, n0)
        )
    )
    auc, interval = mean_of(
        [member.area for member in used],
        method=method,
        correlation=r_area,
        level=level,
    )
    balanced, balanced_interval = mean_of(
        [member.balanced for member in used],
        method=method,
        correlation=r_call,
        level=level,
    )
    variance = areas.contrast(np.full(len(used), 1 / max(len(used), 1)))[1]
    variance_or_none = None if not used or np.isnan(variance) else variance
    return Accuracy(
        definition=OVER_READERS,
        auc=auc,
        interval=interval,
        delong=_wald(auc, variance_or_none, level),
        variance=variance_or_none,
        balanced_accuracy=balanced,
        balanced_interval=balanced_interval,
        sensitivity_interval=sensitivity,
        specificity_interval=specificity,
        table3=mean_table3([m.table3 for m in used if m.table3 is not None]),
        calls=None,
        n0=min((member.n0 for member in used), default=0),
        n1=min((member.n1 for member in used), default=0),
        n_missing=sum(member.n_missing for member in members),
        n_readers=len(used),
        notes=_group_notes(members, used),
    )


def macro_accuracy(parts: Sequence[Accuracy], *, level: float = LEVEL) -> Accuracy:
    """
    Average the accuracy over lesions.

    Parameters
    ----------
    parts : sequence of Accuracy
        Accuracy in each lesion, of the same reader, group or detector.
    level : float, optional
        Confidence level.

    Returns
    -------
    Accuracy
        The mean; None where a lesion has none.
    """
    auc, interval = mean_of([p.area for p in parts], method="mover", level=level)
    balanced, balanced_interval = mean_of(
        [p.balanced for p in parts], method="mover", level=level
    )
    variances = [p.variance for p in parts if p.variance is not None]
    complete = len(variances) == len(parts)
    variance = sum(variances) / len(parts) ** 2 if complete else None
    tables = [p.table3 for p in parts if p.table3 is not None]
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return Accuracy(
        definition=f"{parts[0].definition}; {OVER_LESIONS}",
        auc=auc,
        interval=interval,
        delong=_wald(auc, variance, level),
        variance=variance,
        balanced_accuracy=balanced,
        balanced_interval=balanced_interval,
        sensitivity_interval=mean_of(
            [p.sensitivity for p in parts], method="mover", level=level
        )[1],
        specificity_interval=mean_of(
            [p.specificity for p in parts], method="mover", level=level
        )[1],
        table3=mean_table3(tables) if len(tables) == len(parts) else None,
        calls=None,
        n0=sum(p.n0 for p in parts),
        n1=sum(p.n1 for p in parts),
        n_missing=sum(p.n_missing for p in parts),
        n_readers=max(p.n_readers for p in parts),
        notes=tuple(notes),
    )


def gap_between(
    detector: Accuracy,
    group: Accuracy,
    correlations: tuple[float, float] = (0.0, 0.0),
    *,
    level: float = LEVEL,
) -> Gap:
    """
    Subtract a group's accuracy from the detector's, in one lesion.

    Parameters
    ----------
    detector : Accuracy
        The detector's.
    group : Accuracy
        The group's.
    correlations : tuple of float, optional
        Correlation of the two areas, and of the two balanced accuracies.
    level : float, optional
        Confidence level.

    Returns
    -------
    Gap
        Detector minus group.
    """
    method = "fixed_reader_mover"
    auc, interval = difference_of(
        detector.area,
        group.area,
        method=method,
        correlation=correlations[0],
        level=level,
    )
    balanced, balanced_interval = difference_of(
        detector.balanced,
        group.balanced,
        method=method,
        correlation=correlations[1],
        level=level,
    )
    definition = f"detector minus group ({OVER_READERS})"
    return Gap(definition, auc, interval, balanced, balanced_interval)


def macro_gap(parts: Sequence[Gap], *, level: float = LEVEL) -> Gap:
    """
    Average differences over lesions.

    Parameters
    ----------
    parts : sequence of Gap
        Difference in each lesion.
    level : float, optional
        Confidence level.

    Returns
    -------
    Gap
        The mean difference.
    """
    auc, interval = mean_of(
        [(p.auc, p.interval) for p in parts], method="mover", level=level, low=-1.0
    )
    balanced, balanced_interval = mean_of(
        [(p.balanced_accuracy, p.balanced_interval) for p in parts],
        method="mover",
        level=level,
        low=-1.0,
    )
    definition = f"{parts[0].definition}; {OVER_LESIONS}"
    return Gap(definition, auc, interval, balanced, balanced_interval)


def correlation_with_mean(truth: ArrayLike, one: Floats, group: Floats) -> float:
    """
    Correlate the area of one score vector with the mean area of a group.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    one : ndarray of float, shape (C,)
        Scores of the one.
    group : ndarray of float, shape (R, C)
        Scores of the group.

    Returns
    -------
    float
        DeLong's correlation; 0 where a variance is zero or undefined.
    """
    components = delong(truth, np.vstack([one, group])).components  # (1 + R, C)
    pair = np.vstack([components[0], components[1:].mean(axis=0)])  # (2, C)
    return float(correlation_of(pair @ pair.T, where_undefined=0.0)[0, 1])


# Correlation of the rates of calls from components of one class, (R, n); none below 0.
def _of_calls(components: Floats) -> Floats:
    found = correlation_of(components @ components.T, where_undefined=1.0)
    return np.maximum(found, 0.0)


def _wald(auc: float | None, variance: float | None, level: float) -> Interval:
    method = "fixed_reader_delong"
    if auc is None or variance is None:
        return undefined(method, "a part of the mean has no variance", level)
    return normal_interval(method, auc, variance, level=level)


def _group_notes(
    members: Sequence[Accuracy], used: Sequence[Accuracy]
) -> tuple[str, ...]:
    notes = []
    if len(used) < len(members):
        notes.append(
            f"mean over {len(used)} of {len(members)} readers: the others have no AUC"
        )
    flat = sum(member.variance == 0 for member in used)
    if flat:
        notes.append(f"readers with zero DeLong variance: {flat}")
    missing = sum(member.n_missing for member in members)
    if missing:
        notes.append(f"missing scores dropped: {missing}")
    return tuple(notes)
