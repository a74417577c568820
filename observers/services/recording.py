"""One rating under the session's lock: a new row, a repeat, or a conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from forgery.compiled import insert, update
from observers import policies
from observers.exceptions import AlreadyRated, Conflict, KeyUsedTwice, OutOfOrder
from observers.models import PlanItem, Rating, Session
from observers.selectors import reading as selectors
from observers.services import chain
from observers.services.answers import Answer, Settled, settle
from observers.services.timing import check_times, judge
from observers.visibility import Position


@dataclass(frozen=True)
class Recorded:
    """A rating on record and where the session stands after it."""

    rating: Rating
    session: Session
    position: Position
    is_new: bool


def record_under_lock(
    session: Session,
    token: str,
    reader: Any,
    answer: Answer,
    room: UUID | None = None,
) -> Recorded:
    """Append the rating; the caller holds the lock of the reader's own session."""
    check_times(answer.times)
    waiting = selectors.unrated(session)
    current = session.reopened or selectors.first_of(waiting)
    if current is None or current.token != token:
        return replay(session, token, answer, waiting)
    freshen(session, waiting)
    policies.check_can_read(reader, session)
    settled = settle(session.enrolment.study.rules, answer)
    if answer.version != next_version(session, current):
        return replay(session, token, answer, waiting)
    policies.check_holds(session, room)
    rating = append(session, current, answer, settled, waiting)
    if session.reopened_id is None:
        waiting = waiting[1:]
    session.reopened = None
    update(session, "length", "head", "head_signature", "reopened")
    return Recorded(
        rating, session, selectors.position_of(session, waiting, rating), is_new=True
    )


def freshen(session: Session, waiting: list[PlanItem]) -> None:
    """Take study, reader and consent as they are under the lock.

    PostgreSQL joins them as they were before it waited for the session's lock; the
    study may have been closed meanwhile, the reader have left, or the place be
    somebody else's.
    """
    enrolment = session.enrolment
    if waiting:
        study_state = getattr(waiting[0], "study_state", enrolment.study.state)
        enrolment.study.state = study_state
        enrolment.user_id = getattr(waiting[0], "reader", enrolment.user_id)
        enrolment.withdrawn_at = getattr(waiting[0], "withdrawn_at", None)
        enrolment.excluded_at = getattr(waiting[0], "excluded_at", None)
    else:
        enrolment.study.refresh_from_db(fields=["state"])
        enrolment.refresh_from_db(fields=["user", "withdrawn_at", "excluded_at"])


def next_version(session: Session, item: PlanItem) -> int:
    """Return the version that comes next: 1, or one more for a reopened case."""
    if session.reopened_id != item.pk:
        return 1
    return item.ratings.count() + 1


def replay(
    session: Session, token: str, answer: Answer, waiting: list[PlanItem]
) -> Recorded:
    """Answer a request for a case whose turn it is not: a repeat, or a conflict."""
    known = (
        Rating.objects.filter(session=session, idempotency_key=answer.idempotency_key)
        .select_related("item")
        .first()
    )
    if known is None:
        raise conflict(session, token)
    settled = settle(session.enrolment.study.rules, answer)
    told = (settled.score, answer.cannot_rate, settled.marks)
    is_same = told == (known.score, known.cannot_rate, known.marks)
    if known.item.token != token or not is_same:
        raise KeyUsedTwice(
            _("This rating was sent before with another content; reload the page.")
        )
    last = selectors.last_rating(session)
    where = selectors.position_of(session, waiting, last)
    return Recorded(known, session, where, is_new=False)


def conflict(session: Session, token: str) -> Conflict:
    """Say why a case cannot be rated now; a case of no plan does not exist."""
    item = PlanItem.objects.filter(session=session, token=token).first()
    if item is None:
        raise PlanItem.DoesNotExist
    if item.ratings.exists():
        return AlreadyRated(_("This case has its rating already; nothing was changed."))
    return OutOfOrder(_("Another case comes first; nothing was changed."))


def append(
    session: Session,
    item: PlanItem,
    answer: Answer,
    settled: Settled,
    waiting: list[PlanItem],
) -> Rating:
    """Insert the row and move the chain's head; the caller saves the session."""
    received = timezone.now()
    judged = judge(
        answer.times,
        item=item.token,
        presentation=answer.presentation,
        received=received,
        last_received=getattr(waiting[0], "last_received", None) if waiting else None,
    )
    rating = Rating(
        session=session,
        item=item,
        version=answer.version,
        score=settled.score,
        answer=settled.answer,
        marks=settled.marks,
        cannot_rate=answer.cannot_rate,
        served_ms=judged.served_ms,
        flags=judged.flags,
        idempotency_key=answer.idempotency_key,
        received_at=received,
        sequence=session.length + 1,
        previous_hash=session.head or chain.genesis(session),
        **vars(answer.times),
    )
    rating.hash = chain.digest(rating, session=session)
    insert(rating)
    session.length, session.head = rating.sequence, rating.hash
    session.head_signature = chain.sign(session)
    return rating
