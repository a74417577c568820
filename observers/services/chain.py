"""The hash chain of one session's ratings.

The hash of each rating covers its content and the hash before it (all columns in
chain format 2; format 1 is that of ratings older than answers, marks and spans); the
first one
stands on the study's protocol hash and the session's token. The head is signed by
``settings.CHAIN_KEY``, which is not in the database, together with the chain's
length, so that a changed row, a removed row and a removed tail all show.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC

from django.conf import settings
from django.utils.translation import gettext as _

from observers import tokens
from observers.models import Rating, Session

WITH_ANSWER = 2
ADDED = (
    "chain",
    "answer",
    "marks",
    "paint_ms",
    "active_ms",
    "hidden_ms",
    "idle_ms",
    "paused_ms",
    "waited_ms",
    "served_ms",
    "flags",
)
"""What chain format 2 covers beside format 1."""


def genesis(session: Session) -> str:
    """Return what the first rating of a session stands on."""
    text = f"{session.enrolment.study.protocol_hash}\n{session.token}"
    return hashlib.sha256(text.encode()).hexdigest()


def digest(rating: Rating, *, session: Session) -> str:
    """Return the hash of a rating with the one before it."""
    content = {
        "session": session.token,
        "item": rating.item.token,
        "case": rating.item.case_id,
        "version": rating.version,
        "score": None if rating.score is None else f"{rating.score:.2f}",
        "cannot_rate": rating.cannot_rate,
        "elapsed_ms": rating.elapsed_ms,
        "idempotency_key": str(rating.idempotency_key),
        "received_at": rating.received_at.astimezone(UTC).isoformat(),
        "sequence": rating.sequence,
        "previous": rating.previous_hash,
    }
    if rating.chain >= WITH_ANSWER:
        content |= {name: getattr(rating, name) for name in ADDED}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sign(session: Session) -> str:
    """Sign the session's head and length."""
    return tokens.sign_head(
        key=settings.CHAIN_KEY,
        session=session.token,
        sequence=session.length,
        head=session.head,
    )


def is_signed(session: Session) -> bool:
    """Whether the stored signature belongs to the stored head and length."""
    return tokens.is_signed(
        session.head_signature,
        key=settings.CHAIN_KEY,
        session=session.token,
        sequence=session.length,
        head=session.head,
    )


def faults(session: Session, ratings: Iterable[Rating]) -> list[str]:
    """Say what is wrong with a session's chain; empty when nothing is.

    ``ratings`` come in the order of their sequence, with their items loaded.
    """
    found: list[str] = []
    previous, count = genesis(session), 0
    for count, rating in enumerate(ratings, start=1):
        found += rating_faults(rating, session, count, previous)
        previous = rating.hash
    if count != session.length:
        found.append(
            _("{count} ratings are stored, but {signed} were signed").format(
                count=count, signed=session.length
            )
        )
    if count and previous != session.head:
        found.append(_("the last rating is not the one whose hash is the chain's head"))
    if session.length and not is_signed(session):
        found.append(_("the signature of the chain's head is not this key's"))
    return found


def rating_faults(
    rating: Rating, session: Session, count: int, previous: str
) -> list[str]:
    """Say what is wrong with one link."""
    found = []
    if rating.sequence != count:
        found.append(
            _("rating {count} is missing (found number {found})").format(
                count=count, found=rating.sequence
            )
        )
    if rating.previous_hash != previous:
        found.append(
            _("rating {number} does not follow the one before it").format(
                number=rating.sequence
            )
        )
    if rating.hash != digest(rating, session=session):
        found.append(
            _("rating {number} was changed after it was recorded").format(
                number=rating.sequence
            )
        )
    if rating.chain < WITH_ANSWER and (rating.answer or rating.marks or rating.flags):
        found.append(
            _("rating {number} has content that its hash leaves out").format(
                number=rating.sequence
            )
        )
    if rating.item.session_id != session.pk:
        found.append(
            _("rating {number} belongs to another session's case").format(
                number=rating.sequence
            )
        )
    return found
