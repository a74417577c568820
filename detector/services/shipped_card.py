"""Measure the detector to be shipped on clusters it never saw, and write its card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.network import metrics, views
from detector.network.examples import Examples
from detector.network.inference import Detector
from detector.network.training import TrainedDetector
from detector.services import shipped
from detector.services.shipped_data import SOURCES, Source
from forgery.imaging import checkpoints, laundering
from forgery.imaging.profiles import PLAIN

VIEWS: Mapping[str, str] = {"lossless": "-", "jpeg 70": "jpeg:70"}
"""Views of the card, as `laundering.parse` reads them."""


def figures(detector: Detector, test: Examples) -> dict[str, dict[str, Any]]:
    """Measure area under the curve and balanced accuracy by view and family."""
    found: dict[str, dict[str, Any]] = {}
    for name, text in VIEWS.items():
        washed = views.laundered(test, views.fixed(laundering.parse(text)), seed=1)
        scores = detector.score(washed.images)
        originals = scores[~test.truth]
        row: dict[str, Any] = {
            "n_original": len(originals),
            "false_positive_rate": float((originals >= detector.threshold).mean()),
        }
        for family in sorted(set(test.family[test.truth].tolist())):
            forged = scores[test.family == family]
            truth = np.repeat([False, True], [len(originals), len(forged)])
            both = np.concatenate([originals, forged])
            calls = both >= detector.threshold
            row[family] = {
                "n": len(forged),
                "auc": round(metrics.auc(truth, both), 4),
                "balanced_accuracy": round(metrics.balanced_accuracy(truth, calls), 4),
            }
        found[name] = row
    return found


def write(
    folder: Path,
    made: tuple[Path, TrainedDetector],
    sources: Sequence[Source],
    test: Examples,
) -> dict[str, Any]:
    """Write the weights of base and detector, and the card; returns the card."""
    base, last = made
    bundle = checkpoints.load(base, checkpoints.digest(base))
    base_sha256 = checkpoints.save(folder / shipped.BASE.name, *bundle)
    tensors, described = checkpoints.load(last.path, last.sha256)
    plain = np.array([pair.endswith(f"/{PLAIN.name}") for pair in test.pair.tolist()])
    path = folder / shipped.WEIGHTS.name
    sha256 = checkpoints.save(path, tensors, described)
    seen = {m for s in sources if s.role != "test" for m in s.marks}
    card = {
        "name": shipped.NAME,
        "sha256": sha256,
        "base_sha256": base_sha256,
        "families": described["families"],
        "recipe": described["recipe"],
        "preset": described["settings"]["preset"],
        "settings": described["settings"],
        "threshold": described["threshold"],
        "temperature": described["temperature"],
        "data_sha256": described["data_sha256"]["train"],
        "data": {**SOURCES, "phantom": "made by this program"},
        "metrics": described["metrics"],
        "test": figures(Detector.load(path, sha256), test.take(plain)),
        "salt": shipped.SALT,
        "seen": sorted(seen),
    }
    text = json.dumps(card, indent=1, sort_keys=True) + "\n"
    (folder / shipped.CARD.name).write_text(text, encoding="utf-8")
    return card
