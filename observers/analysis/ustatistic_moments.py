"""Second moments of reader-averaged areas, and their components of variance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.ustatistic_sums import TO_DISJOINT, PairSums

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
_TO_DISJOINT8 = np.kron(np.array([[1.0, 0.0], [-1.0, 1.0]]), TO_DISJOINT)
# Rows N, D, ND, R, NR, DR, RND: components from moments (Gallas et al. 2009,
# equation 19), and their coefficients from the moments' coefficients.
_COMPONENT = np.array(
    [
        [0, 0, 0, 0, 0, 0, 1, -1],
        [0, 0, 0, 0, 0, 1, 0, -1],
        [0, 0, 0, 0, 1, -1, -1, 1],
        [0, 0, 0, 1, 0, 0, 0, -1],
        [0, 0, 1, -1, 0, 0, -1, 1],
        [0, 1, 0, -1, 0, -1, 0, 1],
        [1, -1, -1, 1, -1, 1, 1, -1],
    ],
    np.float64,
)
_SHARED = np.array(
    [
        [1, 0, 1, 0, 1, 0, 1, 0],
        [1, 1, 0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0],
        [1, 0, 1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.float64,
)
_MAIN = [0, 1, 3]  # N, D, R


@dataclass(frozen=True, eq=False)
class ReaderSet:
    """
    The score vectors that are averaged: some readers in one modality.

    Attributes
    ----------
    vectors : ndarray of int, shape (k,)
        Positions of the vectors in the sums.
    readers : ndarray of int, shape (k,)
        Which reader each vector is; the same number means the same person.
    """

    vectors: Ints
    readers: Ints


@dataclass(frozen=True, eq=False)
class Moments:
    """
    Second moments of two reader averages: the variance of one, or a covariance.

    The eight moments are mean products of two success scores. Of the first four
    the reader is the same, of the others not; within each four the comparisons
    share both cases, the manipulated case, the original case, nothing.

    Attributes
    ----------
    unbiased : ndarray of float, shape (8,)
        Moments of comparisons that differ in all they need not share; 0 where
        the design has none.
    biased : ndarray of float, shape (8,)
        Moments under the empirical distribution.
    coefficient : ndarray of float, shape (8,)
        The design's coefficients; the last is less one.
    variance : float
        Unbiased estimate; NaN where a moment that it needs does not exist.
    """

    unbiased: Floats
    biased: Floats
    coefficient: Floats
    variance: float

    @property
    def variance_mle(self) -> float:
        """
        Estimate from the empirical distribution.

        Returns
        -------
        float
            The variance or covariance.
        """
        return float(self.coefficient @ self.biased)

    @property
    def shared(self) -> Floats:
        """
        Give the coefficients of the components N, D, ND, R, NR, DR, RND.

        Returns
        -------
        ndarray of float, shape (7,)
            0 where the design shares nothing of the kind.
        """
        return np.asarray(_SHARED @ self.coefficient)

    def components(self, moments: Floats) -> Floats:
        """
        Turn moments into components of variance.

        Parameters
        ----------
        moments : ndarray of float, shape (8,)
            ``unbiased`` or ``biased``.

        Returns
        -------
        ndarray of float, shape (7,)
            Of original cases N, manipulated cases D, readers R and what they do
            together: N, D, ND, R, NR, DR, RND (Gallas et al. 2009, equation 19);
            0 where the design shares nothing of the kind.
        """
        return np.where(self.shared > 0, _COMPONENT @ moments, 0.0)

    @property
    def main(self) -> Floats:
        """
        Give the components of N, D and R under the empirical distribution.

        Returns
        -------
        ndarray of float, shape (3,)
            What the BDG degrees of freedom are made of.
        """
        return self.components(self.biased)[_MAIN]

    @property
    def df(self) -> Floats:
        """
        Count what was sampled: effective numbers less one.

        Returns
        -------
        ndarray of float, shape (3,)
            Of original cases, manipulated cases and readers, at least 1;
            infinite where nothing is shared.
        """
        with np.errstate(divide="ignore"):
            return np.maximum(np.round(1 / self.shared[_MAIN] - 1), 1.0)


def moments(sums: PairSums, a: ReaderSet, b: ReaderSet) -> Moments:
    """
    Estimate the second moments of two reader averages.

    Parameters
    ----------
    sums : PairSums
        Sums of products of success scores.
    a : ReaderSet
        The vectors averaged first.
    b : ReaderSet
        The vectors averaged second; the same as ``a`` for a variance.

    Returns
    -------
    Moments
        Moments and coefficients.
    """
    numerator, weight = (
        _eight(part, a, b) for part in (sums.numerator, sums.weight)
    )  # (8,), (8,)
    disjoint_numerator = _TO_DISJOINT8 @ numerator
    disjoint_weight = _TO_DISJOINT8 @ weight
    unbiased = _ratio(disjoint_numerator, disjoint_weight)
    coefficient = disjoint_weight / weight[7]
    coefficient[7] -= 1
    return Moments(
        unbiased=unbiased,
        biased=_ratio(numerator, weight),
        coefficient=coefficient,
        variance=float(coefficient @ unbiased) if disjoint_weight[7] > 0 else math.nan,
    )


def _eight(part: Floats, a: ReaderSet, b: ReaderSet) -> Floats:
    block = part[:, a.vectors[:, None], b.vectors[None, :]]  # (4, |a|, |b|)
    same = a.readers[:, None] == b.readers[None, :]
    everyone = block.sum(axis=(1, 2))
    if same.all():  # one fixed reader: no pair of readers to average over
        return np.concatenate([np.zeros(4), everyone])
    return np.concatenate([(block * same).sum(axis=(1, 2)), everyone])


def _ratio(numerator: Floats, weight: Floats) -> Floats:
    return np.divide(numerator, weight, out=np.zeros(8), where=weight > 0)
