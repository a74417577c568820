"""One score of two: what the network sees, and what traces say.

How far the network can be trusted depends on what was done to an image since: it reads
the finest detail, which laundering takes first. A few statistics of quality tell how
far an image is as it was taken, and each of the two is weighed by that; traces are
asked as far as it is not, for a clean image keeps what the network reads. Either
finding is enough: the probabilities that it was *not* manipulated are multiplied. Last,
the score is measured from what originals of the same quality have, in their own spread:
laundering an original makes it no more suspicious.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression, Ridge

Column = NDArray[np.float64]

_LOOSE = 0.1, 10.0  # inverse penalties on weights: the network's scores were made for
# clean crops and are trusted little; those of traces were learned under laundering
_FAR = 4.0  # spreads: beyond it a statistic of quality says nothing more
_STIFF = 10.0  # penalty on the level's slopes: originals are few, launderings many
_NARROWEST = 0.25  # of the usual width, however little originals of a quality differ


@dataclass(frozen=True)
class Known:
    """What is known of the images that a fusion is learned from."""

    truth: NDArray[np.bool_]
    """Shape (n,), True where manipulated."""
    family: NDArray[np.str_]
    """Shape (n,), families of the manipulated: they weigh alike."""
    is_whole: NDArray[np.bool_]
    """Shape (n,), True where the whole image was repainted: traces answer for these."""
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
        usual = seen.mean(0), seen.std(0) + 1e-6
        gate = LogisticRegression(max_iter=2000, class_weight="balanced")
        gate.fit(_products(_standard(seen, usual)), known.is_clean)
        clean = _coefficients(gate)
        c = _share(clean, seen, usual)
        answers = ~known.truth | known.is_whole
        every = np.ones(len(known.truth), bool)
        rule = cls(
            usual=(tuple(usual[0].tolist()), tuple(usual[1].tolist())),
            clean=clean,
            network=_weighed(np.asarray(network, float), c, known, (every, _LOOSE[0])),
            traces=_weighed(np.asarray(traces, float), c, known, (answers, _LOOSE[1])),
            level=(0.0,) * (3 + seen.shape[1]),
            width=(1.0, 0.0, 1.0),
        )
        originals = ~known.truth
        found = rule.apply(network, traces, quality)[originals]
        terms = _terms(c, _standard(seen, usual))[originals]
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
        tuples = {name: tuple(values) for name, values in data.items()}
        return cls(**tuples | {"usual": (tuple(mean), tuple(spread))})

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
        # logits of (1 - c) q, and of 1 - (1 - p)(1 - (1 - c) q)
        b = b + np.log1p(-c) - np.logaddexp(0, b + np.log(c))
        either = np.logaddexp(np.logaddexp(a, b), a + b)
        level = self.level[0] + _terms(c, _standard(seen, usual)) @ self.level[1:]
        width = np.maximum(self.width[0] + self.width[1] * c, self.width[2])
        return np.asarray((either - level) / width)


def _standard(quality: Column, usual: tuple[Column, Column]) -> Column:
    return np.asarray(np.clip((quality - usual[0]) / usual[1], -_FAR, _FAR))


def _terms(clean: Column, standard: Column) -> Column:
    return np.column_stack([clean, clean**2, standard])


def _products(standard: Column) -> Column:
    first, second = np.triu_indices(standard.shape[1])
    return np.hstack([standard, standard[:, first] * standard[:, second]])


def _share(
    clean: tuple[float, ...], quality: Column, usual: tuple[Column, Column]
) -> Column:
    weights = np.array(clean)
    logit = weights[0] + _products(_standard(quality, usual)) @ weights[1:]
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -20, 20))))


def _columns(score: Column, clean: Column) -> Column:
    return np.column_stack([score * clean, score * (1 - clean), clean])


def _logit(weights: tuple[float, ...], score: Column, clean: Column) -> Column:
    found = np.array(weights)
    return np.asarray(found[0] + _columns(score, clean) @ found[1:])


def _weighed(
    score: Column,
    clean: Column,
    known: Known,
    how: tuple[NDArray[np.bool_], float],
) -> tuple[float, ...]:
    use, loose = how
    # both truth states weigh alike, and so do families
    truth, family = known.truth[use], known.family[use]
    weight = np.zeros(len(truth))
    weight[~truth] = 1 / max(1, (~truth).sum())
    names = np.unique(family[truth])
    for name in names:
        of_family = truth & (family == name)
        weight[of_family] = 1 / (of_family.sum() * len(names))
    # scores of one spread meet one penalty, whatever their unit
    unit = float(score[use].std()) + 1e-6
    fitted = LogisticRegression(C=loose, max_iter=2000)
    columns = _columns(score[use] / unit, clean[use])
    fitted.fit(columns, truth, sample_weight=weight * len(truth) / 2)
    constant, *slopes = _coefficients(fitted)
    return (constant, slopes[0] / unit, slopes[1] / unit, slopes[2])


def _coefficients(fitted: LogisticRegression) -> tuple[float, ...]:
    return (float(fitted.intercept_[0]), *fitted.coef_[0].tolist())
