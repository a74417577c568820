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
from observers.analysis import camera_shift
from observers.analysis.camera_shift import Column
from observers.analysis.detection import macro
from observers.analysis.detection_bootstrap import Estimate, Resampler
from observers.services.evaluation import scores, tables
from observers.services.evaluation.data import Source
from observers.services.evaluation.folds import Folds, Judges, shipped_judge
from observers.services.evaluation.scores import Judged
from observers.services.evaluation.tables import Table

SHIPPED = "default (shipped)"


def left_out(
    folds: Folds, others: Sequence[Source], unseen: Sequence[Examples], desk: Desk
) -> dict[str, dict[str, Any]]:
    """
    Judge every camera by a detector that never saw it.

    ``unseen`` holds, a camera each, originals of the shipped weights' cameras that
    they did not learn from: against those the evaluated pool's originals are judged.
    """
    found = {}
    sources = [folds.main, *others]
    for source in others:
        judges = folds.without_source(source, others)
        rest = [one.grouped[2] for one in sources if one.name != source.name]
        found[source.name] = _one(source, judges, rest, desk)
    if folds.may_start_shipped and unseen:
        judge: Judges = {SHIPPED: shipped_judge()}
        found[folds.main.name] = _one(folds.main, judge, unseen, desk)
    return found


def _one(
    source: Source, judges: Judges, rest: Sequence[Examples], desk: Desk
) -> dict[str, Any]:
    """Judge a camera that was left out, and its originals against the others'."""
    test = source.unseen
    seen = scores.judged([(test, judges)], desk)
    whole = ~test.truth | np.isin(test.family, WHOLE)
    table = tables.rows(seen.take(whole), Resampler(test.cluster))
    local = tables.rows(seen.take(~whole | ~test.truth), Resampler(test.cluster))
    others = [scores.judged([(_originals(one), judges)], desk) for one in rest]
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


def _originals_apart(
    seen: Judged, others: Sequence[Judged], judge: str
) -> dict[str, Any]:
    """Compare originals with originals, raw and with each source calibrated alone."""
    is_original = ~seen.examples.truth
    here = seen.margin[judge][is_original], seen.examples.cluster[is_original]
    there = [(one.margin[judge], one.examples.cluster) for one in others]
    calibrated = camera_shift.apart(here, there, _measured)
    return {
        "n": len(here[0]),
        "n_training_cameras": sum(len(values) for values, _ in there),
        "raw": tables.plain(asdict(_area(here, _joined(there)))),
        "calibrated": tables.plain(asdict(calibrated)),
        "false_positive_rate": round(float((here[0] >= 0).mean()), 4),
    }


def _measured(
    known: NDArray[np.float64], rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    return SourceCalibration.fit(known).apply(rest)


def _joined(columns: Sequence[Column]) -> Column:
    return (
        np.concatenate([values for values, _ in columns]),
        np.concatenate([cluster for _, cluster in columns]),
    )


def _area(here: Column, there: Column) -> Estimate:
    truth = np.repeat([False, True], [len(there[0]), len(here[0])])
    cluster = np.concatenate([there[1], here[1]])
    values = np.concatenate([there[0], here[0]])
    return Resampler(cluster).area(truth, values, cluster).estimate


def _originals(examples: Examples) -> Examples:
    return examples.take(~examples.truth)
