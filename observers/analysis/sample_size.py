"""Power and size of a reader study, from a pilot or from assumed components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy import stats

from observers.analysis.mrmc_components import Components

Random = Literal["rrrc", "frrc", "rrfc"]
LARGEST = 100_000


@dataclass(frozen=True)
class Assumed:
    """
    Components on which a study is planned.

    Attributes
    ----------
    var_tr : float
        Variance component of modality by reader; a negative one counts as 0.
    var : float
        Error variance of one figure of merit, at ``cases`` cases.
    cov1 : float
        Error covariance, same reader, different modalities.
    cov2 : float
        Error covariance, different readers, same modality.
    cov3 : float
        Error covariance, different readers and modalities.
    cases : int
        Cases of the study that they come from.
    """

    var_tr: float
    var: float
    cov1: float
    cov2: float
    cov3: float
    cases: int


@dataclass(frozen=True)
class Power:
    """
    Power of a test of two modalities.

    Attributes
    ----------
    power : float
        Chance to reject equality when the effect is as assumed.
    ncp : float
        Noncentrality parameter.
    df : float or None
        Denominator degrees of freedom; None for the chi-square of fixed readers.
    critical : float
        Critical value of F, or of chi-square for fixed readers.
    """

    power: float
    ncp: float
    df: float | None
    critical: float


def assumed_from(parts: Components, cases: int) -> Assumed:
    """
    Take components from a pilot study.

    Parameters
    ----------
    parts : Components
        Components of the pilot's Obuchowski-Rockette analysis.
    cases : int
        Cases of the pilot.

    Returns
    -------
    Assumed
        The components.
    """
    return Assumed(parts.var_tr, parts.var, parts.cov1, parts.cov2, parts.cov3, cases)


def power(
    assumed: Assumed,
    readers: int,
    cases: int,
    effect: float,
    *,
    random: Random = "rrrc",
    alpha: float = 0.05,
) -> Power:
    r"""
    Power of a study of two modalities read by all readers.

    With :math:`s = K^*/K`: random readers and cases have :math:`D = \sigma^2_{TR}
    + s [Var - Cov_1 + (J-1) \max(Cov_2 - Cov_3, 0)]` and noncentrality
    :math:`\Delta = J \delta^2 / (2 D)` [1]_.

    Parameters
    ----------
    assumed : Assumed
        Components.
    readers : int
        Readers planned, at least 2 (1 for fixed readers).
    cases : int
        Cases planned, in the pilot's mix of truth.
    effect : float
        Difference of the figures of merit to detect.
    random : {"rrrc", "frrc", "rrfc"}, optional
        What is random: readers and cases, cases, or readers.
    alpha : float, optional
        Two-sided level.

    Returns
    -------
    Power
        Power and what it rests on.

    Raises
    ------
    ValueError
        If there are too few readers or cases, or the components leave no
        variance.

    References
    ----------
    .. [1] Hillis SL, Obuchowski NA, Berbaum KS (2011). Power estimation for
       multireader ROC methods: an updated and unified approach. Academic
       Radiology 18: 129-142.
    """
    if readers < (1 if random == "frrc" else 2) or cases < 2:
        msg = f"readers, cases: {readers} readers and {cases} cases are too few"
        raise ValueError(msg)
    scale = assumed.cases / cases
    gap = max(assumed.cov2 - assumed.cov3, 0.0)
    readers_only = max(assumed.var_tr, 0.0)
    mean_square = readers_only + scale * (assumed.var - assumed.cov1 - gap)
    by_cases = scale * (assumed.var - assumed.cov1 + (readers - 1) * gap)
    denominator = {
        "rrrc": readers_only + by_cases,
        "frrc": by_cases,
        "rrfc": mean_square,
    }[random]
    if denominator <= 0 or (random != "frrc" and mean_square <= 0):
        msg = "assumed: the components leave no variance; they cannot be right"
        raise ValueError(msg)
    ncp = readers * effect**2 / (2 * denominator)
    if random == "frrc":
        critical = float(stats.chi2.isf(alpha, 1))
        chance = float(stats.ncx2.sf(critical, 1, ncp)) if ncp else alpha
        return Power(chance, ncp, None, critical)
    df = (readers - 1) * (denominator / mean_square) ** 2
    critical = float(stats.f.isf(alpha, 1, df))
    # Without noncentrality scipy 1.17 answers ncf.sf and ncx2.sf below zero.
    chance = float(stats.ncf.sf(critical, 1, df, ncp)) if ncp else alpha
    return Power(chance, ncp, df, critical)


def cases_needed(
    assumed: Assumed,
    readers: int,
    effect: float,
    *,
    target: float = 0.8,
    random: Random = "rrrc",
    alpha: float = 0.05,
) -> int | None:
    """
    Least number of cases that reaches a power.

    Parameters
    ----------
    assumed : Assumed
        Components.
    readers : int
        Readers planned.
    effect : float
        Difference to detect.
    target : float, optional
        Power to reach.
    random : {"rrrc", "frrc", "rrfc"}, optional
        What is random.
    alpha : float, optional
        Two-sided level.

    Returns
    -------
    int or None
        The number; None where 100,000 cases are not enough.
    """

    def reached(cases: int) -> bool:
        found = power(assumed, readers, cases, effect, random=random, alpha=alpha)
        return found.power >= target

    return _least(reached, 2)


def readers_needed(
    assumed: Assumed,
    cases: int,
    effect: float,
    *,
    target: float = 0.8,
    random: Random = "rrrc",
    alpha: float = 0.05,
) -> int | None:
    """
    Least number of readers that reaches a power.

    Parameters
    ----------
    assumed : Assumed
        Components.
    cases : int
        Cases planned.
    effect : float
        Difference to detect.
    target : float, optional
        Power to reach.
    random : {"rrrc", "frrc", "rrfc"}, optional
        What is random.
    alpha : float, optional
        Two-sided level.

    Returns
    -------
    int or None
        The number; None where 100,000 readers are not enough.
    """

    def reached(readers: int) -> bool:
        found = power(assumed, readers, cases, effect, random=random, alpha=alpha)
        return found.power >= target

    return _least(reached, 2)


def _least(reached: Callable[[int], bool], first: int) -> int | None:
    # Doubling, then halving: power grows with readers and with cases.
    high = first
    while not reached(high):
        if high >= LARGEST:
            return None
        high = min(2 * high, LARGEST)
    low = first
    while low < high:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle + 1
    return low
