"""What was rated in each session, counted by the database in one pass over ratings.

Counts and times alone; no score and no truth is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from observers.models import OptSet, Rating, Session, Study

TOO_FAST_MS = 2000
"""From first paint to decision: less than anybody needs to look."""
HIDDEN_MS = 5000
"""With the page hidden while a case stood open."""
FIRST = Q(version=1)
"""One rating a rated case; what was taken back and rated again is not a second."""


@dataclass(frozen=True)
class Tally:
    """What was rated in one session."""

    rated: int = 0
    first_rating: datetime | None = None
    last_rating: datetime | None = None
    fast: int = 0
    hidden: int = 0
    times: int = 0


NOTHING = Tally()


@dataclass(frozen=True)
class SessionCounts:
    """One session of the main sets: whose, of which set, how far."""

    reader: int
    """Key of the enrolment."""
    lesion: str
    is_started: bool
    is_finished: bool
    tally: Tally


def counts(study: Study) -> list[SessionCounts]:
    """Count every session of the study's main sets, in two queries."""
    own = Session.objects.filter(
        enrolment__study=study, opt_set__block=OptSet.Block.MAIN
    )
    tallies = tallied(own.order_by().values("pk"))
    rows = own.order_by("position").values_list(
        "pk", "enrolment", "opt_set__lesion", "started_at", "finished_at"
    )
    return [
        SessionCounts(
            reader,
            lesion,
            started is not None,
            finished is not None,
            tallies.get(session, NOTHING),
        )
        for session, reader, lesion, started, finished in rows
    ]


def tallied(sessions: QuerySet[Session, Any]) -> dict[int, Tally]:
    """Count the ratings of sessions; joined by nothing, so that one index serves."""
    fast = FIRST & Q(elapsed_ms__lt=TOO_FAST_MS, cannot_rate="")
    rows = (
        Rating.objects.filter(session__in=sessions)
        .order_by()
        .values("session")
        .annotate(
            rated=Count("pk", filter=FIRST),
            first=Min("received_at", filter=FIRST),
            last=Max("received_at"),
            fast=Count("pk", filter=fast),
            hidden=Count("pk", filter=FIRST & Q(hidden_ms__gt=HIDDEN_MS)),
            times=Count("pk", filter=FIRST & ~Q(flags=[])),
        )
    )
    names = ("session", "rated", "first", "last", "fast", "hidden", "times")
    return {pk: Tally(*numbers) for pk, *numbers in rows.values_list(*names)}


def first_ratings(counted: Iterable[SessionCounts]) -> dict[int, datetime]:
    """Say when each reader began; who has not is not there."""
    found: dict[int, datetime] = {}
    for one in counted:
        began = one.tally.first_rating
        if began is not None:
            found[one.reader] = min(began, found.get(one.reader, began))
    return found
