"""Leaks that a classifier must learn, and differences that are harmless."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from observers.analysis.blinding_reply import Reply
from tests.observers.replay import Recording, Seen, with_header
from tests.observers.wire import (
    IMAGE,
    STATE,
    Change,
    cookie,
    document,
    everywhere,
    rng,
    sized,
)
from tests.observers.wire_files import extra_chunk


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


def listed(make: Callable[[list[bool]], Any]) -> Change:
    """Add to every state something about the whole set."""

    def plant(recording: Recording, one: Seen, _forged: bool) -> Reply | None:
        if one.reply.kind != STATE:
            return None
        truths = [recording.forged[token] for token in recording.items]
        return document(lambda told: told | {"plan": make(truths)})(one.reply)

    return plant


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
