"""What happens in the reading room: begin, show, rate, take back, finish.

Each rating is one new row under the session's lock. Ratings come in the order of
the plan: the server refuses any case but the one whose turn it is. The same
request sent again (its idempotency key tells) changes nothing and gets the same
answer. A rating is never updated: taking it back opens its case for a next
version, which is chained like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from observers import policies
from observers.exceptions import AlreadyRated, Conflict, KeyUsedTwice, OutOfOrder
from observers.models import PlanItem, Presentation, Rating, Session
from observers.models.protocol import Protocol
from observers.selectors import reading as selectors
from observers.services import audit, chain
from observers.visibility import Position

MAX_ELAPSED = 2**31 - 1  # milliseconds


@dataclass(frozen=True)
class Answer:
    """What a reader decided about one case."""

    score: Decimal | None
    """Confidence on the protocol's scale; None exactly when it cannot be rated."""
    cannot_rate: str
    """One of the protocol's reasons, else empty."""
    elapsed_ms: int
    """From first paint to decision, by the browser's monotonic clock."""
    idempotency_key: UUID
    version: int = 1
    """Which version of the rating the reader believes to give."""


@dataclass(frozen=True)
class Recorded:
    """A rating on record and where the session stands after it."""

    rating: Rating
    session: Session
    position: Position
    is_new: bool


def start_session(*, token: str, reader: Any) -> Session:
    """Begin a session, or go on with it."""
    with transaction.atomic():
        session = locked(token)
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


def show_image(*, session_token: str, token: str, reader: Any) -> PlanItem:
    """Check that the reader may see the case's image, and record that it was given."""
    item = selectors.item_by_token(session_token=session_token, token=token)
    session = item.session
    policies.check_can_read(reader, session)
    if item.pk != session.reopened_id:
        current = selectors.first_of(selectors.unrated(session))
        policies.check_can_see_image(session, item, current)
    Presentation.objects.create(item=item, kind=Presentation.Kind.IMAGE)
    return item


def record_rating(
    *, session_token: str, token: str, reader: Any, answer: Answer
) -> Recorded:
    """Append one version of one rating to the session's chain."""
    try:
        with transaction.atomic():
            return record_under_lock(locked(session_token), token, reader, answer)
    except IntegrityError as fault:
        raise KeyUsedTwice(
            _("This rating was sent before for another case; reload the page.")
        ) from fault


def record_under_lock(
    session: Session, token: str, reader: Any, answer: Answer
) -> Recorded:
    """Append the rating; the caller holds the session's lock."""
    policies.check_own_session(reader, session)
    waiting = selectors.unrated(session)
    current = session.reopened or selectors.first_of(waiting)
    if current is None or current.token != token:
        return replay(session, token, answer, waiting)
    freshen(session, waiting)
    policies.check_can_read(reader, session)
    check_answer(session.enrolment.study.rules, answer)
    version = next_version(session, current)
    if answer.version != version:
        return replay(session, token, answer, waiting)
    rating = append(session, current, answer, version)
    if session.reopened_id is None:
        waiting = waiting[1:]
    session.reopened = None
    session.save(update_fields=["length", "head", "head_signature", "reopened"])
    return Recorded(
        rating, session, selectors.position_of(session, waiting, rating), is_new=True
    )


def freshen(session: Session, waiting: list[PlanItem]) -> None:
    """Take the study's state as it is under the lock.

    PostgreSQL joins the study as it was before it waited for the session's lock;
    the study may have been closed meanwhile.
    """
    study = session.enrolment.study
    if waiting:
        study.state = getattr(waiting[0], "study_state", study.state)
    else:
        study.refresh_from_db(fields=["state"])


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
    same = known.score == answer.score and known.cannot_rate == answer.cannot_rate
    if known.item.token != token or not same:
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


def check_answer(rules: Protocol, answer: Answer) -> None:
    """Refuse an answer off the protocol's scale or with an unknown reason."""
    if answer.score is None:
        if answer.cannot_rate not in rules.cannot_rate:
            raise WrongInput(_("Give a rating, or one of the reasons offered."))
    elif answer.cannot_rate:
        raise WrongInput(_("Give either a rating or a reason, not both."))
    else:
        scale, score = rules.scale, answer.score
        inside = scale.minimum <= score <= scale.maximum
        if not inside or (score - scale.minimum) % scale.step:
            raise WrongInput(
                _("The rating must lie between {low} and {high}.").format(
                    low=scale.minimum, high=scale.maximum
                )
            )
    if not 0 <= answer.elapsed_ms <= MAX_ELAPSED:
        raise WrongInput(_("The reading time is out of range."))


def append(session: Session, item: PlanItem, answer: Answer, version: int) -> Rating:
    """Insert the row and move the chain's head; the caller saves the session."""
    rating = Rating(
        session=session,
        item=item,
        version=version,
        score=answer.score,
        cannot_rate=answer.cannot_rate,
        elapsed_ms=answer.elapsed_ms,
        idempotency_key=answer.idempotency_key,
        received_at=timezone.now(),
        sequence=session.length + 1,
        previous_hash=session.head or chain.genesis(session),
    )
    rating.hash = chain.digest(rating, session=session)
    rating.save(force_insert=True)
    session.length, session.head = rating.sequence, rating.hash
    session.head_signature = chain.sign(session)
    return rating


def undo_rating(*, token: str, reader: Any) -> Session:
    """Take the last rating back: its case waits for a next version."""
    with transaction.atomic():
        session = locked(token)
        policies.check_can_read(reader, session)
        last = selectors.last_rating(session)
        policies.check_can_undo(session, last, timezone.now())
        if session.reopened_id is None and last is not None:
            reopen(session, last.item, Presentation.Kind.UNDO)
    return session


def review_case(*, session_token: str, token: str, reader: Any) -> Session:
    """Open an earlier case again, where the protocol allows review."""
    with transaction.atomic():
        session = locked(session_token)
        policies.check_can_read(reader, session)
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
        session = locked(token)
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


def locked(token: str) -> Session:
    """Return the session under a lock until the transaction ends.

    PostgreSQL locks the row; SQLite's transactions are immediate, so the whole
    database has one writer.
    """
    return (
        selectors.sessions()
        .select_related("reopened")
        .select_for_update(of=("self",))
        .get(token=token)
    )
