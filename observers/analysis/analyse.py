"""The whole analysis of some readings as one table of plain numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from observers.analysis.analyse_design import counts_of, design_of
from observers.analysis.analyse_figure import binormal_rows, figure_rows
from observers.analysis.analyse_groups import group_rows, standalone_rows
from observers.analysis.analyse_options import Options, standalone_vectors
from observers.analysis.analyse_pairs import add_holm, pair_rows
from observers.analysis.analyse_pooled import pooled_rows
from observers.analysis.analyse_rows import auc_rows, modality_row, plain, reader_rows
from observers.analysis.analyse_study import Study
from observers.analysis.checks import ReadingsError
from observers.analysis.groups_strata import Vector
from observers.analysis.readings import Readings

_FAMILIES = ("pairs", "groups", "standalone")


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
    return _analysed(
        readings, options, standalone_vectors(readings, options.standalone)
    )


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
        As `analyse`, and under ``lesions`` the same for each lesion; ``pairs,
        groups`` and ``standalone`` carry ``p_holm``, adjusted over lesions and
        rows of a kind, beside the plain p of the leading analysis. ``pooled``
        holds the mean over lesions.

    Raises
    ------
    ReadingsError
        If no case has a lesion.
    """
    if not readings.lesion_names:
        msg = "lesion: no case has one, so there is nothing to divide by"
        raise ReadingsError(msg)
    options = options or Options()
    alone = standalone_vectors(readings, options.standalone)
    whole = _analysed(readings, options, alone)
    whole["lesions"] = {
        name: _analysed(readings.select(lesion=name), options, alone)
        for name in readings.lesion_names
    }
    for family in _FAMILIES:
        parts = [part.get(family, []) for part in whole["lesions"].values()]
        add_holm([row for part in parts for row in part])
    whole["pooled"] = plain(pooled_rows(readings, alone, options))
    return whole


def _analysed(
    readings: Readings, options: Options, alone: frozenset[Vector]
) -> dict[str, Any]:
    study = Study(readings, options.alpha)
    rows = {
        "pairs": pair_rows(study, options),
        "groups": group_rows(readings, alone, options),
    }
    if options.standalone is not None:
        rows["standalone"] = standalone_rows(readings, alone, options)
    for family in rows.values():
        add_holm(family)
    found = {
        "options": asdict(options),
        "design": design_of(_without(readings, alone)),
        "counts": counts_of(readings),
        "auc": auc_rows(readings, options.alpha),
        "modalities": [modality_row(study, m) for m in range(len(readings.modalities))],
        "global": study.global_tests(),
        "readers": reader_rows(readings, options.alpha, options.seed),
        **rows,
    }
    if options.figure is not None:
        found["figure"] = figure_rows(readings, options.figure, options.alpha)
    if options.binormal:
        found["binormal"] = binormal_rows(readings)
    return {key: plain(value) for key, value in found.items()}


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
