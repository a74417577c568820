"""T2: a camera left out of training, and how a detector sees its originals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.network.calibration import SourceCalibration
from detector.network.examples import Examples
from detector.services.bundles import WHOLE
from detector.services.judges import Desk
from detector.services.shipped import seen_clusters
from forgery.models import Pool
from observers.analysis.detection import macro
from observers.analysis.detection_bootstrap import Estimate, Resampler
from observers.services.evaluation import scores, tables
from observers.services.evaluation.data import Source
from observers.services.evaluation.folds import Folds, Judges, shipped_judge
from observers.services.evaluation.scores import Judged
from observers.services.evaluation.tables import Table

SHIPPED = "default (shipped)"


def left_out(
    folds: Folds, others: Sequence[Source], pools: dict[str, Pool], desk: Desk
) -> dict[str, dict[str, Any]]:
    """Judge every camera by a detector that never saw it."""
    found = {}
    sources = [folds.main, *others]
    for source in others:
        judges = folds.without_source(source, others)
        rest = [one.grouped[2] for one in sources if one.name != source.name]
        found[source.name] = _one(source, judges, Examples.join(rest), desk)
    if folds.may_start_shipped and others:
        known = [_originals(one.unseen) for one in others]
        rest_of_shipped = [
            part.take(~np.isin(part.cluster, _seen(pools[one.name])))
            for part, one in zip(known, others, strict=True)
        ]
        found[folds.main.name] = _one(
            folds.main,
            {SHIPPED: shipped_judge()},
            Examples.join(rest_of_shipped),
            desk,
        )
    return found


def _one(source: Source, judges: Judges, rest: Examples, desk: Desk) -> dict[str, Any]:
    """Judge a camera that was left out, and its originals against the others'."""
    test = source.unseen
    seen = scores.judged([(test, judges)], desk)
    whole = ~test.truth | np.isin(test.family, WHOLE)
    table = tables.rows(seen.take(whole), Resampler(test.cluster))
    local = tables.rows(seen.take(~whole | ~test.truth), Resampler(test.cluster))
    others = scores.judged([(_originals(rest), judges)], desk)
    return {
        "rows": table.to_list() + local.to_list(),
        "whole": {name: _whole(table, name) for name in judges},
        "originals": {name: _originals_apart(seen, others, name) for name in judges},
    }


def _whole(table: Table, judge: str) -> dict[str, Any]:
    cells = table.of(judge)
    if not cells:
        return {}
    figures, _ = macro(cells)
    return tables.plain(asdict(figures))


def _originals_apart(seen: Judged, others: Judged, judge: str) -> dict[str, Any]:
    """Compare originals with originals, raw and after per-source calibration."""
    is_original = ~seen.examples.truth
    here = seen.margin[judge][is_original], seen.examples.cluster[is_original]
    there = others.margin[judge], others.examples.cluster
    raw = _area(here, there)
    (known, left), (known_there, left_there) = _halves(here), _halves(there)
    if len(left[0]) and len(left_there[0]):
        calibrated = _area(
            (SourceCalibration.fit(known[0]).apply(left[0]), left[1]),
            (SourceCalibration.fit(known_there[0]).apply(left_there[0]), left_there[1]),
        )
    else:  # one patient alone cannot both calibrate and be judged
        calibrated = Estimate(*[float("nan")] * 3)
    return {
        "n": len(here[0]),
        "n_training_cameras": len(there[0]),
        "n_reference": len(known[0]),
        "raw": tables.plain(asdict(raw)),
        "calibrated": tables.plain(asdict(calibrated)),
        "false_positive_rate": round(float((here[0] >= 0).mean()), 4),
    }


Column = tuple[NDArray[np.float64], NDArray[np.str_]]
"""Scores and clusters."""


def _halves(column: Column) -> tuple[Column, Column]:
    """Split by cluster: known originals that calibrate, and those that are judged."""
    values, cluster = column
    is_known = np.isin(cluster, np.unique(cluster)[::2])
    return (values[is_known], cluster[is_known]), (
        values[~is_known],
        cluster[~is_known],
    )


def _area(here: Column, there: Column) -> Estimate:
    truth = np.repeat([False, True], [len(there[0]), len(here[0])])
    cluster = np.concatenate([there[1], here[1]])
    values = np.concatenate([there[0], here[0]])
    return Resampler(cluster).area(truth, values, cluster).estimate


def _originals(examples: Examples) -> Examples:
    return examples.take(~examples.truth)


def _seen(pool: Pool) -> list[str]:
    rows = pool.images.filter(cluster__in=seen_clusters(pool))
    return list(rows.values_list("cluster__name", flat=True))
