"""The reading service: ratings in order, once, whole, and by their reader."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from forgery.exceptions import WrongInput
from observers.exceptions import (
    AlreadyRated,
    KeyUsedTwice,
    NotThisReader,
    OutOfOrder,
)
from observers.models import PlanItem, Rating
from observers.services import reading
from tests import factories
from tests.observers.rating import items_of, rate


def test_rating_moves_on_to_the_next_case(session):
    first, second, *_ = items_of(session)

    recorded = rate(session, first, 62)

    assert recorded.is_new
    assert recorded.rating.score == Decimal(62)
    assert recorded.position.current == second
    assert recorded.position.rated == 1
    assert recorded.position.undo_seconds > 0


def test_same_request_again_gives_one_rating(session):
    first, *_ = items_of(session)
    key = uuid4()

    one = rate(session, first, 62, idempotency_key=key)
    two = rate(session, first, 62, idempotency_key=key)

    assert not two.is_new
    assert one.rating == two.rating
    assert two.position.current == one.position.current
    assert Rating.objects.count() == 1


def test_key_with_another_content_is_refused(session):
    first, second, *_ = items_of(session)
    key = uuid4()
    rate(session, first, 62, idempotency_key=key)

    with pytest.raises(KeyUsedTwice):
        rate(session, first, 63, idempotency_key=key)
    with pytest.raises(KeyUsedTwice):
        rate(session, second, 62, idempotency_key=key)

    assert Rating.objects.count() == 1


def test_rated_case_is_not_rated_again(session):
    first, *_ = items_of(session)
    rate(session, first)

    with pytest.raises(AlreadyRated):
        rate(session, first, 10)
    with pytest.raises(AlreadyRated):
        rate(session, first, 10, version=2)

    assert Rating.objects.count() == 1


def test_case_out_of_order_is_refused(session):
    with pytest.raises(OutOfOrder):
        rate(session, items_of(session)[2])

    assert not Rating.objects.exists()


def test_case_of_another_session_does_not_exist(study, session):
    other = factories.first_session(study, reader=1)

    with pytest.raises(PlanItem.DoesNotExist):
        rate(session, other.items.first())


def test_other_reader_is_refused(study, session):
    stranger = study.enrolments.all()[1].user

    with pytest.raises(NotThisReader):
        reading.record_rating(
            session_token=session.token,
            token=session.items.first().token,
            reader=stranger,
            answer=factories.answer(),
        )


@pytest.mark.parametrize(
    ("score", "changes"),
    [
        (101, {}),
        (-1, {}),
        (0.5, {}),
        (None, {}),
        (None, {"cannot_rate": "I do not like it"}),
        (50, {"cannot_rate": "Technical fault"}),
        (50, {"elapsed_ms": -1}),
    ],
)
def test_answer_off_the_protocol_is_refused(session, score, changes):
    with pytest.raises(WrongInput):
        factories.rate_next(session, score, **changes)

    assert not Rating.objects.exists()


def test_reason_instead_of_a_score_is_recorded(session):
    recorded = factories.rate_next(session, None, cannot_rate="Technical fault")

    assert recorded.rating.score is None
    assert recorded.rating.cannot_rate == "Technical fault"


def test_database_refuses_a_score_with_a_reason_and_neither(session):
    item = session.items.first()
    values = {
        "session": session,
        "item": item,
        "version": 1,
        "elapsed_ms": 1,
        "idempotency_key": uuid4(),
        "received_at": timezone.now(),
        "sequence": 1,
        "hash": "x",
    }
    for wrong in (
        {"score": None, "cannot_rate": ""},
        {"score": 5, "cannot_rate": "x"},
        {"score": 101, "cannot_rate": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.create(**values, **wrong)


def test_rating_costs_few_queries(session, django_assert_max_num_queries):
    token = session.items.first().token
    reader = session.enrolment.user

    # lock, next cases, insert, head (savepoints are transaction control)
    with django_assert_max_num_queries(6):
        reading.record_rating(
            session_token=session.token,
            token=token,
            reader=reader,
            answer=factories.answer(),
        )
