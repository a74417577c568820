"""Judge a pool's images by other bounds, before anything rests on the choice.

Only the measures' part of an image's fate changes: what its eye or its label says
against it stays. Roles are drawn anew from the pool's seed, so that a lesion's OPT
clusters all hold an image that counts. Once a manipulator was trained, a detector
saw the pool or a study took cases from it, bounds are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from forgery.exceptions import PoolFixed, WrongInput
from forgery.imaging.selection import Measures, Thresholds, verdict
from forgery.models import FundusImage, PatientCluster, Pool, Reservation
from forgery.selectors.browsing import near_duplicates
from forgery.selectors.thresholds import JUDGED, thresholds_of
from forgery.services import reservations
from forgery.services.pools import data_hash


def check_free(pool: Pool) -> None:
    """Refuse to choose anew among images that something rests on already."""
    pinned = Reservation.objects.filter(cluster__images__pool=pool, is_pinned=True)
    if pool.manipulators.exists() or pinned.exists():
        raise PoolFixed(
            _(
                "A model was trained on this pool, or a study took cases from it, so "
                "its selection is fixed. Import the photographs into a new pool to "
                "choose otherwise."
            )
        )


def apply(*, pool: Pool, bounds: Mapping[str, float]) -> int:
    """Judge every image by the bounds; returns how many fates changed."""
    check_free(pool)
    chosen = replace(thresholds_of(pool), **bounds)
    if any(not 0 <= value < 100_000 for value in asdict(chosen).values()):
        raise WrongInput(_("A bound must be 0 or more."))
    with transaction.atomic():
        images = list(pool.images.select_for_update().order_by("id"))
        changed = _judged(pool, images, chosen)
        FundusImage.objects.bulk_update(
            changed, ["excluded_because", "is_trainable"], batch_size=500
        )
        pool.options = {**pool.options, "thresholds": asdict(chosen)}
        pool.data_hash = data_hash(pool)
        pool.save(update_fields=["options", "data_hash"])
        _reserve_anew(pool)
    return len(changed)


def _judged(
    pool: Pool, images: list[FundusImage], bounds: Thresholds
) -> list[FundusImage]:
    """Give each image its fate anew; return those whose fate changed."""
    before = {one.pk: (one.excluded_because, one.is_trainable) for one in images}
    for one in images:
        reason = verdict(Measures(**one.measures), bounds) if one.measures else None
        is_judged = one.excluded_because in JUDGED
        if is_judged:
            one.excluded_because = reason or ""
        may_train = is_judged or one.is_trainable  # what a label forbids stays so
        one.is_trainable = may_train and bool(one.lesion) and not reason
    _repeats(pool, images)
    _draw(pool, images)
    return [
        one
        for one in images
        if before[one.pk] != (one.excluded_because, one.is_trainable)
    ]


def _repeats(pool: Pool, images: list[FundusImage]) -> None:
    """Let one of each group of near-duplicates count: the first that may."""
    by_key = {one.pk: one for one in images}
    for group in near_duplicates(pool):
        members = [by_key[key] for key in group]
        first = next((one for one in members if not one.excluded_because), members[0])
        for one in members:
            if one is not first:
                one.excluded_because = one.excluded_because or "near-duplicate"
                one.is_trainable = False


def _draw(pool: Pool, images: list[FundusImage]) -> None:
    """Keep no more of a lesion than the import wanted, the earliest ones."""
    for lesion, wanted in pool.options.get("draw", {}).items():
        fit = [
            one for one in images if one.lesion == lesion and not one.excluded_because
        ]
        for one in fit[int(wanted) :]:
            one.excluded_because = "not-drawn"


def _reserve_anew(pool: Pool) -> None:
    """Draw the roles again; clusters that other pools share keep theirs."""
    others = PatientCluster.objects.filter(
        Q(images__isnull=False), ~Q(images__pool=pool)
    )
    own = Reservation.objects.filter(cluster__images__pool=pool, is_pinned=False)
    Reservation.objects.filter(
        pk__in=own.exclude(cluster__in=others).values("pk")
    ).delete()
    reservations.reserve(
        pool=pool,
        seed=pool.seed,
        opt=int(pool.options.get("opt", reservations.OPT)),
        practice=int(pool.options.get("practice", reservations.PRACTICE)),
    )
