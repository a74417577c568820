"""How wide intervals will be with the counts that somebody is thinking of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Literal

from django.utils.translation import gettext as _

from observers.analysis.sample_size_assumed import SHARED, SPREAD, expected
from observers.analysis.sample_size_width import (
    HalfWidth,
    expected_width,
    groups_half_width,
    mean_half_width,
    standalone_half_width,
)
from observers.models.protocol import Protocol

AREAS = (0.7, 0.8, 0.9)
"""Areas for which widths are shown: between guessing and a sure eye."""
Kind = Literal["reader", "group", "groups", "detector"]
MAX_PAIRS = 3
"""So many comparisons of two groups are shown, the widest first."""


@dataclass(frozen=True)
class Half:
    """Expected half-width of an interval at an expected area."""

    area: float
    one_set: float
    all_sets: float


@dataclass(frozen=True)
class Precision:
    """What is estimated, and how precisely a protocol lets one expect it."""

    kind: Kind
    name: str
    is_fixed: bool
    """Whether it holds for these readers only, because a group has one or two."""
    halves: list[Half]


def precision(rules: Protocol) -> list[Precision]:
    """Give a reader, each group, and the comparisons; none where not defined."""
    if min(rules.n_original, rules.n_manipulated) < 2:  # no variance of an area
        return []
    return [_one_reader(rules), *_means(rules), *_pairs(rules), *_detector(rules)]


def assumptions(rules: Protocol, rows: Sequence[Precision]) -> list[str]:
    """Say in sentences what the half-widths rest on."""
    texts = [
        _(
            "Half of what an interval at {level} spans. Groups: readers and cases "
            "random. Everybody, the detector too, is taken to be at the AUC above, on "
            "the same cases."
        ),
        _(
            "Assumed: readers' true AUCs have a standard deviation of {spread}; "
            "readers share {shared} of their impression of a case with each other, "
            "nothing with the detector. A pilot study may tell otherwise."
        ),
    ]
    if any(row.is_fixed for row in rows):
        text = _("* One or two readers: for these readers only; cases are random.")
        texts.append(text)
    known = {
        "level": f"{100 * (1 - rules.analysis.alpha):g} %",
        "spread": f"{SPREAD:g}",
        "shared": f"{100 * SHARED:g} %",
    }
    return [text.format_map(known) for text in texts]


def _one_reader(rules: Protocol) -> Precision:
    level = 1 - rules.analysis.alpha
    halves = [
        Half(area, *(expected_width(area, *n, level) / 2 for n in _counts(rules)))
        for area in AREAS
    ]
    return Precision("reader", _("One reader"), is_fixed=False, halves=halves)


def _means(rules: Protocol) -> Iterator[Precision]:
    for name, n in _groups(rules):
        if n > 1:
            text = _("{group}, mean of {n}").format(group=name, n=n)
            yield _row(rules, "group", text, partial(mean_half_width, readers=n))


def _pairs(rules: Protocol) -> list[Precision]:
    found = []
    for (a, first), (b, second) in combinations(_groups(rules), 2):
        rule = partial(groups_half_width, first=first, second=second)
        text = _("{first} against {second}").format(first=a, second=b)
        found.append(_row(rules, "groups", text, rule))
    found.sort(key=lambda row: -row.halves[0].one_set)
    return found[:MAX_PAIRS]


def _detector(rules: Protocol) -> Iterator[Precision]:
    for name, n in _groups(rules):
        text = _("{group} against the detector").format(group=name)
        yield _row(rules, "detector", text, partial(standalone_half_width, readers=n))


def _groups(rules: Protocol) -> list[tuple[str, int]]:
    return [(_(g.name), g.n_readers) for g in rules.groups if g.n_readers]


def _row(
    rules: Protocol, kind: Kind, name: str, rule: Callable[..., HalfWidth]
) -> Precision:
    halves, is_fixed = [], False
    for area in AREAS:
        one, every = (
            rule(expected(area, *n), alpha=rules.analysis.alpha) for n in _counts(rules)
        )
        halves.append(Half(area, one.value, every.value))
        is_fixed = one.is_fixed
    return Precision(kind, name, is_fixed, halves)


def _counts(rules: Protocol) -> tuple[tuple[int, int], tuple[int, int]]:
    """Cases of each class in one set, and in all sets together."""
    one, sets = (rules.n_original, rules.n_manipulated), len(rules.lesions)
    return one, (sets * one[0], sets * one[1])


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
