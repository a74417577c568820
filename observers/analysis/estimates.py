"""One reader's AUC with its variance, intervals and what is to be said of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from observers.analysis.delong import delong
from observers.analysis.intervals import (
    LEVEL,
    TWO_PER_CLASS,
    Interval,
    delong_interval,
    logit_delong_interval,
    newcombe5_interval,
    undefined,
)

SMALL_CLASS = 10
"""Below this many cases in a class Newcombe's interval leads."""
NEAR_ONE = 0.95
"""Above this area, or below its mirror image, Newcombe's interval leads."""


@dataclass(frozen=True)
class AucEstimate:
    """
    Empirical area of one score vector, with all its intervals.

    Attributes
    ----------
    auc : float or None
        The area; None when one class has no scored case.
    variance : float or None
        DeLong's variance; None with fewer than two cases in a class.
    n0 : int
        Scored original cases.
    n1 : int
        Scored manipulated cases.
    n_missing : int
        Cases without a score, which were dropped.
    interval : Interval
        The interval that leads.
    newcombe5 : Interval
        Newcombe's method 5.
    logit_delong : Interval
        DeLong's on the logit scale.
    delong : Interval
        DeLong's (Wald).
    notes : tuple of str
        What a reader of the number must know.
    """

    auc: float | None
    variance: float | None
    n0: int
    n1: int
    n_missing: int
    interval: Interval
    newcombe5: Interval
    logit_delong: Interval
    delong: Interval
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """
        Give the estimate as plain data.

        Returns
        -------
        dict
            One entry per field, full precision, None where not defined.
        """
        return {**asdict(self), "notes": list(self.notes)}


def estimate_auc(
    truth: ArrayLike, score: ArrayLike, *, level: float = LEVEL
) -> AucEstimate:
    """
    Estimate the area of one score vector with its intervals.

    Newcombe's method 5 leads when a class has fewer than 10 cases, the area is
    above 0.95 (or below 0.05), or DeLong's variance is zero; else logit-DeLong.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped and counted).
    level : float, optional
        Confidence level.

    Returns
    -------
    AucEstimate
        The estimate; what is not defined is None, with a reason in words.

    Examples
    --------
    >>> estimate = estimate_auc([False] * 45 + [True] * 5, range(50))
    >>> estimate.interval.method, round(estimate.interval.lower, 6)
    ('newcombe5', 0.787797)
    """
    score = np.asarray(score, dtype=np.float64)
    areas = delong(truth, score[None, :])
    n0, n1 = int(areas.n0[0]), int(areas.n1[0])
    auc = float(areas.auc[0]) if n0 and n1 else None
    variance = areas.contrast([1])[1] if min(n0, n1) > 1 else None
    newcombe, logit, wald = _intervals(auc, variance, n0, n1, level)
    small = min(n0, n1) < SMALL_CLASS
    extreme = auc is not None and not 1 - NEAR_ONE <= auc <= NEAR_ONE
    return AucEstimate(
        auc=auc,
        variance=variance,
        n0=n0,
        n1=n1,
        n_missing=score.size - n0 - n1,
        interval=newcombe if small or extreme or variance == 0 else logit,
        newcombe5=newcombe,
        logit_delong=logit,
        delong=wald,
        notes=_notes(auc, variance, (n0, n1), score.size - n0 - n1),
    )


def auc_interval(
    truth: ArrayLike, score: ArrayLike, *, level: float = LEVEL
) -> Interval:
    """
    Choose the interval that leads for one AUC.

    Parameters
    ----------
    truth : array_like of bool, shape (C,)
        True where the case is manipulated.
    score : array_like of float, shape (C,)
        Scores; NaN where missing (dropped).
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        As `estimate_auc` chooses, under its name.
    """
    return estimate_auc(truth, score, level=level).interval


def _intervals(
    auc: float | None, variance: float | None, n0: int, n1: int, level: float
) -> tuple[Interval, Interval, Interval]:
    if auc is None or variance is None:
        reason = TWO_PER_CLASS if auc is not None else _empty_class(n0, n1)
        newcombe, logit, wald = (
            undefined(method, reason, level)
            for method in ("newcombe5", "logit_delong", "delong")
        )
        return newcombe, logit, wald
    return (
        newcombe5_interval(auc, n0, n1, level),
        logit_delong_interval(auc, variance, level),
        delong_interval(auc, variance, level),
    )


def _empty_class(n0: int, n1: int) -> str:
    absent = " and ".join(
        name for name, n in (("original", n0), ("manipulated", n1)) if not n
    )
    return f"undefined: there is no scored {absent} case"


def _notes(
    auc: float | None, variance: float | None, n: tuple[int, int], n_missing: int
) -> tuple[str, ...]:
    notes = []
    if n_missing:
        notes.append(f"missing scores dropped: {n_missing}")
    if auc is None:
        notes.append(f"AUC {_empty_class(*n)}")
    elif variance is None:
        notes.append(f"variance and intervals undefined: {TWO_PER_CLASS}")
    elif variance == 0:
        notes.append("variance zero: DeLong and bootstrap intervals undefined")
    if auc is not None and auc < _CHANCE:
        notes.append("below 0.5: originals were scored above manipulated cases")
    return tuple(notes)


_CHANCE = 0.5
