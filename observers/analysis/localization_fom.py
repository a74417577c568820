"""Figures of merit of marks: AFROC, wAFROC, LROC and the end-points of FROC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.localization import Localization
from observers.analysis.roc import placement_counts

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int_]


@dataclass(frozen=True, eq=False)
class Marks:
    """
    Marks of one reader in one modality.

    Attributes
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case has lesions.
    miss : ndarray of float, shape (C,)
        Highest rating of marks that hit nothing; ``-inf`` without.
    n_miss : ndarray of int, shape (C,)
        Number of such marks.
    hit : ndarray of float, shape (L,)
        Rating of each lesion; ``-inf`` where unmarked.
    lesion_case : ndarray of int, shape (L,)
        Position of each lesion's case.
    weight : ndarray of float, shape (L,)
        Weights; those of a case sum to 1.
    """

    truth: Bools
    miss: Floats
    n_miss: Ints
    hit: Floats
    lesion_case: Ints
    weight: Floats

    def without(self, case: int) -> Marks:
        """
        Leave one case out.

        Parameters
        ----------
        case : int
            Its position.

        Returns
        -------
        Marks
            The rest.
        """
        keep = np.arange(self.truth.size) != case
        lesions = self.lesion_case != case
        moved = self.lesion_case[lesions]
        return Marks(
            truth=self.truth[keep],
            miss=self.miss[keep],
            n_miss=self.n_miss[keep],
            hit=self.hit[lesions],
            lesion_case=moved - (moved > case),
            weight=self.weight[lesions],
        )

    @property
    def highest(self) -> Floats:
        """
        Highest rating of each case.

        Returns
        -------
        ndarray of float, shape (C,)
            ``-inf`` without any mark.
        """
        rating = self.miss.copy()
        np.maximum.at(rating, self.lesion_case, self.hit)
        return rating


def marks_of(study: Localization, reader: int, modality: int) -> Marks:
    """
    Take the marks of one reader in one modality.

    Parameters
    ----------
    study : Localization
        All marks.
    reader : int
        Position of the reader.
    modality : int
        Position of the modality.

    Returns
    -------
    Marks
        The marks.
    """
    return Marks(
        truth=study.truth,
        miss=study.highest_miss[reader, modality],
        n_miss=study.n_miss[reader, modality],
        hit=study.hit[reader, modality],
        lesion_case=study.lesion_case,
        weight=study.weight,
    )


def wafroc(marks: Marks) -> float:
    r"""
    Area under the weighted AFROC curve, false marks from original cases only.

    :math:`\frac{1}{K_1 K_2} \sum_{i} \sum_{j} \sum_{l} W_{jl} \psi(x_i, y_{jl})`
    with :math:`\psi` 1 where the lesion is rated above the case's highest false
    mark, 1/2 where equal (``-inf`` with ``-inf`` too), else 0 [1]_.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area, between 0 and 1; NaN when a class is empty.

    References
    ----------
    .. [1] Chakraborty DP (2017). Observer performance methods for diagnostic
       imaging. CRC Press, chapter 14.
    """
    return _weighted(marks, marks.miss[~marks.truth])


def wafroc1(marks: Marks) -> float:
    """
    Area under the weighted AFROC1 curve, false marks from all cases.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area; NaN when there is no lesion.
    """
    return _weighted(marks, marks.miss)


def afroc(marks: Marks) -> float:
    """
    Area under the AFROC curve, every lesion alike.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area; NaN when a class is empty.
    """
    return _mean(_above(marks.miss[~marks.truth], marks.hit))


def afroc1(marks: Marks) -> float:
    """
    Area under the AFROC1 curve, false marks from all cases.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area; NaN when there is no lesion.
    """
    return _mean(_above(marks.miss, marks.hit))


def highest_rating_auc(marks: Marks) -> float:
    """
    Area under the ROC curve of the highest ratings.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area; NaN when a class is empty.
    """
    rating = marks.highest
    return _mean(_above(rating[~marks.truth], rating[marks.truth]))


def highest_rating_sensitivity(marks: Marks) -> float:
    """
    Share of manipulated cases with any mark.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The share; NaN without such cases.
    """
    return _mean((marks.highest[marks.truth] > -np.inf).astype(float))


def highest_rating_specificity(marks: Marks) -> float:
    """
    Share of original cases without a mark.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The share; NaN without such cases.
    """
    return _mean((marks.highest[~marks.truth] == -np.inf).astype(float))


def lesion_fraction(marks: Marks) -> float:
    """
    Share of lesions that were marked: where the FROC curve ends, upwards.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The share; NaN without lesions.
    """
    return _mean((marks.hit > -np.inf).astype(float))


def false_marks_per_case(marks: Marks) -> float:
    """
    Count false marks per original case: where the FROC curve ends, to the right.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The mean number; may exceed 1. NaN without original cases.
    """
    return _mean(marks.n_miss[~marks.truth].astype(float))


def lroc_curve(marks: Marks) -> tuple[Floats, Floats]:
    """
    LROC curve: correct localizations against false positives.

    A manipulated case counts when its highest mark is on a lesion.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    tuple of ndarray
        False positive fraction of the original cases, and fraction of
        manipulated cases located correctly, as the cut is lowered.

    Raises
    ------
    ValueError
        If a class is empty.
    """
    if marks.truth.all() or not marks.truth.any():
        msg = "truth: an LROC curve needs original and manipulated cases"
        raise ValueError(msg)
    located = np.full(marks.truth.size, -np.inf)
    np.maximum.at(located, marks.lesion_case, marks.hit)
    right = np.where(located >= marks.miss, located, -np.inf)[marks.truth]
    false = marks.miss[~marks.truth]
    cuts = np.unique(np.concatenate([right, false]))[::-1]
    cuts = cuts[cuts > -np.inf]
    x, y = ([np.mean(v >= cut) for cut in cuts] for v in (false, right))
    return np.array([0.0, *x]), np.array([0.0, *y])


def located_at(marks: Marks, false_positive: float = 0.2) -> float:
    """
    Fraction located correctly (PCL) at a false positive fraction.

    Parameters
    ----------
    marks : Marks
        The marks.
    false_positive : float, optional
        Where to read the curve, between 0 and 1.

    Returns
    -------
    float
        The fraction; flat beyond the last point.
    """
    x, y = lroc_curve(marks)
    return float(np.interp(false_positive, x, y))


def lroc_area(marks: Marks) -> float:
    """
    Area under the LROC curve.

    Parameters
    ----------
    marks : Marks
        The marks.

    Returns
    -------
    float
        The area by trapezoids, the curve carried flat to 1.
    """
    x, y = lroc_curve(marks)
    return float(np.trapezoid(np.append(y, y[-1]), np.append(x, 1.0)))


def froc_curve(miss: Floats, hit: Floats, n_original: int) -> tuple[Floats, Floats]:
    """
    FROC curve from every single mark.

    Parameters
    ----------
    miss : ndarray of float, shape (P,)
        Ratings of all false marks on original cases.
    hit : ndarray of float, shape (L,)
        Rating of each lesion; ``-inf`` where unmarked.
    n_original : int
        Number of original cases.

    Returns
    -------
    tuple of ndarray
        False marks per original case and fraction of lesions marked, as the cut
        is lowered.
    """
    cuts = np.unique(np.concatenate([miss, hit[hit > -np.inf]]))[::-1]
    x = [np.sum(miss >= cut) / n_original for cut in cuts]
    y = [np.mean(hit >= cut) for cut in cuts]
    return np.array([0.0, *x]), np.array([0.0, *y])


FIGURES: dict[str, Callable[[Marks], float]] = {
    "wAFROC": wafroc,
    "AFROC": afroc,
    "wAFROC1": wafroc1,
    "AFROC1": afroc1,
    "HrAuc": highest_rating_auc,
    "HrSe": highest_rating_sensitivity,
    "HrSp": highest_rating_specificity,
    "MaxLLF": lesion_fraction,
    "MaxNLF": false_marks_per_case,
    "PCL": located_at,
    "ALROC": lroc_area,
}


def _above(lower: Floats, upper: Floats) -> Floats:
    # Share of `lower` that each of `upper` exceeds, ties 1/2.
    if not lower.size:
        return np.full(upper.size, np.nan)
    return placement_counts(lower, upper)[1] / (2 * lower.size)


def _weighted(marks: Marks, miss: Floats) -> float:
    n_cases = int(marks.truth.sum())
    if not n_cases:
        return np.nan
    return float(marks.weight @ _above(miss, marks.hit)) / n_cases


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else np.nan
