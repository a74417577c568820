"""How wide intervals will be with the counts that somebody is thinking of."""

from __future__ import annotations

from dataclasses import dataclass

from observers.analysis.sample_size_width import expected_width
from observers.models.protocol import Protocol

AREAS = (0.7, 0.8, 0.9)
"""Areas for which widths are shown: between guessing and a sure eye."""


@dataclass(frozen=True)
class Width:
    """Expected width of one reader's 95 % interval at an expected area."""

    area: float
    one_set: float
    all_sets: float


def widths(rules: Protocol) -> list[Width]:
    """Give the widths for one set and for all sets; none where it is not defined."""
    n = len(rules.lesions)
    try:
        return [
            Width(
                area,
                expected_width(area, rules.n_original, rules.n_manipulated),
                expected_width(area, n * rules.n_original, n * rules.n_manipulated),
            )
            for area in AREAS
        ]
    except ValueError:  # one case in a class
        return []


@dataclass(frozen=True)
class Effort:
    """How much reading a protocol asks for."""

    readers: int
    ratings_each: int
    ratings: int
    minutes_each: int


SECONDS_A_CASE = 25
"""A guess for planning, said to be one."""


def effort(rules: Protocol) -> Effort:
    """Count readers and ratings of a protocol."""
    readers = sum(group.n_readers for group in rules.groups)
    each = len(rules.lesions) * rules.cases_per_set * rules.rounds
    minutes = round(each * SECONDS_A_CASE / 60)
    return Effort(readers, each, readers * each, minutes)
