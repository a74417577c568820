"""How far one camera's originals stand apart from others', each measured by itself.

Each camera is measured from some of its originals, and the rest are compared. Which
serve for measuring is chance, and with some twenty to a camera that chance moves the
area by a tenth; so the area is the mean over many random halves, and its interval holds
both chances: the halves' and the patients'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from observers.analysis.blinding_scores import auc_of
from observers.analysis.detection_bootstrap import Estimate

Column = tuple[NDArray[np.float64], NDArray[np.str_]]
"""Scores of a camera's originals, and the patient cluster of each."""
Groups = list[tuple[int, NDArray[np.float64]]]
"""The scores of each cluster, with the cluster's number."""
Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Takes scores of known originals and of others; measures the others from the known."""
LEAST_KNOWN = 8
"""Originals a half, on average, below which a camera is not measured."""
HALVES = 400
"""Random halves, of the cameras as they are and of resampled ones."""


def apart(
    here: Column, there: Sequence[Column], measure: Measure, seed: int = 1
) -> Estimate:
    """
    Compare a camera's originals with those of others, each calibrated on its own half.

    Parameters
    ----------
    here : tuple of ndarray
        Scores and clusters of the camera in question.
    there : sequence of tuple of ndarray
        The same of the others; those with fewer than twice `LEAST_KNOWN` originals,
        or one cluster, are left out.
    measure : callable
        How a camera's scores are measured from its known originals.
    seed : int
        Seed of halves and draws.

    Returns
    -------
    Estimate
        Area under the curve, the camera's originals as the higher class: mean over
        random halves; 2.5 to 97.5 % of halves of resampled patient clusters. nan
        where the camera or all others are left out.
    """
    known = [_grouped(one) for one in there if _is_enough(one)]
    if not known or not _is_enough(here):
        return Estimate(*[float("nan")] * 3)
    groups = [_grouped(here), *known]
    rng = np.random.default_rng(seed)
    found = [_area(groups, measure, rng) for _ in range(HALVES)]
    drawn = [
        _area([_resampled(one, rng) for one in groups], measure, rng) for _ in found
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(np.mean(found)), float(low), float(high))


def _is_enough(column: Column) -> bool:
    return len(column[0]) >= 2 * LEAST_KNOWN and len(np.unique(column[1])) > 1


def _grouped(column: Column) -> Groups:
    values, cluster = column
    return [(i, values[cluster == one]) for i, one in enumerate(np.unique(cluster))]


def _resampled(groups: Groups, rng: np.random.Generator) -> Groups:
    while True:
        drawn = [groups[i] for i in rng.integers(len(groups), size=len(groups))]
        if len({name for name, _ in drawn}) > 1:  # else nothing is left to measure
            return drawn


def _area(
    groups: Sequence[Groups], measure: Measure, rng: np.random.Generator
) -> float:
    here, *there = [_measured(one, measure, rng) for one in groups]
    rest = np.concatenate(there)
    truth = np.repeat([0.0, 1.0], [len(rest), len(here)])
    return float(auc_of(np.concatenate([rest, here])[:, None], truth[:, None])[0])


def _measured(
    groups: Groups, measure: Measure, rng: np.random.Generator
) -> NDArray[np.float64]:
    # a cluster drawn twice lies in one half: nobody is measured from himself
    names = rng.permutation(sorted({name for name, _ in groups}))
    known = set(names[: (len(names) + 1) // 2].tolist())
    ruler = np.concatenate([values for name, values in groups if name in known])
    rest = np.concatenate([values for name, values in groups if name not in known])
    return measure(ruler, rest)
