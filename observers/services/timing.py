"""Honest time: what a browser says of a reading, held against the server's own span.

The browser measures with its monotonic clock; nothing depends on what time it
believes it is. The server signs when it gave an image out and knows when the rating
came. What cannot be true is refused; what does not fit is stored with a flag:

- ``not-presented``: no signed presentation came with the rating;
- ``longer-than-served``: more time is reported than passed since the image was given;
- ``does-not-add-up``: active, hidden and idle time are not the whole;
- ``unaccounted``: much more time passed than is reported (a sleeping computer, say).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from observers import tokens

MAX_MS = 2**31 - 1
SLACK_MS = 2000
"""What a slow network and rounding may explain."""
UNACCOUNTED_MS = 30_000


@dataclass(frozen=True)
class Times:
    """What the browser measured, in milliseconds."""

    elapsed_ms: int
    """From first paint to decision, without pauses."""
    active_ms: int = 0
    """Of it: with the page visible and the reader at work."""
    hidden_ms: int = 0
    """Of it: with the page hidden."""
    idle_ms: int = 0
    """Of it: visible, but without any input for long."""
    paused_ms: int = 0
    """Beside it: paused by the reader."""
    waited_ms: int = 0
    """From decision to sending: how long it lay in the outbox."""
    paint_ms: int = 0
    """From the request of the image to its first paint."""


@dataclass(frozen=True)
class Judged:
    """The server's own span, and what does not fit."""

    served_ms: int | None
    flags: list[str]


def check_times(times: Times) -> None:
    """Refuse times that no clock can give."""
    for entry in fields(times):
        if not 0 <= getattr(times, entry.name) <= MAX_MS:
            raise WrongInput(_("The reading time is out of range."))


def judge(
    times: Times,
    *,
    item: str,
    presentation: str,
    received: datetime,
    last_received: datetime | None,
) -> Judged:
    """Compare what is reported with what the server knows."""
    flags = [] if adds_up(times) else ["does-not-add-up"]
    if not presentation:
        return Judged(None, ["not-presented", *flags])
    now_ms = int(received.timestamp() * 1000)
    issued_ms = issue_of(presentation, item, now_ms)
    served = now_ms - issued_ms
    told = times.elapsed_ms + times.paused_ms + times.waited_ms
    if told > served + SLACK_MS:
        flags.append("longer-than-served")
    begun = issued_ms
    if last_received is not None:
        begun = max(begun, int(last_received.timestamp() * 1000))
    if now_ms - begun > told + times.paint_ms + UNACCOUNTED_MS:
        flags.append("unaccounted")
    return Judged(min(served, MAX_MS), flags)


def adds_up(times: Times) -> bool:
    """Whether the parts make the whole; a page that knows no parts tells none."""
    parts = times.active_ms + times.hidden_ms + times.idle_ms
    return parts == 0 or abs(parts - times.elapsed_ms) <= SLACK_MS


def issue_of(presentation: str, item: str, now_ms: int) -> int:
    """Return when the case was given out; refuse a token that is not its own."""
    issue = tokens.read_presentation(presentation)
    if issue is None or issue.item != item or issue.issued_ms > now_ms + SLACK_MS:
        raise WrongInput(
            _("The image's signature is not this server's; reload the page.")
        )
    return min(issue.issued_ms, now_ms)
