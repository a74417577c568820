"""Score images by a stored detector, never those of a cluster it has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction

from detector.models import DetectorModel, DetectorScore
from detector.network.baseline import detail_energy
from detector.network.inference import Detector
from detector.selectors import model_for
from forgery.imaging.fundus import Image
from forgery.models import FundusImage, Manipulation, Manipulator, PatientCluster
from forgery.services.files import local_path
from forgery.services.reservations import check_scoring

BATCH = 32


@dataclass(frozen=True)
class Scorable:
    """One image to score: where it comes from, and how to get its pixels."""

    image: FundusImage
    manipulation: Manipulation | None
    pixels: Callable[[], Image]
    """Gives (256, 256, 3) uint8, as `profiles.detector_view` shows it."""


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
    chosen = _choose(family, items)
    forged_from = _clusters_by_manipulator(items)
    for (model, seen), item in zip(chosen, items, strict=True):
        check_allowed(model, seen, item, forged_from)
    stored: dict[int, DetectorScore] = {}
    for model in family:
        mine = [i for i, (m, _) in enumerate(chosen) if m.pk == model.pk]
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


Chosen = tuple[DetectorModel, frozenset[int]]


def _choose(family: list[DetectorModel], items: Sequence[Scorable]) -> list[Chosen]:
    """Pair each item with the member that scores it and the clusters that saw."""
    seen = {
        model.pk: frozenset(model.clusters.values_list("pk", flat=True))
        for model in family
    }
    by_cluster: dict[int, DetectorModel] = {}
    chosen = []
    for item in items:
        cluster = item.image.cluster
        if cluster.pk not in by_cluster:
            by_cluster[cluster.pk] = model_for(family, cluster)
        model = by_cluster[cluster.pk]
        chosen.append((model, seen[model.pk]))
    return chosen


def check_allowed(
    model: DetectorModel,
    seen: Collection[int],
    item: Scorable,
    forged_from: Mapping[int, Collection[int]],
) -> None:
    """
    Refuse an image whose cluster the model, or its manipulator, has seen.

    ``seen`` and ``forged_from`` (by manipulator) hold primary keys of clusters.
    """
    cluster: PatientCluster = item.image.cluster
    check_scoring(
        cluster,
        trained_clusters_of_model=seen,
        model_name=f"detector {model}",
        held_out_fold=model.held_out_fold,
    )
    if item.manipulation is not None:
        manipulator = item.manipulation.manipulator
        check_scoring(
            cluster,
            trained_clusters_of_model=forged_from[manipulator.pk],
            model_name=f"manipulator {manipulator}",
            held_out_fold=manipulator.held_out_fold,
        )


def _clusters_by_manipulator(items: Sequence[Scorable]) -> dict[int, set[int]]:
    """Read the clusters that the items' manipulators were trained on."""
    keys = {i.manipulation.manipulator_id for i in items if i.manipulation is not None}
    found: dict[int, set[int]] = {key: set() for key in keys}
    rows = Manipulator.objects.filter(pk__in=keys).values_list("pk", "clusters")
    for manipulator, cluster in rows:
        found[manipulator].add(cluster)
    return found


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
