"""One group of readers against another, readers nested in group."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.delong import delong
from observers.analysis.hillis import Inference, infer, undefined
from observers.analysis.ustatistic import of_difference
from observers.analysis.ustatistic_moments import ReaderSet
from observers.analysis.ustatistic_sums import pair_sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ONE_READER = "a group has one reader: random readers are not available"
TWO_READERS = "a group has two readers: the fixed-reader test leads"


@dataclass(frozen=True)
class GroupDifference:
    """
    Difference of the mean areas of two groups of readers, first minus second.

    Attributes
    ----------
    difference : float or None
        Mean area of the first group minus that of the second.
    random : Inference
        Random readers and cases: U-statistic with BDG degrees of freedom.
    fixed : Inference
        These readers only, random cases: DeLong's contrast.
    leading : str
        ``fixed`` where a group has one or two readers, else ``random``.
    """

    difference: float | None
    random: Inference
    fixed: Inference
    leading: str


def compare_groups(
    truth: Bools, first: Floats, second: Floats, *, alpha: float = 0.05
) -> GroupDifference:
    """
    Compare two groups of different readers on the same or other cases.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    first : ndarray of float, shape (R1, C)
        Scores of the first group; NaN where missing.
    second : ndarray of float, shape (R2, C)
        Scores of the second group.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    GroupDifference
        Random- and fixed-reader results.
    """
    sizes = len(first), len(second)
    score = np.concatenate([first, second])
    numbers = np.arange(sum(sizes))
    a = ReaderSet(numbers[: sizes[0]], numbers[: sizes[0]])
    b = ReaderSet(numbers[sizes[0] :], numbers[sizes[0] :])
    difference = of_difference(pair_sums(truth, score), a, b)
    weight = np.repeat([1 / sizes[0], -1 / sizes[1]], sizes)
    if min(sizes) == 1:
        random = undefined(ONE_READER, difference.estimate)
    else:
        random = difference.infer(alpha)
    if min(sizes) == 2:
        random = random.with_notes(TWO_READERS)
    return GroupDifference(
        difference=difference.estimate,
        random=random,
        fixed=contrast(truth, score, weight, alpha=alpha),
        leading="fixed" if min(sizes) <= 2 else "random",
    )


def contrast(
    truth: Bools, score: Floats, weight: Floats, *, alpha: float = 0.05
) -> Inference:
    """
    Test a weighted sum of areas for fixed readers, by DeLong's covariance.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (V, C)
        Scores; NaN where missing.
    weight : ndarray of float, shape (V,)
        Weights, which sum to 0 for a difference.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    Inference
        Normal test of the sum.
    """
    estimate, variance = delong(truth, score).contrast(weight)
    if math.isnan(estimate):
        return undefined("a reader has no scored case of a class")
    return infer(estimate, variance, math.inf, alpha=alpha)
