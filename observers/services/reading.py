"""What happens in the reading room: begin, show, rate, take back, finish.

Each rating is one new row under the session's lock. Ratings come in the order of
the plan: the server refuses any case but the one whose turn it is. The same
request sent again (its idempotency key tells) changes nothing and gets the same
answer. A rating is never updated: taking it back opens its case for a next
version, which is chained like any other.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forgery.compiled import insert
from observers import policies
from observers.exceptions import KeyUsedTwice, OutOfOrder
from observers.models import PlanItem, Presentation, RoomVisit, Session
from observers.selectors import reading as selectors
from observers.services import audit
from observers.services.answers import Answer
from observers.services.recording import Recorded, record_under_lock
from observers.tokens import sign_presentation


def start_session(*, token: str, reader: Any) -> Session:
    """Begin a session, or go on with it."""
    with transaction.atomic():
        session = selectors.locked(token)
        policies.check_can_start(reader, session)
        if session.started_at is None:
            session.started_at = timezone.now()
            session.save(update_fields=["started_at"])
            audit.record(
                study=session.enrolment.study,
                user=reader,
                verb="session started",
                detail={"session": session.token},
            )
    return session


def enter_room(*, token: str, reader: Any, room: UUID | None) -> Session:
    """Let a page into the session; one that is new takes it over from the others."""
    with transaction.atomic():
        session = selectors.locked(token)
        policies.check_can_read(reader, session)
        if room is None:
            return session
        _visit, is_new = RoomVisit.objects.get_or_create(session=session, room=room)
        if is_new:
            session.holder = room
            session.save(update_fields=["holder"])
    return session


def show_image(*, session_token: str, token: str, reader: Any) -> tuple[PlanItem, str]:
    """Check that the reader may see the image, record and sign that it was given."""
    item = selectors.item_by_token(session_token=session_token, token=token)
    session = item.session
    policies.check_can_read(reader, session)
    if item.pk != session.reopened_id:
        policies.check_can_see_image(session, item, getattr(item, "turn", 0))
    given = Presentation(item=item, kind=Presentation.Kind.IMAGE)
    insert(given)
    issued_ms = int(given.issued_at.timestamp() * 1000)
    return item, sign_presentation(item.token, issued_ms)


def record_rating(
    *,
    session_token: str,
    token: str,
    reader: Any,
    answer: Answer,
    room: UUID | None = None,
) -> Recorded:
    """Append one version of one rating to the session's chain."""
    try:
        with transaction.atomic():
            session = selectors.row_locked(session_token)
            policies.check_own_session(reader, session)
            return record_under_lock(session, token, reader, answer, room)
    except IntegrityError as fault:
        raise KeyUsedTwice(
            _("This rating was sent before for another case; reload the page.")
        ) from fault


def undo_rating(*, token: str, reader: Any, room: UUID | None = None) -> Session:
    """Take the last rating back: its case waits for a next version."""
    with transaction.atomic():
        session = selectors.locked(token)
        policies.check_can_read(reader, session)
        policies.check_holds(session, room)
        last = selectors.last_rating(session)
        policies.check_can_undo(session, last, timezone.now())
        if session.reopened_id is None and last is not None:
            reopen(session, last.item, Presentation.Kind.UNDO)
    return session


def review_case(
    *, session_token: str, token: str, reader: Any, room: UUID | None = None
) -> Session:
    """Open an earlier case again, where the protocol allows review."""
    with transaction.atomic():
        session = selectors.locked(session_token)
        policies.check_can_read(reader, session)
        policies.check_holds(session, room)
        policies.check_can_review(session)
        item = PlanItem.objects.get(session=session, token=token)
        if not item.ratings.exists():
            raise OutOfOrder(_("This case has no rating yet; nothing was changed."))
        reopen(session, item, Presentation.Kind.REVIEW)
    return session


def reopen(session: Session, item: PlanItem, kind: Presentation.Kind) -> None:
    """Let the case wait for a next version, and record that it does."""
    session.reopened = item
    session.save(update_fields=["reopened"])
    Presentation.objects.create(item=item, kind=kind)


def finish_session(*, token: str, reader: Any) -> Session:
    """Close a session whose every case is rated; again is the same as once."""
    with transaction.atomic():
        session = selectors.locked(token)
        policies.check_own_session(reader, session)
        if session.finished_at is not None:
            return session
        policies.check_can_read(reader, session)
        if session.reopened_id is not None or selectors.unrated(session):
            raise OutOfOrder(_("Some cases wait for a rating; nothing was changed."))
        seal(session, user=reader)
    return session


def seal(session: Session, *, user: Any) -> None:
    """Mark a session finished and write its signed head into the audit trail."""
    session.finished_at = timezone.now()
    session.save(update_fields=["finished_at"])
    audit.record(
        study=session.enrolment.study,
        user=user,
        verb="session finished",
        detail={
            "session": session.token,
            "length": session.length,
            "head": session.head,
            "signature": session.head_signature,
        },
    )
