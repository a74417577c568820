r"""Confidence intervals of one AUC and of a proportion, each under its name.

Where an interval is not defined its ends are None and a reason says why in
words: never NaN, never a width of zero that pretends to certainty.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

LEVEL = 0.95
TWO_PER_CLASS = "needs at least 2 cases in each class"
ZERO_VARIANCE = "undefined: the estimated variance is zero"


@dataclass(frozen=True)
class Interval:
    """
    Confidence interval, or the reason why there is none.

    Attributes
    ----------
    method : str
        Name of the method.
    level : float
        Confidence level, between 0 and 1.
    lower : float or None
        Lower end; None where not defined.
    upper : float or None
        Upper end; None where not defined.
    truncated : bool
        Whether an end was cut to the range of the quantity.
    reason : str
        Why the interval is not defined; empty where it is.
    """

    method: str
    level: float
    lower: float | None
    upper: float | None
    truncated: bool = False
    reason: str = ""

    @property
    def ends(self) -> tuple[float, float] | None:
        """
        Lower and upper end.

        Returns
        -------
        tuple of float, or None
            None where the interval is not defined.
        """
        if self.lower is None or self.upper is None:
            return None
        return self.lower, self.upper

    def to_dict(self) -> dict[str, Any]:
        """
        Give the interval as plain data.

        Returns
        -------
        dict
            One entry per field, ready for JSON.
        """
        return asdict(self)


def undefined(method: str, reason: str, level: float = LEVEL) -> Interval:
    """
    Make an interval that is not defined.

    Parameters
    ----------
    method : str
        Name of the method.
    reason : str
        Why it is not defined, in words.
    level : float, optional
        Confidence level asked for.

    Returns
    -------
    Interval
        Without ends.
    """
    return Interval(method, level, None, None, reason=reason)


def normal_interval(
    method: str,
    estimate: float,
    variance: float,
    *,
    level: float = LEVEL,
    low: float = 0.0,
    high: float = 1.0,
) -> Interval:
    """
    Make the symmetric normal interval, cut to the range of the quantity.

    Parameters
    ----------
    method : str
        Name to give it.
    estimate : float
        The estimate.
    variance : float
        Its estimated variance; not above 0 gives an undefined interval.
    level : float, optional
        Confidence level.
    low : float, optional
        Least possible value.
    high : float, optional
        Greatest possible value.

    Returns
    -------
    Interval
        The interval, ``truncated`` where it left the range.
    """
    if not variance > 0:
        return undefined(method, ZERO_VARIANCE, level)
    half = _z(level) * float(np.sqrt(variance))
    lower, upper = estimate - half, estimate + half
    cut = lower < low or upper > high
    return Interval(method, level, max(lower, low), min(upper, high), truncated=cut)


def delong_interval(auc: float, variance: float, level: float = LEVEL) -> Interval:
    """
    Make DeLong's (Wald) interval of an area.

    Parameters
    ----------
    auc : float
        The area.
    variance : float
        DeLong's variance.
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        Cut to [0, 1]; undefined where the variance is zero.
    """
    return normal_interval("delong", auc, variance, level=level)


def logit_delong_interval(
    auc: float, variance: float, level: float = LEVEL
) -> Interval:
    r"""
    Make the interval of an area on the logit scale.

    :math:`\mathrm{logit}(A) \pm z \sqrt{V} / (A (1 - A))`, carried back [1]_.

    Parameters
    ----------
    auc : float
        The area.
    variance : float
        DeLong's variance.
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        Within [0, 1]; undefined where the variance is zero.

    References
    ----------
    .. [1] Pepe MS (2003). The statistical evaluation of medical tests for
       classification and prediction. Oxford University Press, section 5.2.5.
    """
    if not variance > 0:
        return undefined("logit_delong", ZERO_VARIANCE, level)
    half = _z(level) * np.sqrt(variance) / (auc * (1 - auc))
    lower, upper = expit(logit(auc) - half), expit(logit(auc) + half)
    return Interval("logit_delong", level, float(lower), float(upper))


def newcombe5_interval(auc: float, n0: int, n1: int, level: float = LEVEL) -> Interval:
    r"""
    Make Newcombe's score-type interval of an area, his method 5.

    The ends solve :math:`|A - t| = z \sqrt{V(t)}` with :math:`V(t) = t (1-t)
    [1 + N (1-t)/(2-t) + N t/(1+t)] / (n_0 n_1)`, :math:`N = (n_0+n_1)/2 - 1`
    [1]_. It stays within [0, 1] and has a width where DeLong's is zero.

    Parameters
    ----------
    auc : float
        The area.
    n0 : int
        Original cases.
    n1 : int
        Manipulated cases.
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        The interval; undefined with fewer than two cases in a class.

    References
    ----------
    .. [1] Newcombe RG (2006). Confidence intervals for an effect size measure
       based on the Mann-Whitney statistic. Part 2: asymptotic methods and
       evaluation. Statistics in Medicine 25: 559-573.

    Examples
    --------
    >>> interval = newcombe5_interval(1.0, 45, 5)
    >>> round(interval.lower, 6), interval.upper
    (0.787797, 1.0)
    """
    if min(n0, n1) < 2:
        return undefined("newcombe5", TWO_PER_CLASS, level)
    lower = _newcombe5_lower(auc, n0, n1, level)
    upper = 1 - _newcombe5_lower(1 - auc, n0, n1, level)  # V(t) = V(1 - t)
    return Interval("newcombe5", level, lower, upper)


def _newcombe5_lower(auc: float, n0: int, n1: int, level: float) -> float:
    z, n_star = _z(level), (n0 + n1) / 2 - 1

    def beyond(t: float) -> float:
        spread = 1 + n_star * ((1 - t) / (2 - t) + t / (1 + t))
        return auc - t - z * float(np.sqrt(t * (1 - t) * spread / (n0 * n1)))

    if auc <= 0:
        return 0.0
    most = min(auc, 1 - 1e-12)  # 1 itself is a second root when the area is 1
    return float(brentq(beyond, 0, most, xtol=1e-15, rtol=1e-15))


def wilson_interval(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """
    Make Wilson's score interval of a proportion.

    Parameters
    ----------
    successes : int
        How many of the trials succeeded.
    trials : int
        How many trials.
    level : float, optional
        Confidence level.

    Returns
    -------
    Interval
        The interval; undefined without trials.

    References
    ----------
    .. [1] Wilson EB (1927). Probable inference, the law of succession, and
       statistical inference. Journal of the American Statistical Association
       22: 209-212.

    Examples
    --------
    >>> interval = wilson_interval(5, 5)
    >>> round(interval.lower, 6), interval.upper
    (0.565518, 1.0)
    """
    if not trials:
        return undefined("wilson", "there are no cases of this class", level)
    z2, p = _z(level) ** 2, successes / trials
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (p * (1 - p) / trials + z2 / (4 * trials**2)))
    half = float(half) / (1 + z2 / trials)
    lower = 0.0 if successes == 0 else centre - half
    upper = 1.0 if successes == trials else centre + half
    return Interval("wilson", level, lower, upper)


def _z(level: float) -> float:
    if not 0 < level < 1:
        msg = f"a confidence level lies between 0 and 1, not at {level}"
        raise ValueError(msg)
    return float(norm.isf((1 - level) / 2))
