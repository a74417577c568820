"""Novelty: how far an image's traces lie from those of originals of its quality.

A family of forgeries that nobody has learned from leaves traces too, and not those of
an original. What originals leave is learned from originals alone, laundered in many
ways, so it owes nothing to any family. What is usual depends on what was done to an
image since: each statistic's mean is a function of its quality, and so laundering an
original makes it no more novel. Around that mean originals spread in some directions
and hardly in the others [1]_.

References
----------
.. [1] Tipping ME, Bishop CM (1999). Probabilistic principal component analysis.
   Journal of the Royal Statistical Society B 61: 611-622.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import Ridge

from detector.network.quality import products, standard, usual_of
from detector.network.traces import QUALITY, Traces

Column = NDArray[np.float64]

_FARTHEST = 6.0  # spreads: beyond it a statistic says nothing more
_STIFF = 5.0  # penalty on slopes by quality, in images
_DIRECTIONS = 64  # in which originals spread each in its own way
_SHRUNK = 0.1  # of every direction's variance is taken from their mean
_LOW, _HIGH = 0.1, 0.95  # shares of originals below the least and the full novelty


@dataclass(frozen=True)
class Usual:
    """What traces originals have, as their quality is."""

    tensors: Mapping[str, NDArray[np.float32]]
    """Of the statistics: ``mean`` and ``spread`` (W,); of quality: ``quality`` (2, k);
    ``expected`` (1 + k + k (k + 1) / 2, W), from constant, quality and products;
    ``directions`` (W, m), ``variances`` (m + 1,), the last of all the rest."""

    @classmethod
    def fit(cls, found: Traces) -> Self:
        """
        Learn from originals.

        Parameters
        ----------
        found : ndarray of float32, shape (n, W)
            Traces of originals in many launderings, and in none.

        Returns
        -------
        Usual
            What is usual.
        """
        mean, spread = found.mean(0), found.std(0) + 1e-6
        measured = _measured(found, mean, spread)
        seen = _quality(found)
        quality = usual_of(seen)
        terms = products(standard(seen, quality))
        expected = Ridge(_STIFF).fit(terms, measured)
        apart = measured - expected.predict(terms)
        values, vectors = np.linalg.eigh(np.cov(apart, rowvar=False))
        values = (1 - _SHRUNK) * values + _SHRUNK * values.mean()
        first = np.argsort(-values)[:_DIRECTIONS]
        rest = (values.sum() - values[first].sum()) / (len(values) - len(first))
        arrays = {
            "mean": mean,
            "spread": spread,
            "quality": np.stack(quality),
            "expected": np.vstack([expected.intercept_, expected.coef_.T]),
            "directions": vectors[:, first],
            "variances": np.append(values[first], rest) + 1e-6,
        }
        return cls({name: one.astype(np.float32) for name, one in arrays.items()})

    def distance(self, found: Traces) -> Column:
        """
        Measure how novel images are.

        Parameters
        ----------
        found : ndarray of float32, shape (n, W)
            Traces of images.

        Returns
        -------
        ndarray of float, shape (n,)
            Logarithm of their squared distance from originals of their quality, in
            originals' spread, a statistic: 0 or so for those that were learned from.
        """
        known = {name: one.astype(float) for name, one in self.tensors.items()}
        quality = known["quality"][0], known["quality"][1]
        terms = products(standard(_quality(found), quality))
        usual = known["expected"][0] + terms @ known["expected"][1:]
        apart = _measured(found, known["mean"], known["spread"]) - usual
        along = np.square(apart @ known["directions"])
        rest = np.square(apart).sum(1) - along.sum(1)
        variances = known["variances"]
        total = (along / variances[:-1]).sum(1) + rest / variances[-1]
        return np.asarray(np.log(total / found.shape[1] + 1e-6))


@dataclass(frozen=True)
class NoveltyRule:
    """How far novelty raises a detector's score."""

    least: float
    """Distance up to which an image is as any original."""
    full: float
    """Distance from which on more says no more: an unknown camera is novel as well."""
    weight: float
    """Added to the score at full novelty."""

    @classmethod
    def fit(
        cls,
        scores: ArrayLike,
        distances: ArrayLike,
        truth: ArrayLike,
        threshold: float,
        lift: float,
    ) -> Self:
        """
        Learn from originals alone: no family of forgeries is needed.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Scores of validation images, without novelty.
        distances : array_like of float, shape (n,)
            Their distances, from `Usual.distance`.
        truth : array_like of bool, shape (n,)
            True where manipulated; at least one is not.
        threshold : float
            Score from which on an image is called manipulated, without novelty.
        lift : float
            Share of a typical original's way to the threshold.

        Returns
        -------
        NoveltyRule
            What nine of ten originals exceed is no evidence; what one of twenty exceeds
            lifts a typical original by all of its share of the way.
        """
        is_original = ~np.asarray(truth, bool)
        low, high = np.quantile(np.asarray(distances)[is_original], [_LOW, _HIGH])
        typical = float(np.median(np.asarray(scores)[is_original]))
        return cls(float(low), float(high) + 1e-6, lift * max(0.0, threshold - typical))

    def apply(self, scores: ArrayLike, distances: ArrayLike) -> Column:
        """
        Raise scores by novelty.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Scores without it.
        distances : array_like of float, shape (n,)
            From `Usual.distance`.

        Returns
        -------
        ndarray of float, shape (n,)
            Scores, higher where traces are no original's.

        Examples
        --------
        >>> NoveltyRule(least=1, full=3, weight=4).apply([0, 0, 0], [1, 2, 9]).tolist()
        [0.0, 2.0, 4.0]
        """
        share = (np.asarray(distances) - self.least) / (self.full - self.least)
        return np.asarray(np.asarray(scores) + self.weight * np.clip(share, 0, 1))


def _quality(found: Traces) -> Column:
    return np.asarray(found[:, QUALITY], float)


def _measured(found: Traces, mean: NDArray[Any], spread: NDArray[Any]) -> Column:
    return np.asarray(np.clip((found - mean) / spread, -_FARTHEST, _FARTHEST), float)
