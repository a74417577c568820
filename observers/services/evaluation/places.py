"""Where the tamper map points, on manipulated images of the local families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.network.examples import Examples
from detector.services.folders import overlay
from detector.services.judges import Desk, Network
from forgery.imaging import fundus
from forgery.imaging.families import UNTRAINED
from observers.analysis import tampering
from observers.analysis.detection_bootstrap import Resampled, Resampler
from observers.services.evaluation import tables

FIGURES = ("auc", "f1", "iou")
_VALIDATED = 160
"""Maps at most from which the threshold is chosen."""


def located(
    folds: Sequence[tuple[Examples, Examples, Network]], desk: Desk
) -> list[dict[str, Any]]:
    """Judge the maps of each fold's test; validation says how far up a place counts."""
    found: dict[str, list[tuple[str, str, tampering.Located]]] = {}
    for validation, test, judge in folds:
        cut = _threshold(validation, judge, desk)
        changed, which = changes(test)
        for place, mask in zip(which.tolist(), changed, strict=True):
            desk.check()
            heat = judge.detector.heatmap(test.images[place : place + 1])[0]
            one = tampering.located(mask, tampering.rise(heat), threshold=cut)
            if one is not None:
                row = (str(test.cluster[place]), str(test.target[place]), one)
                found.setdefault(str(test.family[place]), []).append(row)
    rows = []
    for family, judged in sorted(found.items()):
        rows.append(_row(family, "", judged))
        if family == "lesion-insert":
            for finding in sorted({what for _, what, _ in judged}):
                mine = [row for row in judged if row[1] == finding]
                rows.append(_row(family, finding, mine))
    return rows


def changes(examples: Examples) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Find the pixels of local forgeries that differ from their own originals."""
    original = {
        pair: place
        for place, (pair, truth) in enumerate(
            zip(examples.pair.tolist(), examples.truth.tolist(), strict=True)
        )
        if not truth
    }
    which = np.flatnonzero(np.isin(examples.family, list(UNTRAINED)))
    of = [original[pair] for pair in examples.pair[which].tolist()]
    changed = (examples.images[which] != examples.images[of]).any(axis=3)
    return changed, which


def _threshold(validation: Examples, judge: Network, desk: Desk) -> float:
    is_washed = np.array([pair.endswith("/laundered") for pair in validation.pair])
    lossless = validation.take(~is_washed)
    changed, which = changes(lossless)
    step = max(1, len(which) // _VALIDATED)
    desk.check()
    heat = judge.detector.heatmap(lossless.images[which[::step]])
    return tampering.best_threshold(changed[::step], tampering.rise(heat))


def _row(
    family: str, finding: str, judged: Sequence[tuple[str, str, tampering.Located]]
) -> dict[str, Any]:
    cluster = np.array([name for name, _, _ in judged])
    resampler = Resampler(cluster)
    row: dict[str, Any] = {"family": family, "target": finding, "n": len(judged)}
    for name in FIGURES:
        values = np.array([getattr(one, name) for _, _, one in judged])
        row[name] = tables.plain(asdict(_mean(values, cluster, resampler).estimate))
    return row


def _mean(
    values: NDArray[np.float64], cluster: NDArray[np.str_], resampler: Resampler
) -> Resampled:
    place = np.searchsorted(resampler.names, cluster)
    total = np.bincount(place, values, minlength=len(resampler.names))
    count = np.bincount(place, minlength=len(resampler.names))
    draws = (resampler.drawn @ total) / (resampler.drawn @ count)
    return Resampled(float(values.mean()), draws)


def example_sheets(
    test: Examples, judge: Network, per_family: int = 3
) -> dict[str, bytes]:
    """Lay out original, forgery, map and changed pixels of a few, a file a family."""
    changed, which = changes(test)
    found = {}
    for family in UNTRAINED:
        mine = [i for i, place in enumerate(which) if test.family[place] == family]
        rows = [_strip(test, judge, which[i], changed[i]) for i in mine[:per_family]]
        if rows:
            found[f"figures/places-{family}.png"] = fundus.encode_png(np.vstack(rows))
    return found


def _strip(
    test: Examples, judge: Network, place: int, mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    of = np.flatnonzero((test.pair == test.pair[place]) & ~test.truth)[0]
    forged = test.images[place]
    heat = judge.detector.heatmap(forged[None])[0]
    painted = overlay(forged, heat - np.quantile(heat, 0.9))
    white = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * np.uint8(255)
    return np.hstack([test.images[of], forged, painted, white])
