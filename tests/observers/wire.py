"""Leaks in answers as they go over the wire, found by exact comparison."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from observers.analysis.blinding_reply import Reply
from tests.observers.replay import Recording, Seen, with_header
from tests.observers.wire_files import FILES, jpeg

IMAGE = "the image"
STATE = "the state"
PAGE = "the page"
Change = Callable[[Recording, Seen, bool], Reply | None]
rng = random.Random(4)


def only(kind: str, change: Callable[[Reply], Reply]) -> Change:
    """Change the answers of a kind about manipulated cases."""

    def plant(_recording: Recording, one: Seen, forged: bool) -> Reply | None:
        return change(one.reply) if forged and one.reply.kind == kind else None

    return plant


def everywhere(change: Callable[[Reply, bool], Reply]) -> Change:
    """Change every answer by class."""
    return lambda _recording, one, forged: change(one.reply, forged)


def body(change: Callable[[bytes], bytes]) -> Callable[[Reply], Reply]:
    """Change the body, and its length."""
    return lambda reply: sized(reply, change(reply.body))


def sized(reply: Reply, content: bytes) -> Reply:
    """Give a reply another body of its own length."""
    headers = [
        (n, str(len(content)) if n == "Content-Length" else v) for n, v in reply.headers
    ]
    return replace(reply, body=content, headers=headers)


def document(change: Callable[[Any], Any]) -> Callable[[Reply], Reply]:
    """Change the parsed JSON."""

    def changed(data: bytes) -> bytes:
        told = json.loads(data)
        return json.dumps(change(told) or told, separators=(",", ":")).encode()

    return body(changed)


def header(name: str, value: str | None) -> Callable[[Reply], Reply]:
    return lambda reply: with_header(reply, name, value)


def swapped(old: bytes, new: bytes) -> Callable[[Reply], Reply]:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return body(change)


def key_order(told: Any) -> Any:
    return dict(reversed(told.items()))


def renamed(reply: Reply) -> Reply:
    headers = [(n.replace("X-Frame", "x-frame"), v) for n, v in reply.headers]
    return replace(reply, headers=headers)


def backwards(reply: Reply) -> Reply:
    return replace(reply, headers=list(reversed(reply.headers)))


def cookie(value: str) -> Callable[[Reply], Reply]:
    def change(reply: Reply) -> Reply:
        return replace(reply, headers=[*reply.headers, ("Set-Cookie", value)])

    return change


def longer_cookie(reply: Reply, forged: bool) -> Reply:
    return cookie(f"csrftoken={'aB3' * 10}{'c' * forged}; Path=/")(reply)


def longer_presentation(reply: Reply) -> Reply:
    value = dict(reply.headers)["X-Presentation"]
    return with_header(reply, "X-Presentation", "A" + value)


def policy(reply: Reply, forged: bool) -> Reply:
    words = "'self'" if forged else "'none'"
    return with_header(
        reply, "X-Policy", f"frame-src {words} 'nonce-{rng.getrandbits(64):016x}'"
    )


def leading_zero(reply: Reply, forged: bool) -> Reply | None:
    if reply.kind != PAGE:
        return None
    number = b"<p>07</p>" if forged else b"<p>7</p>"
    return sized(reply, reply.body.replace(b"</body>", number + b"</body>"))


def as_jpeg(reply: Reply, forged: bool) -> Reply | None:
    if reply.kind != IMAGE:
        return None
    return with_header(sized(reply, jpeg(80 + forged)), "Content-Type", "image/jpeg")


def flagged(recording: Recording, reply: Reply) -> Reply | None:
    """Mark manipulated cases in the list of those ahead, with equal keys for all."""
    if reply.kind != STATE:
        return None

    def change(told: Any) -> None:
        for case in told["ahead"]:
            case["is_new"] = recording.forged[case["token"]]

    return document(change)(reply)


def ahead_by_class(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Put manipulated cases first in the list of those ahead."""
    if one.reply.kind != STATE:
        return None

    def change(told: Any) -> None:
        told["ahead"].sort(key=lambda case: not recording.forged[case["token"]])

    return document(change)(one.reply)


