"""One score of two: what the network sees, and what traces say.

How far the network can be trusted depends on what was done to an image since: it reads
the finest detail, which laundering takes first. A few statistics of quality tell how
far an image is as it was taken, and each of the two is weighed by that. Either finding
is enough: the probabilities that it was *not* manipulated are multiplied. The weights
of both are learned at once, so that neither is trusted for what the other tells better.
Last, the score is measured from what originals of the same quality have, in their own
spread: laundering an original makes it no more suspicious.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, Ridge

from detector.network.quality import Column, Usual, products, standard, usual_of

_PENALTY = 0.1  # on squared weights of scores in their own spread: a tenth of an image
_STIFF = 10.0  # penalty on the level's slopes: originals are few, launderings many
_NARROWEST = 0.25  # of the usual width, however little originals of a quality differ


@dataclass(frozen=True)
class Known:
    """What is known of the images that a fusion is learned from."""

    truth: NDArray[np.bool_]
    """Shape (n,), True where manipulated."""
    family: NDArray[np.str_]
    """Shape (n,), families of the manipulated: they weigh alike."""
    is_clean: NDArray[np.bool_]
    """Shape (n,), True where nothing was laundered; some are and some are not."""


@dataclass(frozen=True)
class Fusion:
    """How two scores become one."""

    usual: tuple[tuple[float, ...], tuple[float, ...]]
    """Mean and standard deviation of each of the k statistics of quality."""
    clean: tuple[float, ...]
    """Logit of being clean: constant, statistics, their products."""
    network: tuple[float, ...]
    """Logit by the network: constant; score where clean, where not; cleanness."""
    traces: tuple[float, ...]
    """Logit by the traces, in the same order."""
    level: tuple[float, ...]
    """Logit of originals: constant, cleanness, its square, the k statistics."""
    width: tuple[float, ...]
    """How far originals lie from it: constant, by cleanness, and the least of all."""
    is_clean_spared: bool = True
    """Traces are asked only as far as an image is not clean; so in older bundles."""

    @classmethod
    def fit(
        cls, network: ArrayLike, traces: ArrayLike, quality: ArrayLike, known: Known
    ) -> Self:
        """
        Learn how far each score can be trusted, on images neither has learned from.

        Parameters
        ----------
        network, traces : array_like of float, shape (n,)
            The two scores.
        quality : array_like of float, shape (n, k)
            What tells how an image was treated.
        known : Known
            What is known of the images.

        Returns
        -------
        Fusion
            The rule.
        """
        seen = np.asarray(quality, float)
        usual = usual_of(seen)
        gate = LogisticRegression(max_iter=2000, class_weight="balanced")
        gate.fit(products(standard(seen, usual)), known.is_clean)
        clean = _coefficients(gate)
        c = _share(clean, seen, usual)
        weights = _weights(
            np.asarray(network, float), np.asarray(traces, float), c, known
        )
        rule = cls(
            usual=(tuple(usual[0].tolist()), tuple(usual[1].tolist())),
            clean=clean,
            network=weights[0],
            traces=weights[1],
            level=(0.0,) * (3 + seen.shape[1]),
            width=(1.0, 0.0, 1.0),
            is_clean_spared=False,
        )
        originals = ~known.truth
        found = rule.apply(network, traces, quality)[originals]
        terms = _terms(c, standard(seen, usual))[originals]
        level = Ridge(_STIFF).fit(terms, found)
        far = np.abs(found - level.predict(terms))
        width = np.polynomial.polynomial.polyfit(c[originals], far, 1)
        least = _NARROWEST * float(far.mean()) + 1e-6
        return replace(
            rule,
            level=(float(level.intercept_), *level.coef_.tolist()),
            width=(*width.tolist(), least),
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """
        Rebuild the rule from a bundle's metadata.

        Parameters
        ----------
        data : mapping
            Its fields, lists in place of tuples.

        Returns
        -------
        Fusion
            The equal rule.
        """
        mean, spread = data["usual"]
        plain: dict[str, Any] = {
            name: tuple(values) if isinstance(values, list | tuple) else values
            for name, values in data.items()
        }
        return cls(**plain | {"usual": (tuple(mean), tuple(spread))})

    def apply(
        self, network: ArrayLike, traces: ArrayLike, quality: ArrayLike
    ) -> NDArray[np.float64]:
        """
        Make one score of two.

        Parameters
        ----------
        network, traces : array_like of float, shape (n,)
            The two scores.
        quality : array_like of float, shape (n, k)
            What tells how an image was treated.

        Returns
        -------
        ndarray of float, shape (n,)
            Distance from the originals of such quality, in their mean distance.
        """
        seen = np.asarray(quality, float)
        usual = np.array(self.usual[0]), np.array(self.usual[1])
        c = _share(self.clean, seen, usual)
        a = _logit(self.network, np.asarray(network, float), c)
        b = _logit(self.traces, np.asarray(traces, float), c)
        if self.is_clean_spared:  # logit of (1 - c) q
            b = b + np.log1p(-c) - np.logaddexp(0, b + np.log(c))
        either = _either(a, b)
        level = self.level[0] + _terms(c, standard(seen, usual)) @ self.level[1:]
        width = np.maximum(self.width[0] + self.width[1] * c, self.width[2])
        return np.asarray((either - level) / width)


def _terms(clean: Column, measured: Column) -> Column:
    return np.column_stack([clean, clean**2, measured])


def _share(clean: tuple[float, ...], quality: Column, usual: Usual) -> Column:
    weights = np.array(clean)
    logit = weights[0] + products(standard(quality, usual)) @ weights[1:]
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -20, 20))))


def _columns(score: Column, clean: Column) -> Column:
    return np.column_stack([score * clean, score * (1 - clean), clean])


def _logit(weights: tuple[float, ...], score: Column, clean: Column) -> Column:
    found = np.array(weights)
    return np.asarray(found[0] + _columns(score, clean) @ found[1:])


def _either(a: Column, b: Column) -> Column:
    # logit of 1 - (1 - p)(1 - q)
    return np.asarray(np.logaddexp(np.logaddexp(a, b), a + b))


def _weights(
    network: Column, traces: Column, clean: Column, known: Known
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # of both at once, by the likelihood of the truth
    importance = _importance(known)
    # scores of one spread meet one penalty, whatever their unit
    units = float(network.std()) + 1e-6, float(traces.std()) + 1e-6
    parts = [
        np.column_stack([np.ones(len(score)), _columns(score / unit, clean)])
        for score, unit in zip((network, traces), units, strict=True)
    ]
    first = parts[0].shape[1]
    is_slope = np.tile(np.arange(first) > 0, 2)
    stiff = _PENALTY / len(clean) * is_slope
    sign = np.where(known.truth, 1.0, -1.0)

    def cost(weights: Column) -> tuple[float, Column]:
        a, b = parts[0] @ weights[:first], parts[1] @ weights[first:]
        either = _either(a, b)
        loss = importance @ np.logaddexp(0, -sign * either)
        slope = -sign * importance / (1 + np.exp(np.minimum(sign * either, 500)))
        by_a = slope * np.exp(np.logaddexp(a, a + b) - either)
        by_b = slope * np.exp(np.logaddexp(b, a + b) - either)
        steep = np.concatenate([by_a @ parts[0], by_b @ parts[1]])
        return float(loss + stiff @ weights**2), steep + 2 * stiff * weights

    # both tell something from the start: one that tells nothing would never begin to
    start = np.tile([-1.0, 0.5, 0.5, 0.0], 2)
    found = minimize(cost, start, jac=True, method="L-BFGS-B").x
    a, b = (
        (float(w[0]), float(w[1] / unit), float(w[2] / unit), float(w[3]))
        for w, unit in zip((found[:first], found[first:]), units, strict=True)
    )
    return a, b


def _importance(known: Known) -> Column:
    # both truth states weigh alike, and so do families; 1 in all
    weight = np.zeros(len(known.truth))
    weight[~known.truth] = 0.5 / max(1, (~known.truth).sum())
    names = np.unique(known.family[known.truth])
    for name in names:
        of_family = known.truth & (known.family == name)
        weight[of_family] = 0.5 / (of_family.sum() * len(names))
    return weight


def _coefficients(fitted: LogisticRegression) -> tuple[float, ...]:
    return (float(fitted.intercept_[0]), *fitted.coef_[0].tolist())
