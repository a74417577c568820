"""Multi-reader multi-case analysis of any localization figure of merit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.covariance import jackknife_of
from observers.analysis.localization import Localization
from observers.analysis.localization_fom import FIGURES, marks_of
from observers.analysis.mrmc import ObuchowskiRockette, obuchowski_rockette

Floats = NDArray[np.float64]
LIMITS = {"MaxNLF": (0.0, np.inf)}


@dataclass(frozen=True, eq=False)
class LocalizationResult:
    """
    Figures of merit with their analysis.

    Attributes
    ----------
    figure : str
        Name of the figure of merit.
    theta : ndarray of float, shape (R, M)
        Its values.
    covariance : ndarray of float, shape (R * M, R * M)
        Jackknife covariance over cases.
    analysis : ObuchowskiRockette
        The three analyses.
    """

    figure: str
    theta: Floats
    covariance: Floats
    analysis: ObuchowskiRockette


def figure_table(study: Localization, figure: str) -> Floats:
    """
    Compute a figure of merit for each reader and modality.

    Parameters
    ----------
    study : Localization
        The marks.
    figure : str
        One of `localization_fom.FIGURES`.

    Returns
    -------
    ndarray of float, shape (R, M)
        The values.

    Raises
    ------
    ValueError
        If there is no such figure of merit.
    """
    if figure not in FIGURES:
        msg = f"figure: {figure!r} is not one of: {', '.join(FIGURES)}"
        raise ValueError(msg)
    value = FIGURES[figure]
    n_r, n_m = study.hit.shape[:2]
    table = [[value(marks_of(study, r, m)) for m in range(n_m)] for r in range(n_r)]
    return np.array(table)


def analyse_localization(
    study: Localization, figure: str = "wAFROC", *, alpha: float = 0.05
) -> LocalizationResult:
    """
    Analyse a figure of merit by Obuchowski-Rockette with the jackknife.

    Parameters
    ----------
    study : Localization
        The marks.
    figure : str, optional
        One of `localization_fom.FIGURES`.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    LocalizationResult
        Values, covariance and analyses.

    Raises
    ------
    ValueError
        If there is no such figure of merit, or it is undefined without a case.
    """
    theta = figure_table(study, figure)
    value = FIGURES[figure]
    n_r, n_m = theta.shape
    left_out = [
        [value(marks.without(case)) for case in range(study.truth.size)]
        for marks in (marks_of(study, r, m) for r in range(n_r) for m in range(n_m))
    ]
    covariance = jackknife_of(np.array(left_out))
    return LocalizationResult(
        figure=figure,
        theta=theta,
        covariance=covariance,
        analysis=obuchowski_rockette(
            theta, covariance, alpha=alpha, limits=LIMITS.get(figure, (0.0, 1.0))
        ),
    )
