"""Rows of the analysis that stand for one reader or one modality."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np

from observers.analysis.analyse_study import Study
from observers.analysis.covariance import METHODS
from observers.analysis.differences import (
    Difference,
    paired_difference,
    permutation_p,
)
from observers.analysis.estimates import estimate_auc
from observers.analysis.groups_strata import scored
from observers.analysis.hillis import Inference
from observers.analysis.readings import Readings


def auc_rows(readings: Readings, alpha: float) -> list[dict[str, Any]]:
    """
    Estimate each reader's area in each modality.

    Parameters
    ----------
    readings : Readings
        The readings.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    list of dict
        One row per modality and reader who read in it.
    """
    rows = []
    for m, r in np.argwhere(scored(readings).T).tolist():
        estimate = estimate_auc(readings.truth, readings.score[r, m], level=1 - alpha)
        rows.append(
            {
                "modality": readings.modalities[m],
                "reader": readings.readers[r],
                "group": readings.groups[r] if readings.groups else None,
                "n0": estimate.n0,
                "n1": estimate.n1,
                "auc": estimate.auc,
                "var_delong": estimate.variance,
                "ci": {
                    "newcombe5": estimate.newcombe5.ends,
                    "logit_delong": estimate.logit_delong.ends,
                    "delong": estimate.delong.ends,
                },
                "ci_leading": estimate.interval.method,
                "notes": list(estimate.notes),
            }
        )
    return rows


def modality_row(study: Study, m: int) -> dict[str, Any]:
    """
    Average one modality over its readers.

    Parameters
    ----------
    study : Study
        The readings with what is computed once.
    m : int
        The modality.

    Returns
    -------
    dict
        Its row.
    """
    statistic = study.modality(m)
    rockettes = study.rockette_of_modality(m)
    row: dict[str, Any] = {
        "modality": study.readings.modalities[m],
        "readers": len(study.readings.readers_of(study.readings.modalities[m])),
        "auc": statistic.estimate,
        "u_statistic": study.u_statistic(statistic),
        "mle": {"variance": statistic.variance_mle, "df_bdg": statistic.df_mle},
        "or": dict.fromkeys(METHODS),
        "notes": list(statistic.notes),
    }
    for method, (rockette, place) in (rockettes or {}).items():
        row["or"][method] = {
            key: inference_of(getattr(rockette, key).modalities[place])
            for key in ("rrrc", "frrc", "rrfc")
        }
    return row


def reader_rows(
    readings: Readings, alpha: float, seed: int = 1
) -> list[dict[str, Any]]:
    """
    Compare modalities within each reader, by DeLong's paired test.

    Parameters
    ----------
    readings : Readings
        The readings.
    alpha : float
        One minus the confidence level.
    seed : int, optional
        Seed of the exchange test.

    Returns
    -------
    list of dict
        One row per reader and pair of modalities that he or she read in; where
        the variance is 0 and the difference is not, ``p_exchange`` is the p-value
        of a test by exchanging ratings within cases.
    """
    rows = []
    for r, table in enumerate(scored(readings)):
        for a, b in combinations(np.flatnonzero(table).tolist(), 2):
            result = paired_difference(
                readings.truth,
                readings.score[r, a],
                readings.score[r, b],
                level=1 - alpha,
            )
            rows.append(
                {
                    "reader": readings.readers[r],
                    "a": readings.modalities[a],
                    "b": readings.modalities[b],
                    "difference": result.difference,
                    "se": result.se,
                    "z": result.statistic,
                    "p": result.p,
                    "p_exchange": _exchanged(readings, (r, a, b), result, seed),
                    "ci": result.interval.ends,
                    "n0": result.n0,
                    "n1": result.n1,
                    "notes": list(result.notes),
                }
            )
    return rows


def _exchanged(
    readings: Readings, place: tuple[int, int, int], result: Difference, seed: int
) -> float | None:
    r, a, b = place
    if result.p is not None or not result.difference or min(result.n0, result.n1) < 2:
        return None
    first, second = readings.score[r, a], readings.score[r, b]
    return permutation_p(readings.truth, first, second, seed=seed)


def inference_of(result: Inference, *, statistic: str = "t") -> dict[str, Any]:
    """
    Give an inference as plain data.

    Parameters
    ----------
    result : Inference
        The inference.
    statistic : str, optional
        Name of the statistic: ``t`` or ``z``.

    Returns
    -------
    dict
        ``se, df, p, ci``, the statistic and notes; an infinite df is None.
    """
    return {
        statistic: result.statistic,
        "se": result.se,
        "df": result.df,
        "p": result.p,
        "ci": result.ci,
        "notes": list(result.notes),
    }


def plain(value: Any) -> Any:
    """
    Bring a value to what JSON knows.

    Parameters
    ----------
    value : object
        Nested mappings, sequences, numbers, text and None.

    Returns
    -------
    object
        The same with lists for sequences, Python numbers, and None where a
        number is not finite.
    """
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def notes_of(*results: Inference) -> list[str]:
    """
    Gather the notes of several results.

    Parameters
    ----------
    *results : Inference
        The results.

    Returns
    -------
    list of str
        Each note once, in order.
    """
    return list(dict.fromkeys(note for result in results for note in result.notes))
