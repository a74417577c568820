"""Covariance of areas when patients give several cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from observers.analysis.covariance import Placements

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int_]


def clustered_covariance(
    truth: Bools, parts: Placements, patients: Sequence[str]
) -> Floats:
    r"""
    Estimate the covariance with patients, not cases, as the unit of sampling.

    Structural components are summed within a patient before they are squared
    [1]_: :math:`\frac{I_{10}}{(I_{10}-1) n_1^2} \sum_i T_{10,i} T_{10,i}' +
    \frac{I_{01}}{(I_{01}-1) n_0^2} \sum_i T_{01,i} T_{01,i}' + \frac{I}{(I-1) n_0
    n_1} \sum_i (T_{10,i} T_{01,i}' + T_{01,i} T_{10,i}')`. With one case per
    patient it is DeLong's.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    parts : Placements
        Placement values of the score vectors.
    patients : sequence of str, length C
        Patient of each case; an unnamed one ("") is a patient by itself.

    Returns
    -------
    ndarray of float, shape (V, V)
        The covariance; NaN where a class has fewer than two patients.

    References
    ----------
    .. [1] Obuchowski NA (1997). Nonparametric analysis of clustered ROC curve
       data. Biometrics 53: 567-578.
    """
    number = cluster_numbers(patients)
    of_manipulated, of_original = (
        (part - parts.auc[:, None]) / part.shape[1]
        for part in (parts.manipulated, parts.original)
    )
    return clustered_covariance_of(
        (of_manipulated, number[truth]), (of_original, number[~truth])
    )


def clustered_covariance_of(
    manipulated: tuple[Floats, Ints], original: tuple[Floats, Ints]
) -> Floats:
    """
    Sum what each case adds within patients, then square: `clustered_covariance`.

    Parameters
    ----------
    manipulated : tuple
        What each manipulated case adds to each vector's area, shape (V, n1), and
        the number of its patient, shape (n1,).
    original : tuple
        The same of the original cases.

    Returns
    -------
    ndarray of float, shape (V, V)
        The covariance; NaN where a class has fewer than two patients.
    """
    n_clusters = int(max(manipulated[1].max(), original[1].max())) + 1
    sums, present = [], []
    for added, number in (manipulated, original):
        total = np.zeros((len(added), n_clusters))
        np.add.at(total.T, number, added.T)
        sums.append(total)
        present.append(np.unique(number).size)
    cross = sums[0] @ sums[1].T
    within = [
        _unbiased(n) * (total @ total.T) for total, n in zip(sums, present, strict=True)
    ]
    return np.asarray(within[0] + within[1] + _unbiased(n_clusters) * (cross + cross.T))


def cluster_numbers(patients: Sequence[str]) -> NDArray[np.int_]:
    """
    Give each patient a number from 0.

    Parameters
    ----------
    patients : sequence of str
        Patient of each case; an unnamed one ("") is a patient by itself.

    Returns
    -------
    ndarray of int
        One number per case.
    """
    keys = [name or (index,) for index, name in enumerate(patients)]
    known = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([known[key] for key in keys])


def has_clusters(patients: Sequence[str] | None) -> bool:
    """
    Tell whether any patient gives more than one case.

    Parameters
    ----------
    patients : sequence of str or None
        Patient of each case.

    Returns
    -------
    bool
        True where a named patient occurs twice.
    """
    named = [name for name in patients or () if name]
    return len(set(named)) < len(named)


def _unbiased(n: int) -> float:
    return n / (n - 1) if n > 1 else np.nan
