"""Areas under the curve with patient clusters resampled, and paired differences.

One set of draws serves every cell of a table, so that means over cells and
differences between detectors are resampled together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 2000
"""Bootstrap samples of patient clusters."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    lower: float
    """Lower 95 % limit, patient clusters resampled."""
    upper: float
    """Upper limit."""


@dataclass(frozen=True)
class Resampled:
    """A figure and what it was in every draw."""

    value: float
    draws: Floats
    """Shape (DRAWS,); nan where a draw left a truth state out."""

    @property
    def estimate(self) -> Estimate:
        """
        Give the percentile interval.

        Returns
        -------
        Estimate
            Value and limits; nan where no draw held both truth states.
        """
        kept = self.draws[np.isfinite(self.draws)]
        if not len(kept):
            return Estimate(self.value, float("nan"), float("nan"))
        low, high = np.percentile(kept, [2.5, 97.5])
        return Estimate(self.value, float(low), float(high))

    def __sub__(self, other: Resampled) -> Resampled:
        """
        Subtract a figure that was resampled by the same draws.

        Parameters
        ----------
        other : Resampled
            The other.

        Returns
        -------
        Resampled
            The difference.
        """
        return Resampled(self.value - other.value, self.draws - other.draws)


def mean(parts: Sequence[Resampled]) -> Resampled:
    """
    Average figures that were resampled by the same draws.

    Parameters
    ----------
    parts : sequence of Resampled
        At least one.

    Returns
    -------
    Resampled
        Their mean; a draw that lacks a part averages the others.
    """
    draws = np.stack([one.draws for one in parts])
    known = np.isfinite(draws)
    total = np.where(known, draws, 0).sum(0)
    with np.errstate(invalid="ignore"):
        averaged = total / known.sum(0)
    return Resampled(float(np.mean([one.value for one in parts])), averaged)


class Resampler:
    """
    Draws of patient clusters, the same for every cell.

    Parameters
    ----------
    clusters : ndarray of str, shape (n,)
        Names of the patient clusters, repeated at will.
    seed : int
        Seed of the draws.
    """

    def __init__(self, clusters: NDArray[np.str_], seed: int = 1) -> None:
        self.names = np.unique(clusters)
        n = len(self.names)
        rng = np.random.default_rng(seed)
        self.drawn = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float)

    def area(
        self, truth: NDArray[np.bool_], score: Floats, cluster: NDArray[np.str_]
    ) -> Resampled:
        """
        Compute an area under the curve in every draw.

        A cluster that is drawn twice meets the other clusters twice, but its own
        originals meet its own forgeries once a copy: pairs across its copies would
        count the easy comparison of twins twice over.

        Parameters
        ----------
        truth : ndarray of bool, shape (n,)
            True where manipulated.
        score : ndarray of float, shape (n,)
            Higher is more manipulated.
        cluster : ndarray of str, shape (n,)
            Patient cluster of each image, one of the resampler's.

        Returns
        -------
        Resampled
            The area, and the area of each draw.
        """
        used = np.unique(cluster)
        drawn = self.drawn[:, np.searchsorted(self.names, used)]
        place = np.searchsorted(used, cluster)
        x, y, own, other = score[~truth], score[truth], place[~truth], place[truth]
        wins = (y[None, :] > x[:, None]) + 0.5 * (y[None, :] == x[:, None])
        total = _by_cluster(wins, own, other, len(used))
        pairs = np.outer(
            np.bincount(own, minlength=len(used)),
            np.bincount(other, minlength=len(used)),
        ).astype(float)
        with np.errstate(invalid="ignore"):
            areas = _weighted(drawn, total) / _weighted(drawn, pairs)
        return Resampled(float(wins.mean()), areas)


def _by_cluster(
    wins: Floats, own: NDArray[np.intp], other: NDArray[np.intp], n: int
) -> Floats:
    # (n_original, n_manipulated) -> (n, n): wins of cluster b's forgeries over a's
    rows = np.zeros((n, wins.shape[1]))
    np.add.at(rows, own, wins)
    total = np.zeros((n, n))
    np.add.at(total.T, other, rows.T)
    return total


def _weighted(drawn: Floats, total: Floats) -> Floats:
    # sum over pairs of clusters of d_a d_b, but of d_a where both are one cluster
    inside = np.diag(total)
    return np.asarray(((drawn @ total) * drawn).sum(1) - (drawn**2 - drawn) @ inside)
