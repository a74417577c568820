"""AUC against years of experience: rank correlation with its exact p-value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from scipy.stats import rankdata, spearmanr

EXACT_AT_MOST = 8
"""Up to this many readers all orders are tried."""


@dataclass(frozen=True)
class ExperiencePoint:
    """
    One reader's experience and area.

    Attributes
    ----------
    reader : str
        The reader.
    group : str
        The reader's group.
    years : float
        Years of experience.
    auc : float
        Mean over lesions of the reader's AUC.
    """

    reader: str
    group: str
    years: float
    auc: float


@dataclass(frozen=True)
class Experience:
    """
    Areas of readers against their years of experience.

    Attributes
    ----------
    points : tuple of ExperiencePoint
        Readers whose years and area are known.
    spearman : float or None
        Rank correlation.
    p : float or None
        Two-sided p-value.
    method : str
        How p was found.
    reason : str
        Why there is no correlation; empty where there is one.
    """

    points: tuple[ExperiencePoint, ...]
    spearman: float | None
    p: float | None
    method: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """
        Give the result as plain data.

        Returns
        -------
        dict
            One entry per field.
        """
        return {**vars(self), "points": [vars(point) for point in self.points]}


def auc_by_experience(points: Sequence[ExperiencePoint]) -> Experience:
    """
    Correlate areas with years of experience by ranks.

    Parameters
    ----------
    points : sequence of ExperiencePoint
        Readers whose years and area are known.

    Returns
    -------
    Experience
        Spearman's correlation; p from all orders with up to 8 readers, else from
        the t distribution. Without a correlation where fewer than three readers
        or no spread in years or areas.
    """
    years = np.array([point.years for point in points])
    auc = np.array([point.auc for point in points])
    reason = ""
    if len(points) < _FEWEST:
        reason = "needs at least 3 readers with years of experience and an AUC"
    elif np.ptp(years) == 0 or np.ptp(auc) == 0:
        reason = "years or areas are all equal"
    if reason:
        return Experience(tuple(points), None, None, "", reason)
    if len(points) > EXACT_AT_MOST:
        rho, p = spearmanr(years, auc)
        return Experience(tuple(points), float(rho), float(p), "t distribution", "")
    ranks = [rankdata(values) - (len(points) + 1) / 2 for values in (years, auc)]
    orders = np.array(list(permutations(ranks[1])))  # (R!, R)
    scale = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    by_order = orders @ ranks[0] / scale
    rho = float(ranks[0] @ ranks[1] / scale)
    p = float(np.mean(np.abs(by_order) >= abs(rho) - _ROUNDING))
    return Experience(tuple(points), rho, p, "all orders (exact)", "")


_FEWEST = 3
_ROUNDING = 1e-12
