"""Training examples: photographs of reserved clusters and their forged twins.

Twins are made here, in both preprocessing profiles, and never stored: each
original goes through all that its forgery goes through but the forging, so no
filter tells the classes apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from detector.exceptions import NothingToTrainOn
from detector.network.examples import Examples
from detector.network.forging import coverage
from forgery.imaging import manipulator as forging
from forgery.imaging import profiles
from forgery.imaging.fundus import Image, field_of_view
from forgery.imaging.profiles import PAPER, PLAIN, READER, Profile
from forgery.models import FundusImage, Manipulator
from forgery.services.files import local_path
from forgery.services.rendering import as_seen_by_detector, pixels


@dataclass(frozen=True)
class Way:
    """How photographs and forgeries are processed before the detector sees them."""

    profile: Profile
    is_matched: bool = True
    """Whether originals get the forgeries' last blur; the paper's did not."""


MATCHED_WAYS = (Way(PAPER), Way(PLAIN))
"""Both are drawn for both classes: the paper's filters, and none."""
UNMATCHED_WAYS = (Way(PAPER, is_matched=False),)
"""The paper's own filters: the blur alone betrays the class."""
Row = tuple[Image, bool, str, str, str, str, NDArray[np.uint8]]

Progress = Callable[[int, int, str], None]


def twin_examples(
    images: Iterable[FundusImage],
    manipulators: dict[str, tuple[Manipulator, ...]],
    progress: Progress,
    *,
    ways: Sequence[Way] = MATCHED_WAYS,
) -> Examples:
    """
    Make originals and forged twins as the detector sees them.

    Returns an original and a forgery of each recipe for every photograph and way of
    processing. ``images`` must be ordered by lesion.
    """
    rows: list[Row] = []
    for lesion, group in groupby(images, key=lambda image: image.lesion):
        photographs = list(group)
        progress(len(rows), 0, f"twins of {lesion}")
        for way in ways:
            rows += _twins(photographs, manipulators[lesion], way)
    if not rows:
        msg = _("The clusters reserved for this hold no good photograph of a lesion.")
        raise NothingToTrainOn(msg)
    image, truth, cluster, lesions, pair, family, mask = zip(*rows, strict=True)
    return Examples(
        np.stack(image),
        np.array(truth),
        np.array(cluster),
        np.array(lesions),
        np.array(pair),
        np.array(family),
        np.stack(mask),
    )


def _twins(
    photographs: list[FundusImage], manipulators: Sequence[Manipulator], way: Way
) -> list[Row]:
    """Make the twins of photographs of one lesion, processed one way."""
    profile = way.profile
    working = np.stack([profiles.prepare(pixels(one), profile) for one in photographs])
    masks = [field_of_view(image) for image in working]
    versions: list[tuple[str, Image]] = []
    for manipulator in manipulators:
        with local_path(manipulator.file) as path:
            made = forging.forge(path, manipulator.sha256, working, masks)
        versions.append((manipulator.recipe, made.images))
    rows: list[Row] = []
    for place, (photograph, mask) in enumerate(zip(photographs, masks, strict=True)):
        before = working[place]
        original = profiles.finish(before, profile) if way.is_matched else before
        shown = [("", original, np.zeros_like(mask))]
        for recipe, forged in versions:
            shown.append((recipe, profiles.finish(forged[place], profile), mask))
        name, lesion = photograph.cluster.name, photograph.lesion
        pair = f"{photograph.content_hash[:16]}/{profile.name}"
        for family, finished, changed in shown:
            seen = as_seen_by_detector(finished, READER)
            known = (bool(family), name, lesion, pair, family)
            rows.append((seen, *known, coverage(changed)))
    return rows
