"""What must be the same for both classes, compared exactly."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from observers.analysis.blinding_mentions import Mention
from observers.analysis.blinding_moving import Moving, key_of, still, values_of
from observers.analysis.blinding_reply import Facts

Values = dict[str, str]
BESIDE, ORDER = "what stands by a case", "order of cases"
"""Begin the names of facts that a case has only where it is named."""


@dataclass(frozen=True)
class Seen:
    """All that a reader got of one case in one session."""

    case: int
    """Index of the case."""
    session: int
    """Index of the session."""
    place: str
    """Where in the set: places that answer differently by design are compared apart."""
    texts: dict[str, str] = field(default_factory=dict)
    """Random texts that name the case: its token."""
    numbers: dict[str, float] = field(default_factory=dict)
    """Its place in the order."""
    facts: Sequence[Facts] = ()
    """Every answer about it."""
    mentions: Sequence[tuple[str, Mention]] = ()
    """Every time that an answer named it, with the kind of answer."""
    entries: dict[str, str] = field(default_factory=dict)
    """Its entry in what has one entry a case."""
    border: NDArray[np.uint8] | None = None
    """The surround of the retina in its image."""


@dataclass(frozen=True)
class Difference:
    """An invariant that differs between the classes."""

    name: str
    """What differs."""
    originals: tuple[str, ...]
    """Values that only original cases showed."""
    manipulated: tuple[str, ...]
    """Values that only manipulated cases showed."""


def summary(one: Seen, moving: Moving) -> Values:
    """
    Put the exact facts of a case into one text each.

    Parameters
    ----------
    one : Seen
        What a reader got of a case.
    moving : Moving
        Words that change from fetch to fetch.

    Returns
    -------
    dict of str to str
        Values by name, several answers of a kind joined.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for facts in one.facts:
        for name, value in values_of(facts):
            key = key_of(name, facts.kind)
            shown = still(value, moving[key]) if key in moving else value
            found[f"{name} of {facts.kind}"].add(shown)
    for kind, mention in one.mentions:
        where = f"at {mention.place} in {kind}"
        found[f"{BESIDE} {where}"].add(mention.beside)
        found[f"{ORDER} {where}"].add(turn(mention.shift))
    return {name: " / ".join(sorted(values)) for name, values in found.items()}


def turn(shift: int) -> str:
    """
    Say on which side of its place in the plan's order a case is named.

    Parameters
    ----------
    shift : int
        By how many places it comes later.

    Returns
    -------
    str
        How far does not matter: a list may be long.
    """
    if shift == 0:
        return "in its place"
    return "late" if shift > 0 else "early"


def compare(
    seen: Sequence[Seen], summaries: Sequence[Values], truth: NDArray[np.bool_]
) -> tuple[list[Difference], int]:
    """
    Compare the sets of values that the two classes showed.

    Parameters
    ----------
    seen : sequence of Seen
        What a reader got.
    summaries : sequence of dict of str to str
        The exact facts of each.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.

    Returns
    -------
    differences : list of Difference
        What differs, each name once.
    n_compared : int
        Invariants that could be compared.
    """
    placed = {f.kind for one in seen for f in one.facts if f.is_placed}
    names = sorted({name for values in summaries for name in values})
    apart = [name for name in names if name.rsplit(" of ", 1)[-1] in placed]
    pooled = [name for name in names if name not in set(apart)]
    rounds = [(list(range(len(seen))), pooled)]
    rounds += [
        ([i for i, one in enumerate(seen) if one.place == place], apart)
        for place in sorted({one.place for one in seen})
    ]
    differences: dict[str, Difference] = {}
    compared: set[str] = set()
    for rows, wanted in rounds:
        old = [summaries[i] for i in rows if not truth[seen[i].case]]
        new = [summaries[i] for i in rows if truth[seen[i].case]]
        if not (old and new):
            continue
        compared |= set(wanted)
        for found in _differences(old, new, wanted):
            differences.setdefault(found.name, found)
    return list(differences.values()), len(compared)


def _differences(
    old: Sequence[Values], new: Sequence[Values], names: Sequence[str]
) -> list[Difference]:
    # Name what one class shows and the other does not.
    found = []
    for name in names:
        originals = {values.get(name, "absent") for values in old}
        manipulated = {values.get(name, "absent") for values in new}
        if name.startswith((BESIDE, ORDER)):  # not every case is named
            originals, manipulated = originals - {"absent"}, manipulated - {"absent"}
        if originals != manipulated and (originals and manipulated):
            only_old = tuple(sorted(originals - manipulated))
            only_new = tuple(sorted(manipulated - originals))
            found.append(Difference(name, only_old, only_new))
    return found


def told(seen: Sequence[Seen], secrets: Sequence[str]) -> list[str]:
    """
    Search every answer for words that no reader may learn.

    Parameters
    ----------
    seen : sequence of Seen
        What a reader got.
    secrets : sequence of str
        File names, hashes, names of pools, patients and manipulators.

    Returns
    -------
    list of str
        Facts in which a secret stands.
    """
    if not secrets:
        return []
    pattern = re.compile("|".join(re.escape(word) for word in secrets))
    texts = {
        (f"{name} of {facts.kind}", text)
        for one in seen
        for facts in one.facts
        for part, values in (("", facts.exact), ("header ", facts.headers))
        for name, text in ((part + key, value) for key, value in values.items())
    }
    return sorted({name for name, text in texts if pattern.search(text)})
