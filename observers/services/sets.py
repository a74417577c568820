"""Draw a study's cases from the pool, and render each one once.

Cases come from the clusters that were set aside for OPT sets (or, where a lesion
has none, from cross-fitted clusters with a manipulator that held their fold out),
one image a cluster: so a manipulated image and its own original, or two images of
one patient, never meet in a study. Both classes are rendered by the same profile
to files of the same length under random names, in an order that says nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from forgery.imaging import profiles
from forgery.models import (
    FundusImage,
    Manipulation,
    Manipulator,
    PatientCluster,
    Pool,
    Reservation,
)
from forgery.selectors import clusters_called
from forgery.selectors.job_words import lesion_name
from forgery.services import rendering, reservations
from observers.analysis.design import derived_seed, shuffled
from observers.exceptions import NotEnoughCases
from observers.models import Case, CaseTruth, Study
from observers.models.protocol import UNEQUAL, Protocol
from observers.services.seen import seen_in, seen_of

Role = Reservation.Role
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 8


@dataclass(frozen=True)
class Drawn:
    """One case as drawn: its photograph and, when manipulated, its manipulation.

    The lesion is empty for a practice case.
    """

    lesion: str
    image: FundusImage
    manipulation: Manipulation | None
    profile: profiles.Profile

    @property
    def is_practice(self) -> bool:
        """Whether the case is for practice."""
        return not self.lesion

    @property
    def truth(self) -> CaseTruth.Truth:
        """Reference state of the case."""
        kinds = CaseTruth.Truth
        return kinds.ORIGINAL if self.manipulation is None else kinds.MANIPULATED


@dataclass(frozen=True)
class Candidates:
    """What a lesion offers: images by cluster, and the manipulations of some."""

    lesion: str
    role: str
    images: dict[int, FundusImage]
    """The image of each cluster, by the cluster's primary key."""
    manipulations: dict[int, Manipulation]
    """The manipulation of a cluster's image, where there is one that may be used."""
    seen: int = 0
    """Clusters that are set aside but were learned from by the shipped models."""


def named_clusters(pool: Pool, protocol: Protocol) -> list[PatientCluster]:
    """Find the clusters that the protocol names; refuse one with another role."""
    if not protocol.clusters:
        return []
    named = clusters_called(pool, protocol.clusters)
    reservations.check_drawing(named, Role.OPT)
    return named


def candidates(pool: Pool, lesion: str, protocol: Protocol) -> Candidates:
    """Find what may be drawn for a lesion, by the named manipulators or the newest."""
    role, images = drawable_images(pool, lesion, protocol.clusters)
    names = protocol.manipulators
    usable = (
        Manipulation.objects.filter(source__in=[image.pk for image in images.values()])
        .filter(~Exists(trained_on()))
        .filter(
            Q(manipulator__held_out_fold=None)
            | Q(manipulator__held_out_fold=F("source__cluster__reservation__fold"))
        )
        .select_related("manipulator", "source")
        .order_by("manipulator_id")
    )
    if names:
        usable = usable.filter(manipulator__name__in=names)
    newest = {m.source.cluster_id: m for m in usable}
    is_short = len(images) < protocol.cases_per_set
    seen = seen_of(pool, lesion) if is_short else 0
    return Candidates(lesion, role, images, newest, seen)


def trained_on() -> QuerySet[Any]:
    """Whether a manipulation's manipulator has seen the cluster of its source."""
    return Manipulator.clusters.through.objects.filter(
        manipulator_id=OuterRef("manipulator_id"),
        patientcluster_id=OuterRef("source__cluster_id"),
    )


def drawable_images(
    pool: Pool, lesion: str, names: Sequence[str] = ()
) -> tuple[str, dict[int, FundusImage]]:
    """Return the role that is drawn from, and one included image a cluster."""
    found: dict[str, dict[int, FundusImage]] = defaultdict(dict)
    images = (
        FundusImage.objects.filter(
            pool=pool,
            lesion=lesion,
            excluded_because="",
            cluster__reservation__lesion=lesion,
            cluster__reservation__role__in=[Role.OPT, Role.CROSSFIT],
        )
        .exclude(cluster__in=seen_in(pool))
        .select_related("cluster__reservation")
        .defer("thumbnail", "measures")
        .order_by("content_hash")
    )
    if names:
        images = images.filter(cluster__name__in=names)
    for image in images:
        role = image.cluster.reservation.role
        found[role].setdefault(image.cluster_id, image)
    role = Role.OPT if found[Role.OPT] else Role.CROSSFIT
    return role.value, found[role]


