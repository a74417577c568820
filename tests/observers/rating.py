"""Rate a case as its reader's browser would."""

from observers.models import PlanItem, Session
from observers.services import reading
from tests import factories


def items_of(session: Session) -> list[PlanItem]:
    return list(session.items.order_by("position"))


def rate(session, item, score=50, **changes):
    return reading.record_rating(
        session_token=session.token,
        token=item.token,
        reader=session.enrolment.user,
        answer=factories.answer(score, **changes),
    )
