"""Distances between two sets of images, by features of some network.

Rows are images. Named FID or otherwise by `quality`, whose face these are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Features = NDArray[np.float64]
"""One row an image, shape (n, d)."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """A distance over random draws of n images a side."""

    n: int
    mean: float
    sd: float
    draws: int


def frechet_distance(a: ArrayLike, b: ArrayLike) -> float:
    r"""
    Frechet distance of the normal distributions fitted to two feature sets.

    .. math:: |\mu_a - \mu_b|^2 + tr S_a + tr S_b - 2\,tr (S_a S_b)^{1/2}

    The last trace is the nuclear norm of :math:`A B^T / \sqrt{(n-1)(m-1)}` with
    A and B centred: an n x m singular value decomposition, exact where the
    covariances are singular (n < d) [1]_. Biased upwards at small n.

    Parameters
    ----------
    a : array_like of float, shape (n, d)
        Features of one set.
    b : array_like of float, shape (m, d)
        Features of the other.

    Returns
    -------
    float
        The distance, 0 for equal sets; in squared feature units.

    Raises
    ------
    ValueError
        If a set has fewer than two images, or the feature lengths differ.

    References
    ----------
    .. [1] Heusel M, Ramsauer H, Unterthiner T, Nessler B, Hochreiter S (2017).
       GANs trained by a two time-scale update rule converge to a local Nash
       equilibrium. NeurIPS 30: 6626-6637.
    """
    x, y = _check_features(a, b)
    A, B = x - x.mean(axis=0), y - y.mean(axis=0)  # (n, d), (m, d)
    n, m = len(x) - 1, len(y) - 1
    cross = A @ B.T / np.sqrt(n * m)  # (n, m)
    trace = np.linalg.svd(cross, compute_uv=False).sum()
    shift = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    spread = (A**2).sum() / n + (B**2).sum() / m
    return float(max(shift + spread - 2 * trace, 0.0))


def kernel_distance(a: ArrayLike, b: ArrayLike, *, twins: bool = False) -> float:
    r"""
    Kernel distance (KID): unbiased squared MMD under a cubic kernel [1]_.

    .. math:: k(x, y) = (x^T y / d + 1)^3

    Parameters
    ----------
    a : array_like of float, shape (n, d)
        Features of one set.
    b : array_like of float, shape (m, d)
        Features of the other.
    twins : bool
        True where row i of ``b`` was made from row i of ``a``: the two are not
        independent, so that pair is left out of the cross term.

    Returns
    -------
    float
        About 0, and as often below, for two draws of one distribution.

    Raises
    ------
    ValueError
        If a set has fewer than two images, the feature lengths differ, or twins
        do not come in pairs.

    References
    ----------
    .. [1] Binkowski M, Sutherland DJ, Arbel M, Gretton A (2018). Demystifying
       MMD GANs. ICLR.
    """
    x, y = _check_features(a, b, twins=twins)
    ones = np.ones((1, len(x))), np.ones((1, len(y)))
    return float(_weighted_mmd(_kernels(x, y), *ones, twins=twins)[0])


def kid(
    a: ArrayLike, b: ArrayLike, *, seed: int, draws: int = 1000, twins: bool = False
) -> Estimate:
    """
    Kernel distance with a bootstrap interval.

    Images are redrawn with replacement; a pair of one image with itself is never
    counted, however often it is drawn, so the estimate stays unbiased.

    Parameters
    ----------
    a : array_like of float, shape (n, d)
        Features of one set.
    b : array_like of float, shape (m, d)
        Features of the other.
    seed : int
        Of the redraws.
    draws : int
        How many.
    twins : bool
        True where row i of ``b`` was made from row i of ``a``: both are then
        drawn together, and left out of the cross term.

    Returns
    -------
    Estimate
        The kernel distance with its 2.5 and 97.5 percentiles.

    Raises
    ------
    ValueError
        If a set is too small, or twins differ in number.
    """
    x, y = _check_features(a, b, twins=twins)
    rng = np.random.default_rng(seed)
    first = _multiplicities(rng, len(x), draws)  # (draws, n)
    second = first if twins else _multiplicities(rng, len(y), draws)  # (draws, m)
    values = _weighted_mmd(_kernels(x, y), first, second, twins=twins)
    low, high = np.percentile(values, [2.5, 97.5])
    return Estimate(kernel_distance(x, y, twins=twins), float(low), float(high))


def subsampled(
    distance: Callable[[Features, Features], float],
    a: ArrayLike,
    b: ArrayLike,
    *,
    n: int,
    seed: int,
    draws: int = 20,
) -> Spread:
    """
    Take a distance at a common n, so that sets of different sizes compare.

    Parameters
    ----------
    distance : callable
        `frechet_distance` or `kernel_distance`.
    a : array_like of float, shape (>= n, d)
        Features of one set.
    b : array_like of float, shape (>= n, d)
        Features of the other.
    n : int
        Images drawn from each, without replacement.
    seed : int
        Of the draws.
    draws : int
        How many.

    Returns
    -------
    Spread
        Mean and standard deviation over the draws.

    Raises
    ------
    ValueError
        If a set has fewer than n images.
    """
    x, y = _check_features(a, b)
    if min(len(x), len(y)) < n:
        msg = f"cannot draw {n} images of {len(x)} and {len(y)}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    draw = [(rng.permutation(x)[:n], rng.permutation(y)[:n]) for _ in range(draws)]
    return _spread([distance(*two) for two in draw], n)


def half_split(
    distance: Callable[[Features, Features], float],
    originals: ArrayLike,
    *,
    seed: int,
    n: int | None = None,
    draws: int = 20,
) -> Spread:
    """
    Take a distance between two disjoint draws of originals: its floor at n.

    Parameters
    ----------
    distance : callable
        `frechet_distance` or `kernel_distance`.
    originals : array_like of float, shape (N, d)
        Features of the originals.
    seed : int
        Of the draws.
    n : int or None
        Images a side, at most N // 2, which None stands for.
    draws : int
        How many.

    Returns
    -------
    Spread
        What no forgery at all would give at this n.

    Raises
    ------
    ValueError
        If there are fewer than 2 n originals.
    """
    x, _ = _check_features(originals, originals)
    n = len(x) // 2 if n is None else n
    if 2 * n > len(x) or n < 2:
        msg = f"cannot split {len(x)} originals into two sets of {n}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(x)) for _ in range(draws)]
    return _spread([distance(x[o[:n]], x[o[n : 2 * n]]) for o in orders], n)


def _spread(values: list[float], n: int) -> Spread:
    return Spread(n, float(np.mean(values)), float(np.std(values)), len(values))


def _check_features(
    a: ArrayLike, b: ArrayLike, *, twins: bool = False
) -> tuple[Features, Features]:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        msg = f"features are (images, length) of one length, here {x.shape}, {y.shape}"
        raise ValueError(msg)
    if min(len(x), len(y)) < 2:
        msg = f"needs two images a side, has {len(x)} and {len(y)}"
        raise ValueError(msg)
    if twins and len(x) != len(y):
        msg = f"twins come in pairs, here are {len(x)} and {len(y)} images"
        raise ValueError(msg)
    return x, y


def _kernels(x: Features, y: Features) -> tuple[Features, Features, Features]:
    # k(x, x), k(y, y), k(x, y); the diagonals of the first two are emptied.
    d = x.shape[1]
    within_x, within_y = (x @ x.T / d + 1) ** 3, (y @ y.T / d + 1) ** 3
    np.fill_diagonal(within_x, 0)
    np.fill_diagonal(within_y, 0)
    return within_x, within_y, (x @ y.T / d + 1) ** 3


def _multiplicities(rng: np.random.Generator, n: int, draws: int) -> Features:
    return rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)


def _weighted_mmd(
    kernels: tuple[Features, Features, Features],
    w: Features,
    v: Features,
    *,
    twins: bool,
) -> Features:
    # One value a row of weights, w (k, n) and v (k, m); same-image pairs left out.
    within_x, within_y, between = kernels
    pairs_x = w.sum(axis=1) ** 2 - (w**2).sum(axis=1)
    pairs_y = v.sum(axis=1) ** 2 - (v**2).sum(axis=1)
    pairs = w.sum(axis=1) * v.sum(axis=1)
    if twins:
        between = between - np.diag(np.diag(between))
        pairs = pairs - (w * v).sum(axis=1)
    term_x = np.einsum("kn,kn->k", w @ within_x, w) / pairs_x
    term_y = np.einsum("km,km->k", v @ within_y, v) / pairs_y
    cross = np.einsum("km,km->k", w @ between, v) / pairs
    return np.asarray(term_x + term_y - 2 * cross)
