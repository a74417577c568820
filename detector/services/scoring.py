"""Score images by a stored detector, never those of a cluster it has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from django.db import transaction

from detector.models import DetectorModel, DetectorScore
from detector.network.baseline import detail_energy
from detector.network.inference import Detector
from detector.services.allowed import Scorable, check_allowed, choose
from forgery.services.files import local_path

__all__ = ["Scorable", "check_allowed", "score"]

BATCH = 32


def score(
    family: list[DetectorModel],
    items: Sequence[Scorable],
    view: str,
    progress: Callable[[int, int], None],
) -> list[DetectorScore]:
    """
    Score and store; the same pixels are stored once.

    ``family`` is one detector, or its cross-fitted members. Refuses, by name, an
    image whose cluster the model or the image's manipulator was trained on.
    """
    chosen = choose(family, items)
    stored: dict[int, DetectorScore] = {}
    for model in family:
        mine = [i for i, one in enumerate(chosen) if one.pk == model.pk]
        if not mine:
            continue
        with local_path(model.file) as path:
            detector = Detector.load(path, model.sha256)
        for start in range(0, len(mine), BATCH):
            part = mine[start : start + BATCH]
            progress(len(stored), len(items))
            rows = _score_batch(model, detector, [items[i] for i in part], view)
            stored.update(zip(part, rows, strict=True))
    progress(len(items), len(items))
    return [stored[i] for i in range(len(items))]


def _score_batch(
    model: DetectorModel, detector: Detector, items: list[Scorable], view: str
) -> list[DetectorScore]:
    """Score some images and store what was not stored before."""
    images = np.stack([item.pixels() for item in items])
    scores = detector.score(images)
    probabilities = detector.probability(scores)
    rows = []
    with transaction.atomic():
        for item, pixels, logit, p, energy in zip(
            items, images, scores, probabilities, detail_energy(images), strict=True
        ):
            row, _ = DetectorScore.objects.get_or_create(
                detector=model,
                image=item.image,
                manipulation=item.manipulation,
                view=view,
                content_hash=hashlib.sha256(pixels.tobytes()).hexdigest(),
                defaults={
                    "score": float(logit),
                    "probability": float(p),
                    "detail": float(energy),
                },
            )
            rows.append(row)
    return rows
