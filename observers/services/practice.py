"""Draw a study's practice cases: from clusters that are reserved for nothing else.

Half of them are manipulated, lesion by lesion in turn, so that a reader meets each
kind of photograph; no cluster of an OPT set, a training or a test is touched, and
no manipulator that has seen a cluster forges it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest

from django.db.models import Exists
from django.utils.translation import gettext as _

from forgery.models import FundusImage, Manipulation, Pool, Reservation
from observers.analysis.design import shuffled
from observers.exceptions import NotEnoughCases
from observers.models.protocol import Protocol
from observers.models.protocol_checks import MAX_PRACTICE
from observers.services.sets import Drawn, one_profile, trained_on

Role = Reservation.Role


def draw(pool: Pool, protocol: Protocol) -> list[Drawn]:
    """Draw the practice cases, or say what is lacking."""
    if not protocol.practice:
        return []
    images = in_turn(pool, protocol)
    forgeries = manipulations(images, protocol)
    n_forged = protocol.practice // 2
    forged = [image for image in images if image.pk in forgeries][:n_forged]
    originals = [image for image in images if image not in forged]
    originals = originals[: protocol.practice - n_forged]
    if len(forged) + len(originals) < protocol.practice:
        raise NotEnoughCases(
            _(
                "Practice needs {need} clusters reserved for practice, {forged} of "
                "them with a manipulated image; there are {have} and {made}. Reserve "
                "more, manipulate those there are, or ask for less practice."
            ).format(
                need=protocol.practice,
                forged=n_forged,
                have=len(images),
                made=len(forgeries),
            )
        )
    return drawn(forged, originals, forgeries)


def shortfall(pool: Pool, protocol: Protocol) -> str:
    """Say in a sentence what practice lacks; empty when it suffices."""
    try:
        draw(pool, protocol)
    except NotEnoughCases as lack:
        return str(lack)
    return ""


@dataclass(frozen=True)
class Kept:
    """What a pool keeps for practice with a study's lesions."""

    patients: int
    forged: int
    """Patients who have a manipulated image."""

    @property
    def cases(self) -> int:
        """How many practice cases can be drawn at most, half of them manipulated."""
        return min(2 * min(self.patients // 2, self.forged), MAX_PRACTICE)


def kept(pool: Pool, protocol: Protocol) -> Kept:
    """Count the patients kept for practice, and those with a manipulated image."""
    images = in_turn(pool, protocol)
    return Kept(len(images), len(manipulations(images, protocol)))


def in_turn(pool: Pool, protocol: Protocol) -> list[FundusImage]:
    """List one image a practice cluster, the lesions in turn, in a seeded order."""
    by_lesion = [images_of(pool, lesion, protocol.seed) for lesion in protocol.lesions]
    return [image for image in chain(*zip_longest(*by_lesion)) if image is not None]


def images_of(pool: Pool, lesion: str, seed: int) -> list[FundusImage]:
    """Return one included image a practice cluster of the lesion."""
    found = FundusImage.objects.filter(
        pool=pool,
        lesion=lesion,
        excluded_because="",
        cluster__reservation__role=Role.PRACTICE,
    )
    found = found.select_related("cluster__reservation").order_by("content_hash")
    by_cluster: dict[str, FundusImage] = {}
    for image in found.defer("thumbnail", "measures"):
        by_cluster.setdefault(image.cluster.name, image)
    order = shuffled(by_cluster, seed, "practice", lesion)
    return [by_cluster[name] for name in order]


def manipulations(
    images: list[FundusImage], protocol: Protocol
) -> dict[int, Manipulation]:
    """Return the newest usable manipulation of each image that has one."""
    usable = (
        Manipulation.objects.filter(source__in=[image.pk for image in images])
        .filter(~Exists(trained_on()))
        .select_related("manipulator", "source")
        .order_by("manipulator_id")
    )
    if protocol.manipulators:
        usable = usable.filter(manipulator__name__in=protocol.manipulators)
    return {one.source_id: one for one in usable}


def drawn(
    forged: list[FundusImage],
    originals: list[FundusImage],
    forgeries: dict[int, Manipulation],
) -> list[Drawn]:
    """Pair each image with its manipulation; one preparation for all of them."""
    profile = one_profile(forgeries.values())
    return [Drawn("", image, forgeries[image.pk], profile) for image in forged] + [
        Drawn("", image, None, profile) for image in originals
    ]
