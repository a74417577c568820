"""What may differ between cases, as columns for the classifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from observers.analysis import blinding_texts
from observers.analysis.blinding_classifier import Table
from observers.analysis.blinding_invariants import Seen, Values
from observers.analysis.blinding_moving import Moving, key_of, values_of

LIKELY = (
    "response time of the image",
    "first response time of the image",
    "response time of the state",
    "response time of the rating",
    "position of",
    "alphabetical order of the token",
)
SEVERAL = 3
"""Fetches from which the first and the longest count apart from the median."""
MAX_LEVELS = 40
"""Exact facts with more values than this are not coded."""


def table(seen: Sequence[Seen], summaries: Sequence[Values], moving: Moving) -> Table:
    """
    Lay out as columns what may differ between cases.

    Parameters
    ----------
    seen : sequence of Seen
        What a reader got.
    summaries : sequence of dict of str to str
        The exact facts of each; may be empty.
    moving : Moving
        Words that change from fetch to fetch.

    Returns
    -------
    Table
        Texts, numbers, response times and coded facts.
    """
    session = np.array([one.session for one in seen], np.intp)
    columns = {f"{k} of the case": v for k, v in _numbers(seen).items()}
    for name in sorted({name for one in seen for name in one.texts}):
        texts = [one.texts.get(name, "") for one in seen]
        columns |= blinding_texts.columns(name, texts)
    columns |= _times(seen) | _answer_numbers(seen) | _coded(summaries)
    columns |= _coded([one.entries for one in seen]) | _named(seen)
    for name in sorted({name for one in seen for f in one.facts for name in f.texts}):
        texts = [next(filter(None, _texts(one, name)), "") for one in seen]
        columns |= blinding_texts.brief(name, texts)
    for key in sorted(moving):
        texts = [next(filter(None, _values(one, key)), "") for one in seen]
        columns |= blinding_texts.columns(key, texts)
    case = np.array([one.case for one in seen], np.intp)
    return Table(columns, case, session)


def likely(full: Table) -> Table:
    """
    Keep the columns by which classes leak most: times, places and token order.

    Parameters
    ----------
    full : Table
        All columns.

    Returns
    -------
    Table
        A few of them.
    """
    kept = {k: v for k, v in full.columns.items() if k.startswith(LIKELY)}
    return Table(kept, full.case, full.session)


def _numbers(seen: Sequence[Seen]) -> dict[str, NDArray[np.float64]]:
    names = sorted({name for one in seen for name in one.numbers})
    return {
        name: np.array([one.numbers.get(name, -1.0) for one in seen]) for name in names
    }


def _medians(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for name, value in values:
        found[name].append(value)
    return {name: float(np.median(numbers)) for name, numbers in found.items()}


def _stacked(
    rows: Sequence[dict[str, float]], *, absent: float = -1.0
) -> dict[str, NDArray[np.float64]]:
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, absent) for row in rows]) for name in names}


def _times(seen: Sequence[Seen]) -> dict[str, NDArray[np.float64]]:
    # Response time by kind of answer, in seconds: median, and first and longest
    # where an answer was fetched several times.
    return _stacked([_times_of(one) for one in seen])


def _times_of(one: Seen) -> dict[str, float]:
    spent: dict[str, list[float]] = defaultdict(list)
    for facts in one.facts:
        spent[facts.kind].append(facts.seconds)
    found = {f"response time of {k}": float(np.median(v)) for k, v in spent.items()}
    for kind, seconds in spent.items():
        if len(seconds) >= SEVERAL:
            found[f"first response time of {kind}"] = seconds[0]
            found[f"longest response time of {kind}"] = max(seconds)
    return found


def _answer_numbers(seen: Sequence[Seen]) -> dict[str, NDArray[np.float64]]:
    # Numbers that the answers hold by design.
    return _stacked(
        [
            _medians(
                (f"{name} in {f.kind}", value)
                for f in one.facts
                for name, value in f.numbers.items()
            )
            for one in seen
        ]
    )


def _coded(summaries: Sequence[Values]) -> dict[str, NDArray[np.float64]]:
    # Exact facts with several values, each value a number.
    found = {}
    for name in sorted({name for values in summaries for name in values}):
        values = [one.get(name, "absent") for one in summaries]
        levels = {value: float(i) for i, value in enumerate(sorted(set(values)))}
        if 1 < len(levels) <= MAX_LEVELS:
            found[name] = np.array([levels[value] for value in values])
    return found


def _texts(one: Seen, name: str) -> Iterator[str]:
    # Read a random text in every answer about a case.
    return (facts.texts.get(name, "") for facts in one.facts)


def _values(one: Seen, key: str) -> Iterator[str]:
    # Find what a key of moving words names in every answer about a case.
    for facts in one.facts:
        for name, value in values_of(facts):
            if key_of(name, facts.kind) == key:
                yield value


def _named(seen: Sequence[Seen]) -> dict[str, NDArray[np.float64]]:
    # How often each case is named, and how far from its place in the plan's order.
    rows: list[dict[str, float]] = []
    for one in seen:
        shifts: dict[str, list[float]] = defaultdict(list)
        for kind, mention in one.mentions:
            shifts[f"{mention.place} in {kind}"].append(float(mention.shift))
        row = {f"order of cases at {k}": float(np.mean(v)) for k, v in shifts.items()}
        rows.append(
            row | {f"times named at {k}": float(len(v)) for k, v in shifts.items()}
        )
    return _stacked(rows, absent=0.0)
