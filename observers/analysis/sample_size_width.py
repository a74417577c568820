"""How wide the intervals of a planned study will be."""

from __future__ import annotations

import math

from observers.analysis.hillis import t_quantile
from observers.analysis.intervals import newcombe5_interval
from observers.analysis.sample_size import Assumed, Random, power


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
