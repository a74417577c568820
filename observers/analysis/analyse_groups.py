"""Rows of the analysis that compare readers: groups, and with the detector."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.analyse_options import Options
from observers.analysis.analyse_rows import inference_of, notes_of
from observers.analysis.groups import compare_groups
from observers.analysis.groups_strata import Stratum, Vector, strata, vector_scores
from observers.analysis.readings import Readings
from observers.analysis.standalone import against_readers
from observers.analysis.standalone_margin import margin_rows


def group_rows(
    readings: Readings, alone: frozenset[Vector], options: Options
) -> list[dict[str, Any]]:
    """
    Compare each two groups of readers.

    Parameters
    ----------
    readings : Readings
        The readings.
    alone : frozenset of tuple
        Vectors of the standalone detector, left out.
    options : Options
        Level.

    Returns
    -------
    list of dict
        One row per stratum and pair of groups, first minus second.
    """
    rows = []
    for stratum in strata(readings, alone):
        for a, b in combinations(sorted(stratum.groups), 2):
            first, second = (
                vector_scores(readings, stratum.groups[name]) for name in (a, b)
            )
            result = compare_groups(readings.truth, first, second, alpha=options.alpha)
            rows.append(
                {
                    "a": a,
                    "b": b,
                    "modality": stratum.modality,
                    "readers": [len(first), len(second)],
                    "difference": result.difference,
                    "random": inference_of(result.random),
                    "fixed": inference_of(result.fixed),
                    "leading": result.leading,
                    "p": (
                        result.fixed if result.leading == "fixed" else result.random
                    ).p,
                    "notes": notes_of(result.random, result.fixed),
                }
            )
    return rows


def standalone_rows(
    readings: Readings, alone: frozenset[Vector], options: Options
) -> list[dict[str, Any]]:
    """
    Compare the detector with each group of readers and with all.

    Parameters
    ----------
    readings : Readings
        The readings.
    alone : frozenset of tuple
        The detector's vectors.
    options : Options
        Level, covariance and margin.

    Returns
    -------
    list of dict
        One row per stratum and group; readers' mean minus the detector.
    """
    rows = []
    for stratum in strata(readings, alone):
        detector = _detector_of(readings, alone, stratum)
        if detector is None:
            continue
        members = {**stratum.groups, "all": stratum.everyone}
        rows += [
            _standalone_row(readings, detector, (name, stratum), vectors, options)
            for name, vectors in members.items()
        ]
    return rows


def _standalone_row(
    readings: Readings,
    detector: NDArray[np.float64],
    place: tuple[str, Stratum],
    vectors: tuple[Vector, ...],
    options: Options,
) -> dict[str, Any]:
    result = against_readers(
        readings.truth,
        detector,
        vector_scores(readings, vectors),
        method=options.covariance,
        alpha=options.alpha,
    )
    row: dict[str, Any] = {
        "group": place[0],
        "modality": place[1].modality,
        "readers": result.readers,
        "standalone_auc": result.standalone,
        "readers_auc": result.mean,
        "difference": result.difference,
        "rrrc": inference_of(result.rrrc, statistic="t"),
        "rrfc": inference_of(result.rrfc, statistic="t"),
        "frrc": inference_of(result.frrc, statistic="z"),
        "covariance": {
            "rrrc": result.covariance,
            "frrc": result.fixed_covariance,
        },
        "leading": result.leading,
        "p": (result.frrc if result.leading == "frrc" else result.rrrc).p,
        "notes": notes_of(result.rrrc, result.rrfc, result.frrc),
    }
    row |= margin_rows(result, options.margin, options.alpha)
    return row


def _detector_of(
    readings: Readings, alone: frozenset[Vector], stratum: Stratum
) -> NDArray[np.float64] | None:
    # The detector's own scores: in this modality if it has any, else its only ones.
    score = vector_scores(readings, tuple(sorted(alone)))
    modalities = [m for _, m in sorted(alone)]
    read = [k for k in range(len(modalities)) if not np.isnan(score[k]).all()]
    if stratum.modality is not None and len(read) > 1:
        here = readings.modalities.index(stratum.modality)
        read = [k for k in read if modalities[k] == here]
    return score[read[0]] if read else None