def reviewed_by_class(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Put manipulated cases first in the list of those that may be reviewed."""
    if b'"reviewable":[{' not in one.reply.body.replace(b" ", b""):
        return None

    def change(told: Any) -> None:
        told = told.get("state", told)
        told["reviewable"].sort(key=lambda case: not recording.forged[case["token"]])

    return document(change)(one.reply)


EXACT: dict[str, tuple[Change, str]] = {
    f"PNG: {what}": (only(IMAGE, body(change)), f"{fact} of {IMAGE}")
    for what, (change, fact) in FILES.items()
}
EXACT |= {
    "quantisation tables": (
        lambda _recording, one, forged: as_jpeg(one.reply, forged),
        "quantisation tables of the image",
    ),
    "JSON key order": (only(STATE, document(key_order)), "text of the state"),
    "JSON whitespace": (
        only(STATE, body(lambda data: data.replace(b",", b", ", 1))),
        "text of the state",
    ),
    "JSON escape": (
        only(STATE, swapped(b'"total"', b'"tot\\u0061l"')),
        "text of the state",
    ),
    "extra key": (
        only(STATE, document(lambda told: told | {"a": None})),
        "text of the state",
    ),
    "missing key": (
        only(STATE, document(lambda told: told.pop("room") and None)),
        "text of the state",
    ),
    "number format": (
        only(
            STATE, body(lambda data: re.sub(rb'"rated":(\d+)', rb'"rated":\1.0', data))
        ),
        "text of the state",
    ),
    "total": (
        only(STATE, document(lambda told: told | {"total": told["total"] + 1})),
        "number total of the state",
    ),
    "flag of a case ahead": (
        lambda recording, one, _forged: flagged(recording, one.reply),
        "what stands by a case at .ahead[].token in the state",
    ),
    "reason phrase": (
        only(IMAGE, lambda reply: replace(reply, reason="Okay")),
        "words after the status of the image",
    ),
    "status": (only(IMAGE, lambda r: replace(r, status=203)), "status of the image"),
    "redirect": (
        only("the page", lambda r: header("Location", "/")(replace(r, status=302))),
        "status of the page",
    ),
    "header case": (only(IMAGE, renamed), "header names of the image"),
    "header order": (only(IMAGE, backwards), "header names of the image"),
    "cookie": (
        only(STATE, cookie("theme=dark; Path=/")),
        "header Set-Cookie of the state",
    ),
    "cookie length": (
        everywhere(longer_cookie),
        "header Set-Cookie of the state",
    ),
    "Vary": (only(IMAGE, header("Vary", "Cookie")), "header Vary of the image"),
    "Content-Encoding": (
        only(IMAGE, header("Content-Encoding", "identity")),
        "header Content-Encoding of the image",
    ),
    "no Content-Length": (
        only(IMAGE, header("Content-Length", None)),
        "header names of the image",
    ),
    "in pieces": (
        only(IMAGE, lambda reply: replace(reply, pieces="8192 4159")),
        "pieces of the image",
    ),
    "connection": (
        only("the rating", header("Connection", "close")),
        "header Connection of the rating",
    ),
    "second fetch cached": (
        only("the unchanged image", lambda r: replace(r, status=304, body=b"")),
        "status of the unchanged image",
    ),
    "part of the image": (
        only("a part of the image", lambda r: replace(r, status=206)),
        "status of a part of the image",
    ),
    "HEAD": (
        only("HEAD of the image", lambda reply: replace(reply, status=405)),
        "status of HEAD of the image",
    ),
    "OPTIONS": (
        only("OPTIONS of the image", header("Allow", "GET")),
        "header Allow of OPTIONS of the image",
    ),
    "query string": (
        only("the image with a question", header("X-Debug", "1")),
        "header X-Debug of the image with a question",
    ),
    "no login": (
        only("the image without a login", lambda r: replace(r, status=404)),
        "status of the image without a login",
    ),
    "text of an error": (
        only("a rating off the scale", document(lambda _t: {"detail": "Try again."})),
        "field detail of a rating off the scale",
    ),
    "status of an error": (
        only("an unknown reason", lambda reply: replace(reply, status=422)),
        "status of an unknown reason",
    ),
    "presentation length": (
        only(IMAGE, longer_presentation),
        "header X-Presentation of the image",
    ),
    "policy beside a nonce": (everywhere(policy), "header X-Policy of the image"),
    "attribute": (
        only(PAGE, swapped(b"<body", b'<body data-a="b"')),
        "text of the page",
    ),
    "comment": (
        only(PAGE, swapped(b"</body>", b"<!-- --></body>")),
        "text of the page",
    ),
    "class": (only(PAGE, swapped(b'class="', b'class="x ')), "text of the page"),
    "title": (only(PAGE, swapped(b"<title>", b"<title>.")), "text of the page"),
    "alternative text": (
        only(PAGE, swapped(b"</body>", b'<img alt="a" src=""></body>')),
        "text of the page",
    ),
    "leading zero": (
        everywhere(leading_zero),
        "text of the page",
    ),
    "a word in Korean": (
        only("the Korean page", swapped(b"<title>", b"<title>\xec\x98\x88")),
        "text of the Korean page",
    ),
    "statement": (
        only(IMAGE, lambda r: replace(r, statements=[*r.statements, "SELECT 1"])),
        "statements of the image",
    ),
}
EXACT |= {
    "order of those ahead": (
        ahead_by_class,
        "order of cases at .ahead[].token in the state",
    ),
    "order of the review": (
        reviewed_by_class,
        "order of cases at .reviewable[].token in the state",
    ),
}
