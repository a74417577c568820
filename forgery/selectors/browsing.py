"""A pool's images as somebody looks through them: filters, order, near-duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forgery.imaging import duplicates
from forgery.models import FundusImage, Pool

FILTERS = ("lesion", "eye", "fate", "role", "find", "order")
"""What the address may say."""
EYES: Mapping[str, str | Promise] = {
    "right": _("right"),
    "left": _("left"),
    "unknown": _("unknown"),
}
ORDERS: Mapping[str, tuple[str, str | Promise]] = {
    "sharpness": ("measures__sharpness", _("least sharp first")),
    "vessels": ("measures__vessels", _("faintest vessels first")),
    "brightness": ("measures__brightness", _("darkest first")),
    "visible": ("measures__visible", _("most cut off first")),
    "side": ("measures__side", _("smallest first")),
    "black": ("-measures__black", _("most black first")),
    "roundness": ("measures__roundness", _("least round first")),
}
"""Orders by quality: key to column and words."""


def browse(pool: Pool, chosen: Mapping[str, str]) -> QuerySet[FundusImage]:
    """Find a pool's images by what the address says; each filter may be empty."""
    found = pool.images.select_related("cluster__reservation")
    return _ordered(found.filter(_wanted(chosen)), chosen.get("order", ""))


def _wanted(chosen: Mapping[str, str]) -> Q:
    lesion, eye, fate = (chosen.get(name, "") for name in ("lesion", "eye", "fate"))
    wanted = Q()
    if lesion:
        wanted &= Q(lesion="" if lesion == "none" else lesion)
    if eye:
        wanted &= Q(eye="" if eye == "unknown" else eye)
    if fate:
        wanted &= Q(excluded_because="" if fate == "included" else fate)
    if role := chosen.get("role"):
        wanted &= Q(cluster__reservation__role=role)
    if text := chosen.get("find", "").strip():
        wanted &= Q(source_file__icontains=text) | Q(patient_id__icontains=text)
    return wanted


def _ordered(found: QuerySet[FundusImage], order: str) -> QuerySet[FundusImage]:
    if order not in ORDERS:
        return found.order_by("id")
    return found.exclude(measures={}).order_by(ORDERS[order][0], "id")


@dataclass(frozen=True)
class Group:
    """Photographs that are nearly the same picture."""

    images: Sequence[FundusImage]

    @property
    def has_different_patients(self) -> bool:
        """Whether the source files them under more than one patient."""
        return len({image.patient_id for image in self.images}) > 1

    @property
    def has_different_lesions(self) -> bool:
        """Whether the source labels them differently."""
        return len({image.lesion for image in self.images}) > 1


def near_duplicates(pool: Pool) -> list[list[int]]:
    """Group the keys of a pool's near-duplicates, by the copies that were kept."""
    side = duplicates.THUMBNAIL_SIDE
    rows = list(
        pool.images.order_by("id").values_list("id", "dhash", "thumbnail").iterator()
    )
    whole = [row for row in rows if len(bytes(row[2])) == side * side]
    if len(whole) < 2:
        return []
    hashes = np.array([int(row[1], 16) for row in whole], np.uint64)
    copies = np.frombuffer(b"".join(bytes(row[2]) for row in whole), np.uint8)
    groups = duplicates.near_duplicates(hashes, copies.reshape(-1, side, side))
    return [[whole[index][0] for index in group] for group in groups]


def groups_of(keys: Sequence[Sequence[int]]) -> list[Group]:
    """Fetch the images of some groups, in one query."""
    wanted = [key for group in keys for key in group]
    found = FundusImage.objects.select_related("cluster").defer("thumbnail")
    images = found.in_bulk(wanted)
    return [Group([images[key] for key in group]) for group in keys]
