"""Two groups of readers compared from their areas and covariance alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from observers.analysis.groups import ONE_READER, TWO_READERS, GroupDifference
from observers.analysis.hillis import infer, snapped, undefined

Floats = NDArray[np.float64]
CLAMPED = "Cov2 of both groups less twice Cov3 is negative: it is taken as 0"


def compare_group_areas(
    auc: Floats, covariance: Floats, n_first: int, *, alpha: float = 0.05
) -> GroupDifference:
    r"""
    Compare two groups of different readers, readers nested in group.

    With random readers :math:`Var = MS_a / J_a + MS_b / J_b + \max(Cov_{2a} +
    Cov_{2b} - 2 Cov_{3ab}, 0)`, mean squares within each group and covariances
    averaged over pairs of readers [1]_; degrees of freedom by Satterthwaite from
    the two mean squares. With the unbiased covariance, unclamped, it is the
    U-statistic's variance.

    Parameters
    ----------
    auc : ndarray of float, shape (V,)
        Areas, those of the first group first.
    covariance : ndarray of float, shape (V, V)
        Their covariance over cases.
    n_first : int
        Readers of the first group.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    GroupDifference
        Random- and fixed-reader results, first minus second.

    References
    ----------
    .. [1] Hillis SL (2014). A marginal-mean ANOVA approach for analyzing
       multireader multicase radiological imaging data. Statistics in Medicine
       33: 330-360.
    """
    sizes = n_first, auc.size - n_first
    weight = np.repeat([1 / sizes[0], -1 / sizes[1]], sizes)
    difference = float(weight @ auc)
    fixed = infer(
        difference, float(weight @ covariance @ weight), math.inf, alpha=alpha
    )
    leading = "fixed" if min(sizes) <= 2 else "random"
    if min(sizes) == 1:
        random = undefined(ONE_READER, difference)
        return GroupDifference(difference, random, fixed, leading)
    groups = slice(0, n_first), slice(n_first, None)
    parts = [
        snapped(float(auc[own].var(ddof=1))) / size
        for own, size in zip(groups, sizes, strict=True)
    ]
    shared = sum(_cov2(covariance[own, own]) for own in groups)
    shared = snapped(shared - 2 * float(covariance[groups[0], groups[1]].mean()))
    variance = sum(parts) + max(shared, 0.0)
    spread = sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    df = variance**2 / spread if spread > 0 else math.inf
    random = infer(difference, variance, df, alpha=alpha).with_notes(
        CLAMPED if shared < 0 else "",
        TWO_READERS if min(sizes) == 2 else "",
    )
    return GroupDifference(difference, random, fixed, leading)


def _cov2(block: Floats) -> float:
    n = len(block)
    return float((block.sum() - np.trace(block)) / (n * (n - 1)))
