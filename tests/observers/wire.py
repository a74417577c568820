"""Leaks and harmless differences in answers as they go over the wire."""

import json
import random
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from observers.analysis.blinding_reply import Reply
from tests.observers.leaks import chunk
from tests.observers.replay import Recording, Seen, with_header

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


# --- PNG ------------------------------------------------------------------------------
def parts(data: bytes) -> tuple[bytes, bytes]:
    """Cut a PNG of one IDAT sequence into its IHDR content and its rows."""
    stream, place = b"", 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            stream += data[place + 8 : place + 8 + length]
        place += 12 + length
    return data[16:29], zlib.decompress(stream)


def png(head: bytes, stream: bytes, *, cut: int = 8192, extra: bytes = b"") -> bytes:
    pieces = [stream[i : i + cut] for i in range(0, len(stream), cut)]
    idat = b"".join(chunk(b"IDAT", piece) for piece in pieces)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + extra + idat + chunk(b"IEND", b"")


def packed(rows: bytes, level: int = 0, window: int = 15) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, window)
    return packer.compress(rows) + packer.flush()


def repacked(**how: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        head, rows = parts(data)
        return png(head, packed(rows, **how))

    return change


def recut(data: bytes) -> bytes:
    head, rows = parts(data)
    return png(head, packed(rows), cut=4096)


def filtered(data: bytes) -> bytes:
    """Write the second row with the filter 'sub', losslessly."""
    head, rows = parts(data)
    width = int.from_bytes(head[:4], "big")
    step = 1 + 3 * width
    row = np.frombuffer(rows[step + 1 : 2 * step], np.uint8)
    before = np.concatenate([np.zeros(3, np.uint8), row[:-3]])
    new = b"\x01" + (row - before).tobytes()
    return png(head, packed(rows[:step] + new + rows[2 * step :]))


def spare_bits(data: bytes) -> bytes:
    """Set a bit that a stored block leaves unused; decoders do not look."""
    head, rows = parts(data)
    stream = bytearray(packed(rows))
    stream[2] |= 0x80
    return png(head, bytes(stream))


def wrong_check(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def extra_chunk(name: bytes, content: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:33] + chunk(name, content) + data[33:]


def shaped(place: int, value: int) -> Callable[[bytes], bytes]:
    """Write another depth, colour type or interlace into the header."""

    def change(data: bytes) -> bytes:
        head = bytearray(data[16:29])
        head[place] = value
        return data[:8] + chunk(b"IHDR", bytes(head)) + data[33:]

    return change


def jpeg(quality: int) -> bytes:
    import cv2

    from tests import factories

    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return bytes(cv2.imencode(".jpg", factories.disc(1), options)[1])


def as_jpeg(reply: Reply, forged: bool) -> Reply | None:
    if reply.kind != IMAGE:
        return None
    return with_header(sized(reply, jpeg(80 + forged)), "Content-Type", "image/jpeg")


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "filter of one row": (filtered, "filters"),
    "zlib level": (repacked(level=6), "compression level"),
    "zlib window": (repacked(window=9), "compression level"),
    "IDAT sizes": (recut, "chunks"),
    "unused bits": (spare_bits, "blocks"),
    "wrong check sum": (wrong_check, "checks of the chunks"),
    "gAMA": (extra_chunk(b"gAMA", b"\0\0\xb1\x8f"), "chunk gAMA"),
    "tIME": (extra_chunk(b"tIME", b"\x07\xea\1\1\0\0\0"), "chunk tIME"),
    "colour profile": (extra_chunk(b"iCCP", b"a\0\0x"), "chunk iCCP"),
    "palette": (extra_chunk(b"PLTE", b"\0\0\0"), "chunk PLTE"),
    "bit depth": (shaped(8, 16), "shape, depth, colour, interlace"),
    "colour type": (shaped(9, 6), "shape, depth, colour, interlace"),
    "interlace": (shaped(12, 1), "shape, depth, colour, interlace"),
    "width": (shaped(3, 63), "shape, depth, colour, interlace"),
    "after the end": (lambda data: data + b"\n", "bytes after the end"),
    "another format": (lambda _data: jpeg(90), "kind of file"),
}

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


def flagged(recording: Recording, reply: Reply) -> Reply | None:
    """Mark manipulated cases in the list of those ahead, with equal keys for all."""
    if reply.kind != STATE:
        return None

    def change(told: Any) -> None:
        for case in told["ahead"]:
            case["is_new"] = recording.forged[case["token"]]

    return document(change)(reply)


# --- what a classifier must learn -----------------------------------------------------
def later(kind: str, seconds: float, which: int | None = None) -> Change:
    """Slow down answers about manipulated cases: all of a kind, or one of several."""
    counts: dict[int | None, int] = {}

    def plant(recording: Recording, one: Seen, forged: bool) -> Reply | None:
        if one is recording.answers[0]:
            counts.clear()
        if one.reply.kind != kind:
            return None
        counts[one.case] = counts.get(one.case, 0) + 1
        if not forged or which not in (None, counts[one.case]):
            return None
        return replace(one.reply, seconds=one.reply.seconds + seconds)

    return plant


def ahead_by_class(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Put manipulated cases first in the list of those ahead."""
    if one.reply.kind != STATE:
        return None

    def change(told: Any) -> None:
        told["ahead"].sort(key=lambda case: not recording.forged[case["token"]])

    return document(change)(one.reply)


def listed(make: Callable[[list[bool]], Any]) -> Change:
    """Add to every state something about the whole set."""

    def plant(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
        if one.reply.kind != STATE:
            return None
        truths = [recording.forged[token] for token in recording.items]
        return document(lambda told: told | {"plan": make(truths)})(one.reply)

    return plant


def reviewed_by_class(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Put manipulated cases first in the list of those that may be reviewed."""
    if b'"reviewable":[{' not in one.reply.body.replace(b" ", b""):
        return None

    def change(told: Any) -> None:
        told = told.get("state", told)
        told["reviewable"].sort(key=lambda case: not recording.forged[case["token"]])

    return document(change)(one.reply)


def linked(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Name the manipulated cases alone in a header of the first page."""
    if one.reply.kind != "the first page":
        return None
    chosen = [token for token in recording.items if recording.forged[token]]
    return with_header(one.reply, "Link", ", ".join(f"</{t}>" for t in chosen))


def odd_presentation(_recording: Recording, one: Seen, forged: bool) -> Reply | None:
    """End the signature by class."""
    value = dict(one.reply.headers).get("X-Presentation", "")
    if not value:
        return None
    letter = rng.choice("ACEGIKMOQSUWY" if forged else "BDFHJLNPRTVXZ")
    return with_header(one.reply, "X-Presentation", letter + value[1:])


def sooner(_recording: Recording, one: Seen, forged: bool) -> Reply | None:
    """Give manipulated cases a second less to be taken back."""
    if one.reply.kind != "the rating":
        return None
    seconds = 5 if forged else 6
    return document(lambda told: told | {"undo_seconds": seconds})(one.reply)


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
LEARNED: dict[str, tuple[Change, str]] = {
    "20 ms in the rating": (later("the rating", 0.5), "response time of the rating"),
    "the first fetch": (later(IMAGE, 0.5, 1), "first response time of the image"),
    "one slow fetch": (later(IMAGE, 0.5, 3), "longest response time of the image"),
    "a slow image ahead": (
        later("the image 1 ahead", 0.5),
        "response time of the image 1 ahead",
    ),
    "seconds to take back": (sooner, "undo_seconds in the rating"),
    "a list of flags": (listed(list), "entry at .plan in the state"),
    "a word of letters": (
        listed(lambda truths: "".join("ab"[one] for one in truths)),
        "entry at .plan in the state",
    ),
    "a list of places": (
        listed(lambda truths: [i for i, one in enumerate(truths, 1) if one]),
        "places from 1 in .plan in the state",
    ),
    "named alone": (linked, "at header Link in the first page"),
    "letters of a signature": (odd_presentation, "header X-Presentation"),
}


# --- harmless -------------------------------------------------------------------------
def nonce(reply: Reply, _forged: bool) -> Reply:
    return with_header(reply, "X-Nonce", f"{rng.getrandbits(64):016x}")


def server_timing(reply: Reply, _forged: bool) -> Reply:
    return with_header(reply, "Server-Timing", f"app;dur={rng.uniform(1, 30):.1f}")


def clock(reply: Reply, _forged: bool) -> Reply | None:
    if reply.kind != STATE:
        return None
    return document(lambda told: told | {"now": rng.uniform(1e9, 2e9)})(reply)


def page_nonce(reply: Reply, _forged: bool) -> Reply | None:
    if b"</body>" not in reply.body:
        return None
    script = f'<script nonce="{rng.getrandbits(96):024x}"></script></body>'.encode()
    return sized(reply, reply.body.replace(b"</body>", script))


def same_chunk(reply: Reply, _forged: bool) -> Reply | None:
    if not reply.body.startswith(b"\x89PNG"):
        return None
    return sized(reply, extra_chunk(b"tEXt", b"a\0b")(reply.body))


def own_name(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
    """Name the file after the case's random token."""
    tokens = {
        recording.reader.cases[i.case_id]: i.token for i in recording.reader.items
    }
    if one.case is None:
        return None
    name = f'inline; filename="{tokens[one.case]}.png"'
    return with_header(one.reply, "Content-Disposition", name)


def fresh_cookie(reply: Reply, _forged: bool) -> Reply:
    value = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=32))
    return cookie(f"sessionid={value}; Path=/")(reply)


def slower(reply: Reply, _forged: bool) -> Reply:
    return replace(reply, seconds=reply.seconds + rng.expovariate(100))


HARMLESS: dict[str, Change] = {
    "a nonce": everywhere(nonce),
    "a measured time": everywhere(server_timing),
    "a clock in the state": everywhere(clock),
    "a nonce in the pages": everywhere(page_nonce),
    "a header for all": everywhere(lambda reply, _f: with_header(reply, "X-A", "b")),
    "a chunk for all": everywhere(same_chunk),
    "a file named by token": own_name,
    "a fresh session cookie": everywhere(fresh_cookie),
    "slow at random": everywhere(slower),
    "a key for all": everywhere(
        lambda reply, _forged: (
            document(lambda told: told | {"a": "b"})(reply)
            if reply.kind == STATE
            else reply
        )
    ),
}
