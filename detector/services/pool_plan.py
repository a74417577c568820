"""What scoring clusters of a pool would take, checked before it is queued; no torch.

Originals go through all that their forgeries go through but the forging: the
matched view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Self

from django.db.models import Q
from django.utils.translation import gettext as _

from detector.models import DetectorModel
from detector.selectors import detector_family
from detector.services.allowed import Scorable, choose
from forgery.exceptions import WrongInput
from forgery.imaging.fundus import Image
from forgery.imaging.profiles import PAPER, READER, Profile
from forgery.models import FundusImage, Manipulation, Manipulator, Pool, Reservation
from forgery.selectors import clusters_called, pool_called
from forgery.services import rendering

Role = Reservation.Role
TEST_ROLES = (Role.OPT, Role.TEST, Role.CROSSFIT)
"""Clusters that are scored when none are named."""


@dataclass(frozen=True)
class ScoringOrder:
    """What somebody asked for, as command, page or API hand it over."""

    pool: str
    detector: str | None = None
    """Name of the detector; None takes the newest."""
    clusters: tuple[str, ...] = ()
    """Names of clusters; empty takes those set aside for tests."""

    @classmethod
    def from_arguments(cls, given: Mapping[str, Any]) -> Self:
        """Read the arguments of a job."""
        return cls(**{**given, "clusters": tuple(given.get("clusters") or ())})

    def to_arguments(self) -> dict[str, Any]:
        """Give the order as the arguments of a job: plain JSON."""
        return asdict(self) | {"clusters": list(self.clusters)}


@dataclass(frozen=True)
class ScoringPlan:
    """Images that may be scored."""

    family: list[DetectorModel]
    items: list[Scorable]


def plan(order: ScoringOrder) -> ScoringPlan:
    """Check a scoring and list its images; refuses, by name, what was trained on."""
    family = detector_family(order.detector)
    pool = pool_called(order.pool)
    images = _images(pool, order.clusters)
    if not images:
        msg = _(
            "Pool {pool} has no image set aside for tests: give clusters without "
            "a role theirs, or name the clusters."
        ).format(pool=pool.name)
        raise WrongInput(msg)
    items = [*_originals(pool, images), *_manipulated(images)]
    choose(family, items)
    return ScoringPlan(family, items)


def _images(pool: Pool, names: tuple[str, ...]) -> list[FundusImage]:
    """List the good images of the named clusters, or of those set aside for tests."""
    found = FundusImage.objects.filter(pool=pool).exclude(lesion="")
    if names:
        wanted = clusters_called(pool, names)
        found = found.filter(Q(excluded_because="") | Q(is_trainable=True))
        found = found.filter(cluster__in=wanted)
    else:
        found = found.filter(
            excluded_because="", cluster__reservation__role__in=TEST_ROLES
        )
    images = list(
        found.select_related("cluster__reservation")
        .defer("thumbnail", "measures")
        .order_by("cluster__name", "content_hash", "pk")
    )
    if names:
        usable = {image.cluster_id for image in images}
        for cluster in wanted:
            if cluster.pk not in usable:
                msg = _(
                    "Cluster {cluster} has no good image of a known lesion."
                ).format(cluster=cluster.name)
                raise WrongInput(msg)
    return images


def _originals(pool: Pool, images: list[FundusImage]) -> list[Scorable]:
    """Process originals as the newest manipulator of their lesion would."""
    newest = Manipulator.objects.filter(pool=pool).order_by("created_at", "pk")
    profiles = {one.lesion: rendering.profile_of_manipulator(one) for one in newest}
    return [
        Scorable(
            image, None, partial(_original, image, profiles.get(image.lesion, PAPER))
        )
        for image in images
    ]


def _manipulated(images: list[FundusImage]) -> list[Scorable]:
    """List every manipulation of the images."""
    made = Manipulation.objects.filter(source__in=[image.pk for image in images])
    rows = made.select_related("manipulator", "source__cluster__reservation")
    return [
        Scorable(one.source, one, partial(_forged, one))
        for one in rows.order_by("source__cluster__name", "pk")
    ]


def _original(image: FundusImage, profile: Profile) -> Image:
    finished = rendering.finished_original(image, profile)
    return rendering.as_seen_by_detector(finished, READER)


def _forged(one: Manipulation) -> Image:
    return rendering.as_seen_by_detector(rendering.finished_manipulated(one), READER)
