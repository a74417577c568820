"""T4: only one class is laundered, and originals against laundered originals.

A detector that takes laundering for forging shifts here; the scores are those of T0
and of the random draw of T3, put together anew.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.detection_bootstrap import Estimate, Resampler
from observers.services.evaluation import tables
from observers.services.evaluation.scores import Judged


def one_class(clean: Judged, washed: Judged, resampler: Resampler) -> dict[str, Any]:
    """Judge originals against their laundered selves, and mixed pairs by family."""
    truth = clean.examples.truth
    found: dict[str, Any] = {}
    for judge in clean.margin:
        before, after = clean.margin[judge], washed.margin[judge]
        rows: dict[str, Any] = {
            "originals against laundered originals": _compared(
                (clean, before, ~truth), (washed, after, ~truth), resampler
            ),
            "false positives": round(float((before[~truth] >= 0).mean()), 4),
            "false positives, laundered": round(float((after[~truth] >= 0).mean()), 4),
        }
        for family in sorted(set(clean.examples.family[truth].tolist())):
            forged = clean.examples.family == family
            rows[family] = {
                "originals laundered alone": _compared(
                    (washed, after, ~truth), (clean, before, forged), resampler
                ),
                "manipulated laundered alone": _compared(
                    (clean, before, ~truth), (washed, after, forged), resampler
                ),
            }
        found[judge] = rows
    return found


Side = tuple[Judged, NDArray[np.float64], NDArray[np.bool_]]


def _compared(lower: Side, upper: Side, resampler: Resampler) -> dict[str, Any]:
    values, clusters, truth = [], [], []
    for is_upper, (seen, margin, use) in enumerate((lower, upper)):
        values.append(margin[use])
        clusters.append(seen.examples.cluster[use])
        truth.append(np.full(int(use.sum()), bool(is_upper)))
    found: Estimate = resampler.area(
        np.concatenate(truth), np.concatenate(values), np.concatenate(clusters)
    ).estimate
    return tables.plain(asdict(found)) | {"n": len(truth[0]), "n_upper": len(truth[1])}
