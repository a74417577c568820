"""Who trains, who validates, who is judged: reservations decide, by patient cluster.

A lesion with too few clusters is cross-fitted by its reservations: each fold is judged
by a detector that never saw it. One photograph a cluster and lesion is judged, those
of the reserved test and OPT clusters; both its twins count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from detector.selectors import images_of
from detector.services.training_plan import folds_of, reserved
from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.models import FundusImage, PatientCluster, Pool, Reservation
from forgery.services.reservations import check_training, clusters_for
from observers.services.scoring import TEST_ROLES

Role = Reservation.Role


@dataclass(frozen=True)
class Split:
    """Photographs by what they are for; no cluster is in two parts."""

    train: list[FundusImage]
    validation: list[FundusImage]
    test: list[FundusImage]


def splits(pool: Pool, per_lesion: int) -> dict[int | None, Split]:
    """Split a pool: once, or once a fold where a lesion is cross-fitted."""
    found: dict[int | None, Split] = {}
    for fold in folds_of(pool):
        train, validation = reserved(pool, fold)
        check_training(train, role=Role.DETECTOR_TRAIN, held_out_fold=fold)
        train = train + _lent(pool, fold, {one.pk for one in (*train, *validation)})
        check_training(validation, role=Role.VALIDATION, held_out_fold=fold)
        lesions = domains.get(pool.domain).lesion_keys
        found[fold] = Split(
            list(images_of(pool, train, lesions)),
            list(images_of(pool, validation, lesions)),
            _tests(pool, fold, is_first=not found, per_lesion=per_lesion),
        )
    for one in found.values():
        check_apart(one)
    if not any(one.test for one in found.values()):
        msg = f"pool {pool.name} has no cluster that is set aside for tests"
        raise WrongInput(msg)
    return found


def _lent(pool: Pool, fold: int | None, taken: set[int]) -> list[PatientCluster]:
    """
    List what manipulators were to learn from, for detectors to learn from as well.

    No forger ever repaints what it has learned from (`Bundles.of`), and nothing of it
    is judged: most forgers learned elsewhere, and these clusters would teach nobody.
    """
    lent = clusters_for(pool, Role.MANIPULATOR_TRAIN, held_out_fold=fold)
    found = [one for one in lent if one.pk not in taken]
    check_training(found, role=Role.MANIPULATOR_TRAIN, held_out_fold=fold)
    return found


def check_apart(split: Split) -> None:
    """Refuse a split in which two parts share a patient cluster."""
    seen: dict[int, str] = {}
    for name in ("train", "validation", "test"):
        for image in getattr(split, name):
            if seen.setdefault(image.cluster_id, name) != name:
                msg = (
                    f"cluster {image.cluster.name} would both {name} and "
                    f"{seen[image.cluster_id]}; nothing was evaluated"
                )
                raise WrongInput(msg)


def _tests(
    pool: Pool, fold: int | None, *, is_first: bool, per_lesion: int
) -> list[FundusImage]:
    """List what a fold is judged on; clusters that no fold trains on, by the first."""
    rows = (
        pool.images.filter(
            excluded_because="", cluster__reservation__role__in=TEST_ROLES
        )
        .exclude(lesion="")
        .select_related("cluster__reservation")
        .defer("thumbnail", "measures")
        .order_by("content_hash")
    )
    mine = []
    for image in rows:
        own = image.cluster.reservation.fold
        if own == fold or (own is None and is_first):
            mine.append(image)
    return first(mine, per_lesion)


def others(pool: Pool, per_lesion: int) -> list[FundusImage]:
    """List what a pool that no detector has seen is judged on: all that it counts."""
    rows = pool.images.filter(excluded_because="").exclude(lesion="")
    return first(
        rows.select_related("cluster")
        .defer("thumbnail", "measures")
        .order_by("content_hash"),
        per_lesion,
    )


def first(images: Iterable[FundusImage], per_lesion: int) -> list[FundusImage]:
    """Take one image a cluster and lesion, the first of each, so many a lesion."""
    found: dict[tuple[str, int], FundusImage] = {}
    counts: Counter[str] = Counter()
    for image in images:
        key = (image.lesion, image.cluster_id)
        if key not in found and counts[image.lesion] < per_lesion:
            found[key] = image
            counts[image.lesion] += 1
    return [*found.values()]
