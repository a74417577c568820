"""Quality: what was done to an image since, as a few statistics in their own spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Usual = tuple[Column, Column]
"""Mean and standard deviation of each statistic."""

_FAR = 4.0  # spreads: beyond it a statistic of quality says nothing more


def usual_of(quality: Column) -> Usual:
    """
    Tell what is usual.

    Parameters
    ----------
    quality : ndarray of float, shape (n, k)
        Statistics of quality.

    Returns
    -------
    tuple of ndarray, shape (k,)
        Their means and standard deviations.
    """
    return quality.mean(0), quality.std(0) + 1e-6


def standard(quality: Column, usual: Usual) -> Column:
    """
    Measure statistics from the usual.

    Parameters
    ----------
    quality : ndarray of float, shape (n, k)
        Statistics of quality.
    usual : tuple of ndarray, shape (k,)
        From `usual_of`.

    Returns
    -------
    ndarray of float, shape (n, k)
        Spreads, -4 to 4.
    """
    return np.asarray(np.clip((quality - usual[0]) / usual[1], -_FAR, _FAR))


def products(measured: Column) -> Column:
    """
    Put every product of two beside them.

    Parameters
    ----------
    measured : ndarray of float, shape (n, k)
        From `standard`.

    Returns
    -------
    ndarray of float, shape (n, k + k (k + 1) / 2)
        Statistics, then products.

    Examples
    --------
    >>> products(np.array([[2.0, 3.0]])).tolist()
    [[2.0, 3.0, 4.0, 6.0, 9.0]]
    """
    first, second = np.triu_indices(measured.shape[1])
    return np.hstack([measured, measured[:, first] * measured[:, second]])
