"""The texts and numbers of a body: what must be equal, and what differs by design."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from observers.analysis.blinding_mentions import MARK, PROGRESS
from observers.analysis.blinding_texts import shape

CSRF = re.compile(r'(?<=")(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{64}(?=")')
"""A masked CSRF token; a hash has no capitals and is not masked."""
NONCE = re.compile(r'(?<= nonce=")[^"]{8,}(?=")')
NUMBER = re.compile(r"\d+(?:\.\d+)?")
REPEATED = re.compile(r"(\{[^{}]*\})(?:, ?\1)+")
"""Lists of equal objects: their length says how far the reader is."""
INDEX = re.compile(r"\.\d+(?=\.|$)")
MEASURED = 4  # digits behind the point; as many or more are measured, not chosen
LONG = 8  # letters; longer texts of a JSON answer are compared one by one


@dataclass(frozen=True)
class Body:
    """A body taken apart."""

    exact: dict[str, str]
    """Texts that must be the same whatever the class."""
    numbers: dict[str, float] = field(default_factory=dict)
    """Numbers that differ by design."""
    texts: dict[str, str] = field(default_factory=dict)
    """Texts that should be random."""


def facts(text: str, *, is_json: bool) -> Body:
    """
    Take a body apart.

    Parameters
    ----------
    text : str
        The body, its tokens masked.
    is_json : bool
        Whether it is JSON.

    Returns
    -------
    Body
        Its facts.
    """
    texts: dict[str, str] = {}
    for name, pattern in (("CSRF token", CSRF), ("nonce", NONCE)):
        hit = pattern.search(text)
        if hit:
            texts[name] = hit[0]
            text = pattern.sub(lambda found: f"{MARK}{shape(found[0])}", text)
    return _json(text, texts) if is_json else _page(text, texts)


def _page(text: str, texts: dict[str, str]) -> Body:
    places = {
        f"number {i} of the page": float(found)
        for i, found in enumerate(NUMBER.findall(text), start=1)
    }
    return Body({"text": NUMBER.sub(_form, text)}, places, texts)


def _form(found: re.Match[str]) -> str:
    # Write a number as its form: digits before the point do not matter, nor how many
    # a clock has behind it, whose last ones are not written where they are zero.
    whole, point, part = found[0].partition(".")
    leading = "0" if len(whole) > 1 and whole.startswith("0") else ""
    return f"<{leading}number{point}{min(len(part), MEASURED) or ''}>"


def _json(text: str, texts: dict[str, str]) -> Body:
    # Take JSON apart: its form, each of its longer texts, and each of its numbers.
    document = json.loads(text)
    exact: dict[str, set[str]] = defaultdict(set)
    numbers: dict[str, float] = {}
    form = text
    for path, value in leaves(document, ""):
        if isinstance(value, str):
            if len(value) >= LONG:
                exact[f"field {INDEX.sub('.[]', path)}"].add(value)
                form = form.replace(json.dumps(value, ensure_ascii=False), '"<text>"')
        elif path.rsplit(".", 1)[-1] in PROGRESS:
            numbers[path] = float(value)
        else:
            exact[f"number {INDEX.sub('.[]', path)}"].add(repr(value))
    joined = {name: " / ".join(sorted(found)) for name, found in exact.items()}
    joined["text"] = REPEATED.sub(r"\1, ...", NUMBER.sub(_form, form))
    return Body(joined, numbers, texts)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """
    Walk a document: every text and number with its path.

    Parameters
    ----------
    value : object
        The document.
    path : str
        Where it stands.

    Yields
    ------
    tuple of (str, object)
        Path and value; flags are part of the form and left out.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{i}")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value
