"""Words that change from fetch to fetch of one case, whatever its class.

A nonce, a signature or a clock cannot name a case, so it must not be compared from
case to case. Its form can be, and its text goes to the classifiers. A word counts as
moving only where it moves for most cases of both classes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from observers.analysis.blinding_reply import Facts

WORD = re.compile(r"([A-Za-z0-9_\-+/=]+)")
NEVER = frozenset(
    {"status", "words after the status", "pieces", "header names", "statements"}
)
"""What a server answers alike however often it is asked."""
SHARED = ("header ", "field ", "number ")
"""Facts whose names mean the same in answers of every kind."""
MOST = 0.5


@dataclass(frozen=True)
class Words:
    """Which words of a text move."""

    number: int
    """How many parts the text has; 0 when that moves, too."""
    places: dict[int, bool] = field(default_factory=dict)
    """Moving parts, and whether their length stays: of what letters is chance."""


Moving = dict[str, Words]
Groups = dict[str, list[tuple[bool, list[str]]]]


def values_of(facts: Facts) -> Iterator[tuple[str, str]]:
    """
    List everything in an answer that must be equal.

    Parameters
    ----------
    facts : Facts
        An answer.

    Yields
    ------
    tuple of (str, str)
        Names and values, headers too.
    """
    yield from facts.exact.items()
    for name, value in facts.headers.items():
        yield f"header {name}", value


def key_of(name: str, kind: str) -> str:
    """
    Name what moves together in all answers.

    Parameters
    ----------
    name : str
        Name of a fact.
    kind : str
        Kind of answer.

    Returns
    -------
    str
        The name alone where it means the same in every kind.
    """
    return name if name.startswith(SHARED) else f"{name} of {kind}"


def changing(seen: Sequence[tuple[bool, Sequence[Facts]]]) -> Moving:
    """
    Find the words that change from fetch to fetch in both classes.

    Parameters
    ----------
    seen : sequence of (bool, sequence of Facts)
        Whether a case is manipulated, and its answers.

    Returns
    -------
    dict of str to Words
        By key.
    """
    groups: Groups = defaultdict(list)
    for forged, answers in seen:
        values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for facts in answers:
            for name, value in values_of(facts):
                if name not in NEVER:
                    values[name, facts.kind].append(value)
        for (name, kind), texts in values.items():
            if len(texts) > 1:
                groups[key_of(name, kind)].append((bool(forged), texts))
    return {key: _words(found) for key, found in groups.items() if _moves(found)}


def _moves(groups: list[tuple[bool, list[str]]]) -> bool:
    # Say whether most groups of each class vary; look where there were most fetches.
    most = max(len(texts) for _forged, texts in groups)
    varied: dict[bool, list[bool]] = defaultdict(list)
    for forged, texts in groups:
        if len(texts) == most:
            varied[forged].append(len(set(texts)) > 1)
    return len(varied) == 2 and all(
        sum(found) >= MOST * len(found) for found in varied.values()
    )


def _words(groups: list[tuple[bool, list[str]]]) -> Words:
    # Find which parts move, and whether their length does.
    split = [[WORD.split(text) for text in texts] for _forged, texts in groups]
    numbers = {len(parts) for texts in split for parts in texts}
    if len(numbers) != 1:
        return Words(0)
    places: dict[int, bool] = {}
    for texts in split:
        for place, parts in enumerate(zip(*texts, strict=True)):
            if len(set(parts)) > 1:
                stays = len(set(map(len, parts))) == 1
                places[place] = places.get(place, True) and stays
    return Words(numbers.pop(), places)


def still(text: str, words: Words) -> str:
    """
    Write a text so that its moving words stand still.

    Parameters
    ----------
    text : str
        A text.
    words : Words
        Which of its words move.

    Returns
    -------
    str
        The text with lengths in the place of words.
    """
    if not words.number:
        return "<moving>"
    parts = WORD.split(text)
    if len(parts) != words.number:
        return text
    for place, keeps_length in words.places.items():
        parts[place] = f"<{len(parts[place])} letters>" if keeps_length else "<moving>"
    return "".join(parts)
