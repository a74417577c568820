"""Which images a detector may score: never those of a cluster it has seen; no torch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from detector.models import DetectorModel
from detector.selectors import model_for
from forgery.imaging.fundus import Image
from forgery.models import FundusImage, Manipulation, Manipulator
from forgery.services.reservations import check_scoring


@dataclass(frozen=True)
class Scorable:
    """One image to score: where it comes from, and how to get its pixels."""

    image: FundusImage
    manipulation: Manipulation | None
    pixels: Callable[[], Image]
    """Gives (256, 256, 3) uint8, as `profiles.detector_view` shows it."""


def choose(
    family: list[DetectorModel], items: Sequence[Scorable]
) -> list[DetectorModel]:
    """
    Choose the member of the family that scores each item.

    Refuses, by name, an image whose cluster that member or the image's manipulator
    was trained on.
    """
    seen = {
        model.pk: frozenset(model.clusters.values_list("pk", flat=True))
        for model in family
    }
    forged_from = _clusters_by_manipulator(items)
    chosen = []
    for item in items:
        model = model_for(family, item.image.cluster)
        check_allowed(model, seen[model.pk], item, forged_from)
        chosen.append(model)
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
    cluster = item.image.cluster
    check_scoring(
        cluster,
        trained_clusters_of_model=seen,
        model_name=f"Detector {model}",
        held_out_fold=model.held_out_fold,
    )
    if item.manipulation is not None:
        manipulator = item.manipulation.manipulator
        check_scoring(
            cluster,
            trained_clusters_of_model=forged_from[manipulator.pk],
            model_name=f"Manipulator {manipulator}",
            held_out_fold=manipulator.held_out_fold,
        )


def _clusters_by_manipulator(items: Sequence[Scorable]) -> dict[int, set[int]]:
    """Read the clusters that the items' manipulators were trained on."""
    keys = {i.manipulation.manipulator_id for i in items if i.manipulation is not None}
    found: dict[int, set[int]] = {key: set() for key in keys}
    rows = Manipulator.objects.filter(pk__in=keys, clusters__isnull=False)
    for manipulator, cluster in rows.values_list("pk", "clusters"):
        found[manipulator].add(cluster)
    return found
