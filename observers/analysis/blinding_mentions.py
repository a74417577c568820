"""Where an answer names cases: in what order, and what stands beside each.

A list of cases can tell the class of a case that is not the one on view: by its
place in the list, by what is missing from it, or by a word beside it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROGRESS = frozenset({"position", "rated", "version", "undo_seconds"})
"""Keys of an answer whose numbers differ from case to case by design."""
MARK = "<token>"
AFTER = 60  # characters after a token in a page that count as beside it
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Mention:
    """One case named in an answer."""

    place: str
    """Where in the answer: a path, a header, or the page."""
    shift: int
    """How many places it stands after where the plan's order would put it."""
    beside: str
    """What stands beside it, without numbers that differ by design."""


def mentions(
    document: Any, text: str, headers: Mapping[str, str], items: Sequence[str]
) -> list[tuple[str, Mention]]:
    """
    Find the cases that an answer names.

    Parameters
    ----------
    document : object
        The parsed JSON, or None where the body is none.
    text : str
        The body as text; empty where the body is JSON.
    headers : mapping of str to str
        Headers.
    items : sequence of str
        Tokens of the session's cases in the plan's order.

    Returns
    -------
    list of (str, Mention)
        Token and mention, in the order of the answer.
    """
    order = {token: i for i, token in enumerate(items)}
    if not order:
        return []
    pattern = re.compile("|".join(map(re.escape, order)))
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, token, beside in _in_json(document, "", pattern):
        found[place].append((token, beside))
    for token, beside in _in_text(text, pattern):
        found["the page"].append((token, beside))
    for name, value in headers.items():
        for hit in pattern.finditer(value):
            found[f"header {name}"].append((hit[0], ""))
    return [
        (token, Mention(place, rank - planned, beside))
        for place, named in found.items()
        for rank, planned, token, beside in _ranked(named, order)
    ]


def _ranked(
    named: Sequence[tuple[str, str]], order: Mapping[str, int]
) -> Iterator[tuple[int, int, str, str]]:
    # Number what is named as it stands and as the plan has it.
    places = sorted(range(len(named)), key=lambda i: (order[named[i][0]], i))
    planned = {i: rank for rank, i in enumerate(places)}
    for rank, (token, beside) in enumerate(named):
        yield rank, planned[rank], token, beside


def _in_json(
    value: Any, path: str, pattern: re.Pattern[str]
) -> Iterator[tuple[str, str, str]]:
    # Walk a document: path, token and what stands in the same object.
    if isinstance(value, str):
        yield from ((path, hit[0], "") for hit in pattern.finditer(value))
    elif isinstance(value, list):
        for inner in value:
            yield from _in_json(inner, f"{path}[]", pattern)
    elif isinstance(value, dict):
        beside = _beside(value, pattern)
        for key, inner in value.items():
            for hit in pattern.finditer(key):
                yield f"{path}.{MARK}", hit[0], _plain(inner, pattern)
            for place, token, nearer in _in_json(inner, f"{path}.{key}", pattern):
                yield place, token, nearer or beside


def _beside(value: Mapping[str, Any], pattern: re.Pattern[str]) -> str:
    # Write an object's own facts, without tokens and what differs by design.
    own = {
        key: inner
        for key, inner in value.items()
        if key not in PROGRESS and not isinstance(inner, dict | list)
    }
    return _plain(own, pattern)


def _plain(value: Any, pattern: re.Pattern[str]) -> str:
    return pattern.sub(MARK, json.dumps(value, ensure_ascii=False))


def _in_text(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    # Find tokens in a page: each with its tag and a little after it.
    for hit in pattern.finditer(text):
        start = text.rfind("<", 0, hit.start())
        beside = text[max(start, 0) : hit.end() + AFTER]
        yield hit[0], DIGITS.sub("N", pattern.sub(MARK, beside))
