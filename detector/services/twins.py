"""Twins of reserved photographs by every family, for training and for tests.

Originals and forgeries go through one path. Training draws the local families'
findings as their recipes do, several times a photograph; tests insert one finding
each, so that figures can be told apart by finding, and add the families that no
detector learns from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _

from detector.exceptions import NothingToTrainOn
from detector.network import forging
from detector.network.examples import Examples
from detector.network.forging import Forger, Photograph
from detector.services.bundles import Bundle, Bundles
from detector.services.shipped_training import LOCAL, for_validation
from forgery.imaging import lesion_insert, recipes
from forgery.imaging.fundus import Image
from forgery.imaging.profiles import PAPER, PLAIN, READER, Profile
from forgery.models import FundusImage
from forgery.services.rendering import as_seen_by_detector, working

COPIES: Mapping[str, Mapping[str, int]] = {
    PLAIN.name: {"lesion-insert": 4, "lesion-remove": 4},
    PAPER.name: {},
}
"""Forgeries a photograph in training, by profile and family; elsewhere one."""
SINGLE = 2
"""Findings inserted a photograph in tests, each into a forgery of its own."""
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Twinner:
    """Makes twins of photographs by the bundles that may forge them."""

    bundles: Bundles
    seed: int
    tell: Tell
    """Hears how many photographs are done, of how many, and what is made."""

    def training(self, images: Sequence[FundusImage]) -> Examples:
        """Make what a detector learns from: both profiles, several local forgeries."""
        paper = self._twins(images, PAPER, COPIES[PAPER.name], is_test=False)
        return Examples.join([self.training_plain(images), paper])

    def training_plain(self, images: Sequence[FundusImage]) -> Examples:
        """Make the half of it that no filter has touched."""
        return self._twins(images, PLAIN, COPIES[PLAIN.name], is_test=False)

    def validation(
        self, images: Sequence[FundusImage], *, for_study: bool = False
    ) -> Examples:
        """
        Make what thresholds come from: lossless twins, half of them laundered too.

        Detectors that score studies see the paper's profile there, and here too.
        """
        made = self._twins(images, PLAIN, {}, is_test=False)
        if for_study:
            made = Examples.join([made, self._twins(images, PAPER, {}, is_test=False)])
        names = np.unique(made.pair)
        half = for_validation(made.take(np.isin(made.pair, names[::2])), self.seed)
        return Examples.join([half, made.take(np.isin(made.pair, names[1::2]))])

    def test(self, images: Sequence[FundusImage]) -> Examples:
        """Make what is judged: lossless, single findings, never-trained families."""
        return self._twins(images, PLAIN, {}, is_test=True)

    def originals(self, images: Sequence[FundusImage]) -> Examples:
        """Make lossless originals alone: what they look like on another camera."""
        parts = [
            forging.twins([one], {}, PLAIN, seed=self.seed)
            for one in _photographs(images, PLAIN)
        ]
        return Examples.join(parts)

    def unmatched(self, images: Sequence[FundusImage]) -> Examples:
        """Make twins by the paper's own filters: its blur for forgeries alone."""
        made = self._twins(images, PAPER, {}, is_test=False)
        sharp = [_as_shown(working(one, PAPER)) for one in images]
        shown = made.images.copy()
        shown[~made.truth] = np.stack(sharp)
        return replace(made, images=shown)

    def _twins(
        self,
        images: Sequence[FundusImage],
        profile: Profile,
        copies: Mapping[str, int],
        *,
        is_test: bool,
    ) -> Examples:
        if not images:
            msg = _(
                "The clusters reserved for this hold no good photograph of a lesion."
            )
            raise NothingToTrainOn(msg)
        photographs = _photographs(images, profile)
        loaded = _Loaded()
        parts = []
        for number, (image, one) in enumerate(zip(images, photographs, strict=True)):
            self.tell(number, len(images), f"twins, profile {profile.name}")
            forgers: dict[str, Forger] = {
                name: loaded.forger(bundle)
                for name, bundle in self.bundles.of(image).items()
            }
            forgers |= _local(one, profile, is_test=is_test)
            if is_test:
                others = [p for p in photographs if p.cluster != one.cluster]
                forgers |= {
                    family: forging.untrained(family, profile, others)
                    for family in sorted(recipes.HELD_OUT)
                }
            parts.append(
                forging.twins([one], forgers, profile, seed=self.seed, copies=copies)
            )
        made = Examples.join(parts)
        if profile == PAPER:  # as a study shows it
            made = replace(made, images=np.stack([*map(_as_shown, made.images)]))
        return made


def _photographs(images: Sequence[FundusImage], profile: Profile) -> list[Photograph]:
    return [
        Photograph(
            working(one, profile), one.cluster.name, one.lesion, one.content_hash[:16]
        )
        for one in images
    ]


def _as_shown(finished: Image) -> Image:
    return as_seen_by_detector(finished, READER)


class _Loaded:
    """Painters that were read, each once."""

    def __init__(self) -> None:
        self.forgers: dict[str, Forger] = {}

    def forger(self, bundle: Bundle) -> Forger:
        if bundle.sha256 not in self.forgers:
            with bundle.path() as path:
                self.forgers[bundle.sha256] = forging.trained(path, bundle.sha256)
        return self.forgers[bundle.sha256]


def _local(one: Photograph, profile: Profile, *, is_test: bool) -> dict[str, Forger]:
    if not is_test:
        return {family: forging.untrained(family, profile) for family in LOCAL}
    found = {"lesion-remove": forging.untrained("lesion-remove", profile)}
    for finding in _findings(one):
        name = f"lesion-insert/{finding}"
        found[name] = forging.untrained("lesion-insert", profile, (), (finding,))
    return found


def _findings(one: Photograph) -> list[str]:
    """Draw findings of other lesions than the photograph's, by its content."""
    known = [
        finding
        for lesion, findings in lesion_insert.OF_LESION.items()
        if lesion != one.lesion
        for finding in findings
    ]
    number = int.from_bytes(hashlib.sha256(one.name.encode()).digest()[:8], "big")
    drawn = np.random.default_rng([7, number]).permutation(len(known))[:SINGLE]
    return [known[i] for i in sorted(drawn.tolist())]
