"""What one answer of a server tells beside its pixels, taken apart into facts.

An exact fact is a text that must be the same for both classes; what may differ by
design (tokens, progress, the clock) is masked in it and returned apart, as numbers
and texts from which a classifier may try to learn the class.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from observers.analysis.blinding_png import png_facts

PROGRESS = frozenset({"position", "rated", "version", "undo_seconds"})
"""Keys of an answer whose numbers differ from case to case by design."""
DATES = frozenset({"Date", "Expires", "Last-Modified"})
CLOCK_STEP = 10  # seconds; a second may pass between the clock and the header
CSRF = re.compile(r'(?<=")(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{64}(?=")')
"""A masked CSRF token; a hash has no capitals and is not masked."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
REPEATED = re.compile(r"(\{[^{}]*\})(?:, ?\1)+")
"""Lists of equal objects: their length says how far the reader is."""
MARK = "<token>"


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
    seconds: float = 0.0
    """Response time."""
    is_placed: bool = True
    """As in `Reply`."""


def facts_of(reply: Reply, tokens: Sequence[str]) -> Facts:
    """
    Take an answer apart.

    Parameters
    ----------
    reply : Reply
        The answer.
    tokens : sequence of str
        Random names of the session and its cases, masked wherever they stand.

    Returns
    -------
    Facts
        Everything but the pixels.
    """
    request_id = dict(reply.headers).get("X-Request-ID", "")
    mask = _masker([*tokens, request_id])
    exact = {
        "status": str(reply.status),
        "header names": ", ".join(name for name, _value in reply.headers),
        "statements": NUMBER.sub("N", "\n".join(reply.statements)),
    }
    numbers: dict[str, float] = {}
    body, found = _body(reply, mask)
    numbers |= found
    headers: dict[str, str] = {}
    for name, value in reply.headers:
        earlier = f"{headers[name]} | " if name in headers else ""
        headers[name] = earlier + _header(name, mask(value), reply)
    exact |= body
    return Facts(
        reply.kind, exact, headers, numbers, reply.seconds, is_placed=reply.is_placed
    )


def _masker(tokens: Sequence[str]) -> Any:
    # Return a function that replaces the tokens in a text.
    named = sorted({t for t in tokens if len(t) >= 8}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, named)) or r"(?!)")
    return lambda text: CSRF.sub(MARK, pattern.sub(MARK, text))


def _header(name: str, value: str, reply: Reply) -> str:
    # Write a header's value so that equal meanings are equal texts.
    if name in DATES:
        return _distance(value, reply.asked_at)
    if name == "Content-Length":
        return "the body's" if value == str(len(reply.body)) else value
    if name == "Set-Cookie":
        value = re.sub(r"expires=[^;]*", "expires", value)
        return re.sub(r"^(csrftoken|sessionid)=[^;]*", r"\1", value)
    return value


def _distance(value: str, asked_at: float) -> str:
    # Write a date as its distance from the time of asking.
    try:
        seconds = parsedate_to_datetime(value).timestamp() - asked_at
    except (TypeError, ValueError):
        return value
    return f"{CLOCK_STEP * round(seconds / CLOCK_STEP)} s from the clock"


def _body(reply: Reply, mask: Any) -> tuple[dict[str, str], dict[str, float]]:
    # Take the body apart by its content type.
    kind = dict(reply.headers).get("Content-Type", "")
    if kind.startswith("image/") or reply.body.startswith(b"\x89PNG"):
        return png_facts(reply.body), {}
    text = mask(reply.body.decode("utf-8", "backslashreplace"))
    if "json" in kind:
        return _json(text)
    places = {
        f"number {i} of the page": float(found)
        for i, found in enumerate(NUMBER.findall(text), start=1)
    }
    return {"text": NUMBER.sub(_shape, text)}, places


def _shape(found: re.Match[str]) -> str:
    # Write a number as its form: digits before the point do not matter.
    _whole, point, part = found[0].partition(".")
    return f"<number{point}{len(part) or ''}>"


def _json(text: str) -> tuple[dict[str, str], dict[str, float]]:
    # Take JSON apart: its form, and each of its numbers.
    exact = {"text": REPEATED.sub(r"\1, ...", NUMBER.sub(_shape, text))}
    numbers: dict[str, float] = {}
    try:
        document = json.loads(text)
    except ValueError:
        return exact, numbers
    for path, value in _numbers(document, ""):
        if path.rsplit(".", 1)[-1] in PROGRESS:
            numbers[path] = value
        else:
            exact[f"number {path}"] = repr(value)
    return exact, numbers


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    # Walk a document: every number with its path; flags are part of the text.
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _numbers(inner, f"{path}.{i}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)
