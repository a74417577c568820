"""Mean squares, variance and covariance components of a crossed study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.hillis import snap, snapped

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Components:
    """
    What the Obuchowski-Rockette analysis is made of, rounding noise removed.

    Names follow the papers: T is modality (treatment), R is reader.

    Attributes
    ----------
    theta : ndarray of float, shape (R, M)
        Figures of merit.
    ms_t : float
        Mean square of the modalities; 0 with one modality.
    ms_r : float
        Mean square of the readers; 0 with one reader.
    ms_tr : float
        Mean square of modality by reader; 0 with one of either.
    var : float
        Error variance, mean over readers and modalities.
    cov1 : float
        Error covariance, same reader, different modalities.
    cov2 : float
        Error covariance, different readers, same modality.
    cov3 : float
        Error covariance, different readers, different modalities.
    ms_r_by_modality : ndarray of float, shape (M,)
        Mean square of the readers within each modality.
    var_by_modality : ndarray of float, shape (M,)
        Error variance within each modality.
    cov2_by_modality : ndarray of float, shape (M,)
        ``cov2`` within each modality.
    ms_t_by_reader : ndarray of float, shape (R,)
        Mean square of the modalities within each reader.
    var_by_reader : ndarray of float, shape (R,)
        Error variance within each reader.
    cov1_by_reader : ndarray of float, shape (R,)
        ``cov1`` within each reader.
    """

    theta: Floats
    ms_t: float
    ms_r: float
    ms_tr: float
    var: float
    cov1: float
    cov2: float
    cov3: float
    ms_r_by_modality: Floats
    var_by_modality: Floats
    cov2_by_modality: Floats
    ms_t_by_reader: Floats
    var_by_reader: Floats
    cov1_by_reader: Floats

    @property
    def gap(self) -> float:
        """
        ``max(cov2 - cov3, 0)``, as OR-DBM (Iowa) has it.

        Returns
        -------
        float
            The clamped difference.
        """
        return max(snapped(self.cov2 - self.cov3), 0.0)

    @property
    def is_clamped(self) -> bool:
        """
        Whether ``cov2 - cov3`` was negative and is taken as 0.

        Returns
        -------
        bool
            True where the clamp is active.
        """
        return snapped(self.cov2 - self.cov3) < 0

    @property
    def var_r(self) -> float:
        """
        Variance component of the readers; may be negative.

        Returns
        -------
        float
            The ANOVA estimate.
        """
        between = (self.ms_r - self.ms_tr) / float(self.theta.shape[1])
        return between - self.cov1 + self.cov3

    @property
    def var_tr(self) -> float:
        """
        Variance component of modality by reader; may be negative.

        Returns
        -------
        float
            The ANOVA estimate.
        """
        return self.ms_tr - self.var + self.cov1 + self.gap


def components(theta: Floats, covariance: Floats) -> Components:
    """
    Decompose figures of merit and their covariance.

    Parameters
    ----------
    theta : ndarray of float, shape (R, M)
        Figures of merit of a crossed design.
    covariance : ndarray of float, shape (R * M, R * M)
        Their covariance over cases, vectors in the order of ``theta.ravel()``.

    Returns
    -------
    Components
        The parts.

    Raises
    ------
    ValueError
        If the shapes do not fit or a value is not finite.
    """
    n_r, n_m = theta.shape
    if covariance.shape != (n_r * n_m, n_r * n_m):
        msg = f"covariance: shape {covariance.shape} does not fit theta {theta.shape}"
        raise ValueError(msg)
    if not (np.isfinite(theta).all() and np.isfinite(covariance).all()):
        msg = "theta, covariance: Obuchowski-Rockette needs a complete design"
        raise ValueError(msg)
    return Components(theta=theta, **_mean_squares(theta), **_errors(theta, covariance))


# Keyword parts of `Components`; a factor with one level has mean square 0.
def _mean_squares(theta: Floats) -> dict[str, Any]:
    n_r, n_m = theta.shape
    by_reader, by_modality = theta.mean(axis=1), theta.mean(axis=0)
    interaction = theta - by_reader[:, None] - by_modality[None, :] + theta.mean()
    return {
        "ms_t": snapped(n_r * _variance(by_modality, 0)),
        "ms_r": snapped(n_m * _variance(by_reader, 0)),
        "ms_tr": snapped((interaction**2).sum() / max(1, (n_r - 1) * (n_m - 1))),
        "ms_r_by_modality": snap(_variance(theta, 0)),
        "ms_t_by_reader": snap(_variance(theta, 1)),
    }


def _errors(theta: Floats, covariance: Floats) -> dict[str, Any]:
    n_r, n_m = theta.shape
    block = covariance.reshape(n_r, n_m, n_r, n_m)
    var = np.diagonal(covariance).reshape(n_r, n_m)
    same_reader = np.einsum("rmrn->r", block)  # (R,)
    same_modality = np.einsum("rmsm->m", block)  # (M,)
    cov1 = (same_reader - var.sum(axis=1)) / max(1, n_m * (n_m - 1))
    cov2 = (same_modality - var.sum(axis=0)) / max(1, n_r * (n_r - 1))
    rest = block.sum() - same_reader.sum() - same_modality.sum() + var.sum()
    return {
        "var": snapped(var.mean()),
        "cov1": snapped(cov1.mean()),
        "cov2": snapped(cov2.mean()),
        "cov3": snapped(rest / max(1, n_r * (n_r - 1) * n_m * (n_m - 1))),
        "var_by_modality": snap(var.mean(axis=0)),
        "cov2_by_modality": snap(cov2),
        "var_by_reader": snap(var.mean(axis=1)),
        "cov1_by_reader": snap(cov1),
    }


def _variance(value: Floats, axis: int) -> Floats:
    deviation = value - value.mean(axis=axis, keepdims=True)
    return np.asarray((deviation**2).sum(axis=axis) / max(1, value.shape[axis] - 1))
