"""Which images Table 1 counts, and which may train all the same (S1).

The first reason that holds is kept: the eye, the label, the measures, a
near-duplicate of another image of the pool, and last the draw. Left eyes, eyes
with several findings and eyes that were not drawn may train when their quality is
good and a lesion is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forgery.imaging import domain as domains
from forgery.imaging.selection import Measures, verdict
from forgery.models import FundusImage, Pool
from forgery.selectors.thresholds import thresholds_of
from forgery.services.intake import Taken

TRAINABLE_EYES = frozenset({"", "left-eye", "unknown-eye"})
TRAINABLE_LABELS = frozenset({"", "other-finding", "several-lesions"})


@dataclass(frozen=True)
class Choice:
    """An image's fate."""

    reason: str
    """Key of the reason why Table 1 leaves it out; empty when it counts."""
    is_trainable: bool


def choose(
    pool: Pool,
    taken: Sequence[Taken],
    groups: Sequence[Sequence[str]],
    draw: Mapping[str, int],
) -> list[Choice]:
    """Decide the fate of new images, in their order."""
    reasons = {one.entry.file: _own_reason(pool, one) for one in taken}
    repeats = _repeats(pool, reasons, groups)
    for file in repeats:
        reasons[file] = reasons[file] or "near-duplicate"
    for file in _not_drawn(pool, taken, reasons, draw):
        reasons[file] = "not-drawn"
    return [
        Choice(reasons[one.entry.file], _trains(pool, one, repeats)) for one in taken
    ]


def _eye_reason(pool: Pool, one: Taken) -> str:
    if pool.eyes == "any" or one.entry.eye == "right":
        return ""
    return "left-eye" if one.entry.eye == "left" else "unknown-eye"


def _own_reason(pool: Pool, one: Taken) -> str:
    return _eye_reason(pool, one) or one.entry.label_reason or _measured(pool, one)


def _measured(pool: Pool, one: Taken) -> str:
    """Give the measures' reason; they are made for fundus photographs alone."""
    if pool.domain != domains.FUNDUS.key:
        return ""
    if "thresholds" not in pool.options:
        return one.reason
    return verdict(Measures(**one.measures), thresholds_of(pool)) or ""


def _trains(pool: Pool, one: Taken, repeats: set[str]) -> bool:
    return (
        bool(one.entry.lesion)
        and not _measured(pool, one)
        and one.entry.file not in repeats
        and _eye_reason(pool, one) in TRAINABLE_EYES
        and one.entry.label_reason in TRAINABLE_LABELS
    )


def _repeats(
    pool: Pool, reasons: Mapping[str, str], groups: Sequence[Sequence[str]]
) -> set[str]:
    """Find the images that repeat one that counts, or else the group's first."""
    counted = set(
        FundusImage.objects.filter(pool=pool, excluded_because="").values_list(
            "source_file", flat=True
        )
    )
    repeats: set[str] = set()
    for group in groups:
        first = next(
            (file for file in group if file in counted or reasons.get(file) == ""),
            group[0] if group else "",
        )
        repeats |= {file for file in group if file in reasons and file != first}
    return repeats


def _not_drawn(
    pool: Pool,
    taken: Sequence[Taken],
    reasons: Mapping[str, str],
    draw: Mapping[str, int],
) -> set[str]:
    """Draw the wanted number of a lesion from the seed; name the others."""
    left_out: set[str] = set()
    keys = domains.get(pool.domain).lesion_keys
    for lesion, wanted in draw.items():
        files = sorted(
            one.entry.file
            for one in taken
            if one.entry.lesion == lesion and not reasons[one.entry.file]
        )
        has = pool.images.filter(lesion=lesion, excluded_because="").count()
        rng = np.random.default_rng([pool.seed, 1, keys.index(lesion)])
        order = rng.permutation(len(files))
        left_out |= {files[i] for i in order[max(0, int(wanted) - has) :]}
    return left_out
