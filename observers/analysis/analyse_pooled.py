"""Rows of the analysis over all lesions together."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.analyse_options import Options
from observers.analysis.analyse_rows import inference_of, notes_of
from observers.analysis.groups_areas import compare_group_areas
from observers.analysis.groups_strata import Vector, scored, strata
from observers.analysis.hillis import Inference
from observers.analysis.mrmc import ObuchowskiRockette, obuchowski_rockette
from observers.analysis.pooled import PooledAreas, pooled_areas
from observers.analysis.readings import Readings
from observers.analysis.standalone import compare_areas
from observers.analysis.standalone_margin import margin_rows

Floats = NDArray[np.float64]
Row = dict[str, Any]
KEYS = ("rrrc", "frrc", "rrfc")


def pooled_rows(
    readings: Readings, alone: frozenset[Vector], options: Options
) -> dict[str, Any]:
    """
    Analyse the mean area over lesions.

    Parameters
    ----------
    readings : Readings
        The readings, with lesions.
    alone : frozenset of tuple
        Vectors of the standalone detector.
    options : Options
        Level, covariance and margin.

    Returns
    -------
    dict
        ``lesions``, and rows of ``modalities, pairs, groups, standalone`` as in
        the whole analysis; a row without an analysis has a note instead.
    """
    place = _Place(readings, options)
    n_m = len(readings.modalities)
    divided = strata(readings, alone)
    return {
        "lesions": list(readings.lesion_names),
        "modalities": [_modality_row(place, m) for m in range(n_m)],
        "pairs": [_pair_row(place, a, b) for a, b in combinations(range(n_m), 2)],
        "groups": [
            _group_row(place, (one.modality, a, b), one.groups[a], one.groups[b])
            for one in divided
            for a, b in combinations(sorted(one.groups), 2)
        ],
        "standalone": [
            _standalone_row(place, (one.modality, name), alone, vectors)
            for one in divided
            if alone
            for name, vectors in {**one.groups, "all": one.everyone}.items()
        ],
    }


class _Place:
    # Readings and settings that every row needs.

    def __init__(self, readings: Readings, options: Options) -> None:
        self.readings, self.options = readings, options
        self.scored = scored(readings)

    def areas(self, vectors: list[Vector] | tuple[Vector, ...]) -> PooledAreas | str:
        return pooled_areas(self.readings, vectors)

    def of(self, *modalities: int) -> list[Vector]:
        # Vectors of all who read in any of them: (R, M) order.
        readers = np.flatnonzero(self.scored[:, modalities].any(axis=1)).tolist()
        return [(r, m) for r in readers for m in modalities]

    def rockettes(
        self, found: PooledAreas, n_m: int
    ) -> tuple[str, dict[str, ObuchowskiRockette]]:
        theta = found.auc.reshape(-1, n_m)
        analyses = {
            method: obuchowski_rockette(theta, matrix, alpha=self.options.alpha)
            for method, matrix in found.covariance.items()
        }
        return found.leading(self.options.covariance), analyses


def _modality_row(place: _Place, m: int) -> Row:
    row: Row = {"modality": place.readings.modalities[m], "auc": None, "or": None}
    found = place.areas(place.of(m))
    if isinstance(found, str):
        return {**row, "notes": [found]}
    leading, analyses = place.rockettes(found, 1)
    parts = {k: getattr(analyses[leading], k).modalities[0] for k in KEYS}
    return {
        **row,
        "auc": float(found.auc.mean()),
        "leading": leading,
        "or": {
            method: {k: inference_of(getattr(one, k).modalities[0]) for k in KEYS}
            for method, one in analyses.items()
        },
        "notes": notes_of(*parts.values()),
    }


def _pair_row(place: _Place, a: int, b: int) -> Row:
    names = place.readings.modalities
    row: Row = {"a": names[a], "b": names[b], "difference": None, "or": None, "p": None}
    found = place.areas(place.of(a, b))
    if isinstance(found, str):
        return {**row, "notes": [found]}
    leading, analyses = place.rockettes(found, 2)
    lead: Inference = analyses[leading].rrrc.differences[0, 1]
    gap = found.auc.reshape(-1, 2).mean(axis=0)
    return {
        **row,
        "difference": float(gap[0] - gap[1]),
        "leading": leading,
        "or": {
            method: {k: inference_of(getattr(one, k).differences[0, 1]) for k in KEYS}
            for method, one in analyses.items()
        },
        "p": lead.p,
        "notes": notes_of(lead),
    }


def _group_row(
    place: _Place,
    name: tuple[str | None, str, str],
    first: tuple[Vector, ...],
    second: tuple[Vector, ...],
) -> Row:
    row: Row = {
        "a": name[1],
        "b": name[2],
        "modality": name[0],
        "readers": [len(first), len(second)],
        "difference": None,
    }
    found = place.areas((*first, *second))
    if isinstance(found, str):
        return {**row, "notes": [found]}
    leading = found.leading(place.options.covariance)
    result = compare_group_areas(
        found.auc, found.covariance[leading], len(first), alpha=place.options.alpha
    )
    return {
        **row,
        "difference": result.difference,
        "random": inference_of(result.random),
        "fixed": inference_of(result.fixed),
        "leading": result.leading,
        "covariance": leading,
        "notes": notes_of(result.random, result.fixed),
    }


def _standalone_row(
    place: _Place,
    name: tuple[str | None, str],
    alone: frozenset[Vector],
    vectors: tuple[Vector, ...],
) -> Row:
    own = [v for v in sorted(alone) if place.scored[v]]
    if name[0] is not None and len(own) > 1:
        here = place.readings.modalities.index(name[0])
        own = [v for v in own if v[1] == here]
    row: Row = {
        "group": name[1],
        "modality": name[0],
        "readers": len(vectors),
        "difference": None,
    }
    found = place.areas((own[0], *vectors)) if own else "the detector has no score"
    if isinstance(found, str):
        return {**row, "notes": [found]}
    leading = found.leading(place.options.covariance)
    result = compare_areas(
        found.auc, found.covariance[leading], method=leading, alpha=place.options.alpha
    )
    return {
        **row,
        "standalone_auc": result.standalone,
        "readers_auc": result.mean,
        "difference": result.difference,
        "rrrc": inference_of(result.rrrc, statistic="t"),
        "rrfc": inference_of(result.rrfc, statistic="t"),
        "frrc": inference_of(result.frrc, statistic="z"),
        "covariance": leading,
        "leading": result.leading,
        "notes": notes_of(result.rrrc, result.rrfc, result.frrc),
        **margin_rows(result, place.options.margin, place.options.alpha),
    }
