"""Questions about one reader's sessions; each costs a constant number of queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from forgery.compiled import Compiled
from observers.models import Enrolment, PlanItem, Rating, Session, Study
from observers.visibility import (
    LOOK_AHEAD,
    Position,
    finish_payload,
    may_review,
    opens_at,
    set_payload,
    total_of,
    undo_is_open,
)

RELATED = ("enrolment__study__pool", "opt_set")
RULED = ("enrolment__study", "opt_set")
"""What the rules of reading look at."""


def sessions() -> QuerySet[Session]:
    """Sessions with all that policies and visibility read of them."""
    return Session.objects.select_related(*RELATED)


def session_by_token(token: str) -> Session:
    """Return the session; ``Session.DoesNotExist`` when there is none."""
    return sessions().get(token=token)


def item_by_token(*, session_token: str, token: str) -> PlanItem:
    """Return an item with case and session, and ``turn``: the place to rate now.

    After the last case it is the place behind it.
    """
    return ITEM.get(session_token=session_token, token=token)


def item_query(session_token: str, token: str) -> QuerySet[PlanItem]:
    """Ask for an item with all that the rules look at."""
    related = [f"session__{name}" for name in RULED]
    found = PlanItem.objects.select_related("case", *related)
    found = found.annotate(turn=reached(OuterRef("session")) + 1)
    return found.filter(token=token, session__token=session_token)


def reached(session: Any) -> Coalesce:
    """Find the place of the last case that is rated: 0 before the first.

    Cases are rated in the order of their places, so the last rating that is no later
    version tells it; its row is the end of an index, however many cases are rated.
    """
    first = Rating.objects.filter(session=session, version=1).order_by("-sequence")
    return Coalesce(Subquery(first.values("item__position")[:1]), 0)


ITEM = Compiled(item_query, session_token=str, token=str)


def locked(token: str) -> Session:
    """Return the session under a lock, with reader and study as they are under it.

    PostgreSQL joins them as they were before it waited for the lock; meanwhile the
    study may have been closed, or the place given to somebody else.
    """
    session = row_locked(token)
    reader = Enrolment.objects.select_related("study")
    session.enrolment = reader.get(pk=session.enrolment_id)
    return session


def row_locked(token: str) -> Session:
    """Return the session under a lock until the transaction ends.

    PostgreSQL locks the row; SQLite's transactions are immediate, so the whole
    database has one writer.
    """
    return LOCKED.get(token=token)


LOCKED = Compiled(
    lambda token: (
        Session.objects.select_related("reopened", *RULED)
        .select_for_update(of=("self",))
        .filter(token=token)
    ),
    token=str,
)


def unrated(session: Session) -> list[PlanItem]:
    """Return the next cases without a rating: one more than a browser may know.

    Each carries ``study_state``, ``reader``, ``withdrawn_at``, ``excluded_at`` and
    ``last_received`` (when the session's last rating came), all read after the
    session's lock was taken.
    """
    return UNRATED.rows(session=session.pk)


def unrated_query(session: int) -> QuerySet[PlanItem]:
    """Ask for the cases without a rating, in their order."""
    last = Rating.objects.filter(session=session).order_by("-sequence")
    found = PlanItem.objects.filter(session=session, position__gt=reached(session))
    waiting = found.annotate(
        study_state=F("session__enrolment__study__state"),
        reader=F("session__enrolment__user_id"),
        withdrawn_at=F("session__enrolment__withdrawn_at"),
        excluded_at=F("session__enrolment__excluded_at"),
        last_received=Subquery(last.values("received_at")[:1]),
    )
    return waiting.order_by("position")[: LOOK_AHEAD + 2]


UNRATED = Compiled(unrated_query, session=int)


def first_of(waiting: list[PlanItem]) -> PlanItem | None:
    """Return the first case that waits, if one does."""
    return waiting[0] if waiting else None


def last_rating(session: Session) -> Rating | None:
    """Return the end of the session's chain."""
    return (
        Rating.objects.filter(session=session)
        .select_related("item")
        .order_by("-sequence")
        .first()
    )


def position(session: Session) -> Position:
    """Where the session stands now."""
    return position_of(session, unrated(session), last_rating(session))


def position_of(
    session: Session, waiting: list[PlanItem], last: Rating | None
) -> Position:
    """Where the session stands, given its next cases and its last rating."""
    rated = waiting[0].position - 1 if waiting else total_of(session)
    current: PlanItem | None = session.reopened
    if current is not None:
        ahead = waiting[:LOOK_AHEAD]
        version = current.ratings.aggregate(n=Max("version"))["n"] + 1
    else:
        current, version = first_of(waiting), 1
        ahead = waiting[1 : LOOK_AHEAD + 1]
    left = undo_left(session, last, timezone.now())
    return Position(current, version, ahead, rated, left, reviewable(session))


def reviewable(session: Session) -> list[PlanItem]:
    """Cases that the reader may open again now."""
    if not may_review(session) or session.finished_at is not None:
        return []
    rated = Rating.objects.filter(item=OuterRef("pk"))
    found = PlanItem.objects.filter(Exists(rated), session=session)
    return list(found.order_by("position"))


def undo_left(session: Session, last: Rating | None, now: datetime) -> float:
    """How many seconds the last rating may still be taken back."""
    if last is None or session.reopened_id or session.finished_at:
        return 0.0
    seconds = session.enrolment.study.rules.undo_seconds
    is_practice = session.opt_set.is_practice
    if is_practice or not undo_is_open(last.received_at, seconds, now):
        return 0.0
    return seconds - (now - last.received_at).total_seconds()


def my_sets(user: Any) -> list[dict[str, Any]]:
    """List a reader's sets in reading order, with progress and whose turn it is."""
    own = (
        sessions()
        .filter(enrolment__user_id=user.pk)
        .annotate(rated=Count("ratings__item", distinct=True))
        .order_by("-enrolment__study__created_at", "enrolment_id", "position")
    )
    unfinished: set[int] = set()
    ends: dict[tuple[int, int], datetime | None] = {}
    answer = []
    for session in own:
        which = (session.enrolment_id, session.opt_set_id)
        days = session.enrolment.study.rules.washout_days
        opens = opens_at(ends.get(which), days)
        answer.append(
            set_payload(
                session,
                rated=session.rated,
                is_its_turn=session.enrolment_id not in unfinished,
                opens=opens if opens and opens > timezone.now() else None,
            )
        )
        ends[which] = session.finished_at
        if session.finished_at is None:
            unfinished.add(session.enrolment_id)
    return answer


def waiting_studies(user: Any) -> list[str]:
    """Titles of the reader's studies that have no reading plan yet."""
    waiting = Enrolment.objects.filter(
        user_id=user.pk, study__state=Study.State.DRAFT
    ).values_list("study__title", flat=True)
    return list(waiting)


def consents(user: Any) -> QuerySet[Enrolment]:
    """Return the reader's studies in which a consent was given."""
    own = Enrolment.objects.filter(user_id=user.pk, consented_at__isnull=False)
    return own.select_related("study").order_by("-study__created_at")


def finish_summary(session: Session) -> dict[str, Any]:
    """Collect what the finish page says."""
    times = Rating.objects.filter(session=session).aggregate(
        n=Count("item", distinct=True),
        first=Min("received_at"),
        last=Max("received_at"),
    )
    spent = times["last"] - times["first"] if times["n"] else None
    following = (
        sessions()
        .filter(enrolment_id=session.enrolment_id, finished_at=None)
        .exclude(pk=session.pk)
        .order_by("position")
        .first()
    )
    return finish_payload(
        session,
        rated=times["n"],
        minutes=spent.total_seconds() / 60 if spent else 0.0,
        following=following,
    )
