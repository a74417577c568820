"""A standalone detector against a sample of readers on the same cases."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from observers.analysis.covariance import covariances, unbiased_covariance
from observers.analysis.delong import delong
from observers.analysis.hillis import DIFFERENCE, Inference, infer, undefined
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.ustatistic_sums import pair_sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ONE_READER = "one reader: random readers are not available; see the fixed-reader test"
INCOMPLETE = "scores are missing: unbiased covariance over the common cases"
TWO_PER_CLASS = "needs >= 2 cases per class"


@dataclass(frozen=True)
class Standalone:
    """
    Readers' mean area minus the detector's.

    Attributes
    ----------
    readers : int
        Number of readers.
    standalone : float or None
        The detector's area.
    mean : float or None
        The readers' mean area.
    difference : float or None
        Readers' mean minus the detector's area.
    rrrc : Inference
        Random readers and cases: Hillis's single-modality t test.
    frrc : Inference
        These readers, random cases: the contrast's own variance.
    rrfc : Inference
        Random readers, these cases: one-sample t test of the differences.
    covariance : str
        Method of the random-reader analysis.
    fixed_covariance : str
        Method of the fixed-reader analysis.
    leading : str
        ``frrc`` with one or two readers, else ``rrrc``.
    """

    readers: int
    standalone: float | None
    mean: float | None
    difference: float | None
    rrrc: Inference
    frrc: Inference
    rrfc: Inference
    covariance: str
    fixed_covariance: str
    leading: str


def against_readers(
    truth: Bools,
    standalone: Floats,
    readers: Floats,
    *,
    method: str | None = None,
    alpha: float = 0.05,
) -> Standalone:
    r"""
    Compare a detector with the mean of readers.

    The differences :math:`D_j = A_j - A_0` are analysed as one modality: random
    readers by :math:`t = \bar D / \sqrt{[MS_R + J \max(Cov_2, 0)] / J}` with
    Hillis's degrees of freedom [1]_, [2]_. The detector is a fixed reader:
    only its cases are sampled.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    standalone : ndarray of float, shape (C,)
        The detector's scores.
    readers : ndarray of float, shape (J, C)
        The readers' scores; NaN where missing.
    method : str, optional
        Covariance: ``jackknife``, ``delong`` or ``unbiased``. By default the
        jackknife for random readers, as published programs have it, and DeLong
        for the fixed-reader contrast.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    Standalone
        The three analyses.

    References
    ----------
    .. [1] Hillis SL (2014). A marginal-mean ANOVA approach for analyzing
       multireader multicase radiological imaging data. Statistics in Medicine
       33: 330-360.
    .. [2] Chakraborty DP (2017). Observer performance methods for diagnostic
       imaging. CRC Press, chapter 22.
    """
    score = np.concatenate([standalone[None, :], readers])  # (1 + J, C)
    used = ~np.isnan(score).all(axis=0)
    truth, score = truth[used], score[:, used]
    areas = delong(truth, score)
    if np.isnan(areas.auc).any():
        return _nothing(len(readers), "the detector or a reader lacks a class")
    if np.isnan(areas.covariance).any():
        return _nothing(len(readers), TWO_PER_CLASS, areas.auc)
    name, auc, covariance = _covariance(truth, score, method or "jackknife")
    fixed = method if method and name == method else "delong"
    result = compare_areas(auc, covariance, method=name, alpha=alpha)
    if fixed == "delong":
        weight = _lift(len(readers)).mean(axis=0)
        estimate, variance = areas.contrast(weight)
        frrc = infer(estimate, variance, math.inf, alpha=alpha)
        result = replace(result, frrc=frrc, fixed_covariance=fixed)
    note = INCOMPLETE if np.isnan(score).any() else ""
    return replace(result, rrrc=result.rrrc.with_notes(note))


def compare_areas(
    auc: Floats, covariance: Floats, *, method: str, alpha: float = 0.05
) -> Standalone:
    """
    Compare a detector with readers from their areas and covariance alone.

    Parameters
    ----------
    auc : ndarray of float, shape (1 + J,)
        Area of the detector, then of the readers.
    covariance : ndarray of float, shape (1 + J, 1 + J)
        Their covariance over cases.
    method : str
        Name of the covariance.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    Standalone
        The three analyses, see `against_readers`.
    """
    n = auc.size - 1
    lift = _lift(n)
    result = obuchowski_rockette(
        (lift @ auc)[:, None],
        lift @ covariance @ lift.T,  # (J, 1 + J) (1 + J, 1 + J) (1 + J, J)
        alpha=alpha,
        limits=DIFFERENCE,
    )
    weight = lift.mean(axis=0)
    difference = float(weight @ auc)
    variance = float(weight @ covariance @ weight)
    return Standalone(
        readers=n,
        standalone=float(auc[0]),
        mean=float(auc[1:].mean()),
        difference=difference,
        rrrc=_random(result.rrrc.modalities[0], n),
        frrc=infer(difference, variance, math.inf, alpha=alpha),
        rrfc=_random(result.rrfc.modalities[0], n),
        covariance=method,
        fixed_covariance=method,
        leading="frrc" if n <= 2 else "rrrc",
    )


def _lift(n: int) -> Floats:
    # From (detector, readers) to readers minus detector: (J, 1 + J).
    return np.hstack([-np.ones((n, 1)), np.eye(n)])


def _covariance(truth: Bools, score: Floats, method: str) -> tuple[str, Floats, Floats]:
    if np.isnan(score).any():
        sums = pair_sums(truth, score)
        return "unbiased", sums.total / sums.size, unbiased_covariance(sums)
    auc, by_method = covariances(truth, score)
    return method, auc, by_method[method]


def _random(result: Inference, readers: int) -> Inference:
    return undefined(ONE_READER, result.estimate) if readers == 1 else result


def _nothing(readers: int, reason: str, auc: Floats | None = None) -> Standalone:
    mean = None if auc is None else float(auc[1:].mean())
    alone = None if auc is None else float(auc[0])
    difference = None if mean is None or alone is None else mean - alone
    nothing = undefined(reason, difference)
    return Standalone(
        readers=readers,
        standalone=alone,
        mean=mean,
        difference=difference,
        rrrc=nothing,
        frrc=nothing,
        rrfc=nothing,
        covariance="none",
        fixed_covariance="none",
        leading="frrc" if readers <= 2 else "rrrc",
    )
