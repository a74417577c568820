"""What may differ between cases, as columns for the classifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from observers.analysis import blinding_texts
from observers.analysis.blinding_classifier import Table
from observers.analysis.blinding_invariants import Seen, Values, changing

MAX_LEVELS = 40
"""Exact facts with more values than this are not coded."""


def table(seen: Sequence[Seen], summaries: Sequence[Values]) -> Table:
    """
    Lay out as columns what may differ between cases.

    Parameters
    ----------
    seen : sequence of Seen
        What a reader got.
    summaries : sequence of dict of str to str
        The exact facts of each; may be empty.

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
    moving = changing(seen)
    for name in sorted(moving):
        columns |= blinding_texts.columns(f"header {name}", _first_values(seen, name))
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
    words = ("response time of the image", "position of", "alphabetical order of")
    kept = {k: v for k, v in full.columns.items() if k.startswith(words)}
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


def _stacked(rows: Sequence[dict[str, float]]) -> dict[str, NDArray[np.float64]]:
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, -1.0) for row in rows]) for name in names}


def _times(seen: Sequence[Seen]) -> dict[str, NDArray[np.float64]]:
    # Median response time by kind of answer, in seconds.
    return _stacked(
        [
            _medians((f"response time of {f.kind}", f.seconds) for f in one.facts)
            for one in seen
        ]
    )


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


def _first_values(seen: Sequence[Seen], name: str) -> list[str]:
    # Take the first value of a header for each case.
    return [
        next((f.headers[name] for f in one.facts if name in f.headers), "")
        for one in seen
    ]
