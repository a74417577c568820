"""What an answer says about all cases of a set at once.

A list with one entry a case, a text with one letter a case, or a list of some
places in the order can tell every class, though it stands in the answer about one
case only and is the same in all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from observers.analysis.blinding_mentions import PROGRESS

FEWEST = 6
"""Sets with fewer cases are not looked at: too much has as many parts."""


def patterns(
    document: Any, text: str, headers: Mapping[str, str], n: int
) -> dict[str, tuple[str, ...]]:
    """
    Find what has one entry a case.

    Parameters
    ----------
    document : object
        The parsed JSON, or None where the body is none.
    text : str
        The body as text; empty where the body is JSON.
    headers : mapping of str to str
        Headers.
    n : int
        Number of cases in the set.

    Returns
    -------
    dict of str to tuple of str, length n
        One entry a case in the order of the plan, by where it stands.
    """
    if n < FEWEST:
        return {}
    found = dict(_in_json(document, "", n))
    for i, part in enumerate(_rows(text, n), start=1):
        found[f"row {i} of the page"] = part
    for name, value in headers.items():
        for part in _rows(value, n):
            found[f"header {name}"] = part
    return found


def _in_json(value: Any, path: str, n: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _in_json(inner, f"{path}.{key}", n)
    elif isinstance(value, list):
        if len(value) == n:
            yield path, tuple(map(_entry, value))
        yield from _chosen(value, path, n)
        for inner in value:
            yield from _in_json(inner, f"{path}[]", n)
    elif isinstance(value, str):
        for part in _rows(value, n):
            yield path, part


def _entry(value: Any) -> str:
    # Write one entry without what differs by design.
    if isinstance(value, dict):
        value = {key: inner for key, inner in value.items() if key not in PROGRESS}
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _chosen(
    value: list[Any], path: str, n: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    # Read a list of different whole numbers as places, counted from 0 and from 1.
    whole = [one for one in value if isinstance(one, int) and not isinstance(one, bool)]
    named = set(whole)
    if not len(value) == len(named) >= 2 or len(named) >= n:
        return
    for first in (0, 1):
        if first <= min(named) and max(named) < n + first:
            chosen = tuple(str(i + first in named) for i in range(n))
            yield f"places from {first} in {path}", chosen


def _rows(text: str, n: int) -> Iterator[tuple[str, ...]]:
    # Find words of n letters, and n short words between commas or the like.
    for hit in re.finditer(rf"(?<![\w-])\w{{{n}}}(?![\w-])", text):
        yield tuple(hit[0])
    rows = rf"(?<![\w,;|])\w{{1,12}}(?:[,;|]\s?\w{{1,12}}){{{n - 1}}}(?![\w,;|])"
    for hit in re.finditer(rows, text):
        yield tuple(re.split(r"[,;|]\s?", hit[0]))
