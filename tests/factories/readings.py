"""Sessions, and readers who read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from observers.models import Session, Study
from observers.services import reading as reading_service
from observers.services.timing import Times


def first_session(study: Study, reader: int = 0) -> Session:
    """Return the first session of a reader, not started."""
    return Session.objects.get(enrolment=study.enrolments.all()[reader], position=0)


def started_session(study: Study, reader: int = 0) -> Session:
    """Return the first session of a reader, begun."""
    return begun(first_session(study, reader))


def begun(session: Session) -> Session:
    """Begin a session."""
    return reading_service.start_session(
        token=session.token, reader=session.enrolment.user
    )


def answer(score: float | None = 50, **changes: Any) -> reading_service.Answer:
    """Make an answer with a key of its own."""
    values: dict[str, Any] = {
        "score": None if score is None else Decimal(str(score)),
        "cannot_rate": "",
        "idempotency_key": uuid4(),
    }
    times = Times(changes.pop("elapsed_ms", 1500))
    return reading_service.Answer(times=times, **{**values, **changes})


def rate_next(session: Session, score: float | None = 50, **changes: Any) -> Any:
    """Rate the case whose turn it is."""
    fresh = reading_service.selectors.session_by_token(session.token)
    item = reading_service.selectors.position(fresh).current
    assert item is not None
    return reading_service.record_rating(
        session_token=session.token,
        token=item.token,
        reader=session.enrolment.user,
        answer=answer(score, **changes),
    )


def rate_all(session: Session) -> Session:
    """Rate every case of a session and finish it."""
    for i in range(session.items.count()):
        rate_next(session, 10 * (i % 10))
    return reading_service.finish_session(
        token=session.token, reader=session.enrolment.user
    )


def read_study(study: Study) -> None:
    """Let every reader read every set."""
    for session in Session.objects.filter(enrolment__study=study).order_by(
        "enrolment_id", "position"
    ):
        rate_all(begun(session))
