"""The whole analysis of some readings as one table of plain numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from observers.analysis.analyse_design import counts_of, design_of
from observers.analysis.analyse_groups import group_rows, standalone_rows
from observers.analysis.analyse_options import Options, standalone_vectors
from observers.analysis.analyse_pairs import add_holm, pair_rows
from observers.analysis.analyse_rows import auc_rows, modality_row, plain, reader_rows
from observers.analysis.analyse_study import Study
from observers.analysis.checks import ReadingsError
from observers.analysis.groups_strata import Vector
from observers.analysis.readings import Readings


def analyse(readings: Readings, options: Options | None = None) -> dict[str, Any]:
    """
    Analyse readings completely.

    Parameters
    ----------
    readings : Readings
        The readings.
    options : Options, optional
        What to compare and how.

    Returns
    -------
    dict
        ``design, auc, modalities, pairs, readers, groups, standalone, options``
        and ``global`` (tests over all modalities): numbers, None, text and lists
        of them only, ready for JSON.

    Raises
    ------
    ReadingsError
        If the standalone detector named in the options does not occur.
    """
    options = options or Options()
    alone = standalone_vectors(readings, options.standalone)
    study = Study(readings, options.alpha)
    found = {
        "options": asdict(options),
        "design": design_of(_without(readings, alone)),
        "counts": counts_of(readings),
        "auc": auc_rows(readings, options.alpha),
        "modalities": [modality_row(study, m) for m in range(len(readings.modalities))],
        "global": study.global_tests(),
        "pairs": pair_rows(study, options),
        "readers": reader_rows(readings, options.alpha, options.seed),
        "groups": group_rows(readings, alone, options),
    }
    if options.standalone is not None:
        found["standalone"] = standalone_rows(readings, alone, options)
    return {key: plain(value) for key, value in found.items()}


def analyse_by_lesion(
    readings: Readings, options: Options | None = None
) -> dict[str, Any]:
    """
    Analyse all cases, and each lesion's cases by themselves.

    Parameters
    ----------
    readings : Readings
        The readings, with lesions.
    options : Options, optional
        What to compare and how.

    Returns
    -------
    dict
        As `analyse`, and under ``lesions`` the same for each lesion; pairs carry
        ``p_holm``, adjusted over lesions and pairs, beside the plain p.

    Raises
    ------
    ReadingsError
        If no case has a lesion.
    """
    if not readings.lesion_names:
        msg = "lesion: no case has one, so there is nothing to divide by"
        raise ReadingsError(msg)
    whole = analyse(readings, options)
    whole["lesions"] = {
        name: analyse(readings.select(lesion=name), options)
        for name in readings.lesion_names
    }
    add_holm([row for part in whole["lesions"].values() for row in part["pairs"]])
    return whole


def _without(readings: Readings, alone: frozenset[Vector]) -> Readings:
    n_r, n_m, n_c = readings.shape
    score = readings.score.copy()
    for r, m in alone:
        score[r, m] = np.nan
    seen = np.asarray(~np.isnan(score).all(axis=2))  # (R, M)
    keep_r, keep_m = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if len(keep_r) == n_r and len(keep_m) == n_m:
        return readings
    return readings.take(keep_r.tolist(), keep_m.tolist(), range(n_c))
