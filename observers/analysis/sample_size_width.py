"""How wide the intervals of a planned study will be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from observers.analysis.hillis import satterthwaite, t_quantile
from observers.analysis.intervals import newcombe5_interval
from observers.analysis.sample_size import Assumed, Random, power
from observers.analysis.sample_size_assumed import Expected

FEW = 2
"""With as many readers or fewer the analysis leads with these readers only."""


@dataclass(frozen=True)
class HalfWidth:
    """
    Half the width of an interval that a study can be expected to give.

    Attributes
    ----------
    value : float
        Half of upper less lower end, at most 1; not cut where the scale ends.
    is_fixed : bool
        Whether it holds for these readers only, because a group has one or two;
        else readers and cases are random.
    """

    value: float
    is_fixed: bool


def expected_width(
    auc: float, n_original: int = 45, n_manipulated: int = 5, level: float = 0.95
) -> float:
    """
    Width of one reader's interval (Newcombe's method 5) at an expected area.

    Parameters
    ----------
    auc : float
        Expected area, between 0 and 1.
    n_original : int, optional
        Original cases.
    n_manipulated : int, optional
        Manipulated cases.
    level : float, optional
        Confidence level.

    Returns
    -------
    float
        Upper less lower end.

    Raises
    ------
    ValueError
        If the interval is not defined for these numbers.

    Examples
    --------
    >>> round(expected_width(1.0), 4)
    0.2122
    """
    ends = newcombe5_interval(auc, n_original, n_manipulated, level).ends
    if ends is None:
        msg = "n_original, n_manipulated: needs at least 2 cases in each class"
        raise ValueError(msg)
    return ends[1] - ends[0]


def difference_width(
    assumed: Assumed,
    readers: int,
    cases: int,
    *,
    random: Random = "rrrc",
    alpha: float = 0.05,
) -> float:
    """
    Width of the interval of the difference that a study can be expected to give.

    Parameters
    ----------
    assumed : Assumed
        Components.
    readers : int
        Readers planned.
    cases : int
        Cases planned, in the pilot's mix of truth.
    random : {"rrrc", "frrc", "rrfc"}, optional
        What is random.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    float
        Upper less lower end, at most 2.

    Raises
    ------
    ValueError
        As `power`.
    """
    found = power(assumed, readers, cases, 1.0, random=random, alpha=alpha)
    # An effect of 1 has noncentrality J / (2 D); the variance is 2 D / J.
    df = math.inf if found.df is None else found.df
    return min(2 * t_quantile(df, 1 - alpha / 2) / math.sqrt(found.ncp), 2.0)


def mean_half_width(parts: Expected, readers: int, *, alpha: float = 0.05) -> HalfWidth:
    r"""
    Half-width of the interval of a group's mean area.

    Random readers and cases: :math:`t \sqrt{(MS_R + J Cov_2) / J}` with Hillis's
    degrees of freedom, at the expected components [1]_.

    Parameters
    ----------
    parts : Expected
        Components.
    readers : int
        Readers J of the group, at least 1.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    HalfWidth
        The half-width.

    References
    ----------
    .. [1] Hillis SL (2014). A marginal-mean ANOVA approach for analyzing
       multireader multicase radiological imaging data. Statistics in Medicine
       33: 330-360.
    """
    return _one_group(parts, parts.cov2, readers, alpha)


def standalone_half_width(
    parts: Expected, readers: int, *, alpha: float = 0.05
) -> HalfWidth:
    """
    Half-width of the interval of a group's mean less a detector on the same cases.

    As `mean_half_width` of the differences. The detector is fixed, has the readers'
    area, and its errors are independent of theirs: any positive correlation, and a
    larger area of the detector, make it narrower.

    Parameters
    ----------
    parts : Expected
        Components.
    readers : int
        Readers of the group, at least 1.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    HalfWidth
        The half-width.
    """
    return _one_group(parts, parts.cov2 + parts.var, readers, alpha)


def groups_half_width(
    parts: Expected, first: int, second: int, *, alpha: float = 0.05
) -> HalfWidth:
    r"""
    Half-width of the interval of two groups' difference on the same cases.

    Readers of different groups are as alike as those of one, so cases that are hard
    are hard for both, and only readers and their own errors are left: variance
    :math:`MS_R (1/J_a + 1/J_b)`. Its root is expected to be :math:`\sqrt{2 / \nu}
    \Gamma((\nu + 1) / 2) / \Gamma(\nu / 2)` of the true one, with Satterthwaite's
    :math:`\nu` of the two mean squares; t has the smaller group's degrees of freedom,
    as those of the U-statistic seldom exceed them.

    Parameters
    ----------
    parts : Expected
        Components.
    first : int
        Readers of the first group, at least 1.
    second : int
        Readers of the second group, at least 1.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    HalfWidth
        The half-width.
    """
    share = 1 / first + 1 / second
    if min(first, second) <= FEW:
        return _half((parts.var - parts.cov2) * share, math.inf, alpha, is_fixed=True)
    spread = 1 / (first**2 * (first - 1)) + 1 / (second**2 * (second - 1))
    df = share**2 / spread
    root = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2))
    variance = parts.mean_square * share * root**2 * 2 / df
    return _half(variance, min(first, second) - 1, alpha)


def _one_group(parts: Expected, shared: float, readers: int, alpha: float) -> HalfWidth:
    # shared: what all readers' areas, or differences from the detector, covary by.
    if readers <= FEW:
        own = (parts.var - parts.cov2) / readers
        return _half(own + shared, math.inf, alpha, is_fixed=True)
    mean_square = parts.mean_square
    df = satterthwaite(mean_square, readers - 1, readers * shared)
    return _half(mean_square / readers + shared, df, alpha)


def _half(
    variance: float, df: float, alpha: float, *, is_fixed: bool = False
) -> HalfWidth:
    half = t_quantile(df, 1 - alpha / 2) * math.sqrt(variance)
    return HalfWidth(min(half, 1.0), is_fixed)