def shortfall(offer: Candidates, protocol: Protocol) -> str:
    """Say in a sentence what a lesion lacks; empty when it suffices."""
    n, forged = len(offer.images), len(offer.manipulations)
    lesion = lesion_name(offer.lesion)
    if forged < protocol.n_manipulated:
        found = _(
            "{lesion}: {have} of {need} manipulated images; train a manipulator and "
            "manipulate the {role} clusters."
        ).format(
            lesion=lesion,
            have=forged,
            need=protocol.n_manipulated,
            role=Reservation.Role(offer.role).label,
        )
    elif n < protocol.cases_per_set:
        found = _(
            "{lesion}: {have} of {need} clusters are set aside for OPT sets; lower the "
            "numbers or import more images."
        ).format(lesion=lesion, have=n, need=protocol.cases_per_set)
    else:
        return ""
    if offer.seen:
        found += " " + _(
            "{n} more are set aside, but the shipped models have learned from these "
            "very photographs, so no study may use them."
        ).format(n=offer.seen)
    return found


def draw(pool: Pool, protocol: Protocol) -> list[Drawn]:
    """Draw the cases of every lesion from the protocol's seed."""
    named_clusters(pool, protocol)
    drawn: list[Drawn] = []
    for lesion in protocol.lesions:
        offer = candidates(pool, lesion, protocol)
        lack = shortfall(offer, protocol)
        if lack:
            raise NotEnoughCases(lack)
        drawn += draw_lesion(offer, protocol)
    return drawn


def draw_lesion(offer: Candidates, protocol: Protocol) -> list[Drawn]:
    """Draw one lesion's manipulated cases first, then its originals from the rest."""
    keys = {image.cluster.name: pk for pk, image in offer.images.items()}
    order = [keys[name] for name in shuffled(keys, protocol.seed, "draw", offer.lesion)]
    forged = [pk for pk in order if pk in offer.manipulations][: protocol.n_manipulated]
    originals = [pk for pk in order if pk not in forged][: protocol.n_original]
    profile = one_profile([offer.manipulations[pk] for pk in forged])
    return [
        Drawn(offer.lesion, offer.images[pk], offer.manipulations[pk], profile)
        for pk in forged
    ] + [Drawn(offer.lesion, offer.images[pk], None, profile) for pk in originals]


def one_profile(forged: Iterable[Manipulation]) -> profiles.Profile:
    """Return the preprocessing that all manipulations of a set share."""
    found = {m.manipulator.name: m.manipulator.profile for m in forged}
    kinds = {profiles.Profile.from_dict(data) for data in found.values()}
    if len(kinds) != 1:
        raise NotEnoughCases(
            _(
                "The manipulators {names} prepare images differently, so one set "
                "cannot mix them; name one in the protocol."
            ).format(names=", ".join(sorted(found)))
        )
    return kinds.pop()


def manipulators_used(
    pool: Pool, protocol: Protocol, drawn: Iterable[Drawn]
) -> tuple[str, ...]:
    """
    Names of the manipulators whose images were drawn.

    Where a lesion is cross-fitted, those of all its folds: they forge the test twins.
    """
    names = {d.manipulation.manipulator.name for d in drawn if d.manipulation}
    for lesion in protocol.lesions:
        offer = candidates(pool, lesion, protocol)
        made_by = (m.manipulator for m in offer.manipulations.values())
        names |= {one.name for one in made_by if one.held_out_fold is not None}
    return tuple(sorted(names))


def rendered(one: Drawn, protocol: Protocol) -> bytes:
    """Render a case as every reader will see it."""
    reader = profiles.ReaderProfile.from_dict(asdict(protocol.reader_profile))
    if one.manipulation is not None:
        working = rendering.manipulated(one.manipulation)
    else:
        working = rendering.working(one.image, one.profile)
        if protocol.filters == UNEQUAL:
            return reader.render(working)
    return reader.render(profiles.finish(working, one.profile))


def mixed(drawn: Sequence[Drawn], protocol: Protocol) -> list[Drawn]:
    """Put the cases of all lesions and classes in an order that says nothing."""
    by_name = {one.image.cluster.name: one for one in drawn}
    return [by_name[name] for name in shuffled(by_name, protocol.seed, "rendering")]


def codes(study: Study, n: int) -> list[str]:
    """Make the cases' names in exports: random, the same for the same study."""
    made: dict[str, None] = {}
    for i in count():
        if len(made) == n:
            break
        number = derived_seed(study.rules.seed, "code", study.name, str(i))
        made[code_of(number)] = None
    return list(made)


def code_of(number: int) -> str:
    """Write a number as a short code without letters that look alike."""
    letters = []
    for _place in range(CODE_LENGTH):
        number, rest = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[rest])
    return "".join(letters)


def store(one: Drawn, protocol: Protocol, code: str) -> Case:
    """Render a case, write its file, and return the row, not yet saved."""
    data = rendered(one, protocol)
    name = default_storage.save(f"cases/{secrets.token_hex(16)}.png", ContentFile(data))
    return Case(
        code=code,
        file=name,
        content_hash=hashlib.sha256(data).hexdigest(),
        byte_length=len(data),
    )


def discard(cases: Iterable[Case]) -> None:
    """Remove the files of cases that were not saved after all."""
    for case in cases:
        default_storage.delete(str(case.file.name))
