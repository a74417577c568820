"""What one answer of a server tells beside its pixels, taken apart into facts.

An exact fact is a text that must be the same for both classes; what may differ by
design (tokens, progress, the clock) is masked in it and returned apart, as numbers
and texts from which a classifier may try to learn the class.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from sys import intern
from typing import Any

from observers.analysis import blinding_body
from observers.analysis.blinding_files import file_facts
from observers.analysis.blinding_mentions import MARK, Mention, mentions
from observers.analysis.blinding_patterns import patterns
from observers.analysis.blinding_texts import shape

DATES = frozenset({"Date", "Expires", "Last-Modified"})
CLOCK_STEP = 10  # seconds; a second may pass between the clock and the header
IMAGES = (b"\x89PNG", b"\xff\xd8\xff")
RANDOM = 16  # letters; a cookie as long is a random name, a shorter one a word


@dataclass(frozen=True)
class Reply:
    """One answer as it went over the wire."""

    kind: str
    """What was asked, in words: the same words for every case."""
    status: int
    """HTTP status."""
    headers: Sequence[tuple[str, str]]
    """Names and values in the order in which they were sent, cookies too."""
    body: bytes
    """The body as it was sent."""
    seconds: float
    """From request to answer."""
    asked_at: float
    """When it was asked, in seconds since 1970."""
    reason: str = ""
    """The words after the status."""
    pieces: str = ""
    """In what pieces the body came."""
    statements: Sequence[str] = ()
    """Texts of the SQL statements that the answer took, without parameters."""
    is_placed: bool = True
    """Whether the answer depends by design on the case's place in its set."""


@dataclass(frozen=True)
class Facts:
    """One answer taken apart."""

    kind: str
    """As in `Reply`."""
    exact: dict[str, str]
    """Texts that must be the same whatever the class."""
    headers: dict[str, str]
    """Masked values of the headers, by name."""
    numbers: dict[str, float] = field(default_factory=dict)
    """Numbers that differ by design."""
    texts: dict[str, str] = field(default_factory=dict)
    """Texts that should be random."""
    seconds: float = 0.0
    """Response time."""
    is_placed: bool = True
    """As in `Reply`."""


@dataclass(frozen=True)
class Told:
    """What one answer told: about its own case, and about others."""

    facts: Facts
    """About the case that was asked for."""
    mentions: Sequence[tuple[str, Mention]] = ()
    """About every case that it names."""
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """About all cases of the set, in the plan's order."""


def take_apart(reply: Reply, session: str, items: Sequence[str]) -> Told:
    """
    Take an answer apart.

    Parameters
    ----------
    reply : Reply
        The answer.
    session : str
        Random name of the session.
    items : sequence of str
        Random names of its cases in the plan's order, masked wherever they stand.

    Returns
    -------
    Told
        Everything but the pixels.
    """
    plain = dict(reply.headers)
    mask = _masker([session, *items, plain.get("X-Request-ID", "")])
    headers, numbers, texts = _headers(reply, mask)
    exact = {
        "status": str(reply.status),
        "words after the status": reply.reason,
        "pieces": reply.pieces,
        "header names": ", ".join(name for name, _value in reply.headers),
        "statements": blinding_body.NUMBER.sub("N", "\n".join(reply.statements)),
    }
    if _is_image(reply, plain):
        exact |= file_facts(reply.body)
        document, text = None, ""
    else:
        text = reply.body.decode("utf-8", "backslashreplace")
        document = _document(text, plain)
        found = blinding_body.facts(mask(text), is_json=document is not None)
        exact |= found.exact
        numbers |= found.numbers
        texts |= found.texts
        text = "" if document is not None else text
    facts = Facts(
        kind=reply.kind,
        exact={name: intern(value) for name, value in exact.items()},
        headers=headers,
        numbers=numbers,
        texts=texts,
        seconds=reply.seconds,
        is_placed=reply.is_placed,
    )
    return Told(
        facts,
        mentions(document, text, plain, items),
        patterns(document, mask(text), headers, len(items)),
    )


def _masker(tokens: Sequence[str]) -> Any:
    # Return a function that replaces the tokens in a text.
    named = sorted({t for t in tokens if len(t) >= 8}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, named)) or r"(?!)")
    return lambda text: pattern.sub(MARK, text)


def _is_image(reply: Reply, headers: dict[str, str]) -> bool:
    kind = headers.get("Content-Type", "")
    return kind.startswith("image/") or reply.body[:4] in {
        b"\x89PNG",
        b"\xff\xd8\xff\xe0",
    }


def _document(text: str, headers: dict[str, str]) -> Any:
    # Parse a JSON body; None for any other.
    if "json" not in headers.get("Content-Type", ""):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _headers(
    reply: Reply, mask: Any
) -> tuple[dict[str, str], dict[str, float], dict[str, str]]:
    # Write the headers so that equal meanings are equal texts.
    headers: dict[str, str] = {}
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name, value in reply.headers:
        written = mask(value)
        if name in DATES:
            written, apart = _distance(value, reply.asked_at)
            numbers[f"distance of header {name}"] = apart
        elif name == "Content-Length" and value == str(len(reply.body)):
            written = "the body's"
        elif name == "Set-Cookie":
            written = _cookie(value, reply.asked_at, texts)
        headers[name] = f"{headers[name]} | {written}" if name in headers else written
    return headers, numbers, texts


def _cookie(value: str, asked_at: float, texts: dict[str, str]) -> str:
    # Take a random value out of a cookie; its form and all attributes stay.
    first, *attributes = value.split("; ")
    name, _equals, content = first.partition("=")
    if len(content) >= RANDOM:
        texts[f"cookie {name}"] = content
        first = f"{name}={shape(content)}"
    for i, attribute in enumerate(attributes):
        key, _equals, moment = attribute.partition("=")
        if key == "expires":
            attributes[i] = f"{key}={_distance(moment, asked_at)[0]}"
    return "; ".join([first, *attributes])


def _distance(value: str, asked_at: float) -> tuple[str, float]:
    # Write a date as its distance from the time of asking, in steps and exactly.
    try:
        seconds = parsedate_to_datetime(value).timestamp() - asked_at
    except (TypeError, ValueError):
        return value, 0.0
    return f"{CLOCK_STEP * round(seconds / CLOCK_STEP)} s from the clock", seconds
