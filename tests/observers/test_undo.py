"""Undo and review: further versions, and until when."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from observers.exceptions import (
    NotYetShown,
    OutOfOrder,
    SessionClosed,
)
from observers.models import Presentation, Rating
from observers.models.protocol import REVIEW
from observers.selectors import reading as selectors
from observers.services import reading
from observers.services.verification import verify_study
from tests import factories
from tests.observers.rating import items_of, rate


def test_undo_opens_the_last_case_for_a_second_version(session):
    first, second, *_ = items_of(session)
    rate(session, first, 62)

    reopened = reading.undo_rating(token=session.token, reader=session.enrolment.user)
    where = selectors.position(reopened)
    again = rate(session, first, 20, version=2)

    assert (where.current, where.version) == (first, 2)
    assert [i.pk for i in where.ahead][:1] == [second.pk]
    assert list(first.ratings.order_by("version").values_list("score", flat=True)) == [
        Decimal(62),
        Decimal(20),
    ]
    assert again.position.current == second
    assert Presentation.objects.filter(kind="undo", item=first).count() == 1


def test_undo_is_refused_when_the_time_is_over(session):
    rule = session.enrolment.study.rules.undo_seconds
    factories.rate_next(session)
    later = timezone.now() + timedelta(seconds=rule + 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading.timezone, "now", lambda: later)
        with pytest.raises(SessionClosed):
            reading.undo_rating(token=session.token, reader=session.enrolment.user)


def test_undo_before_any_rating_is_refused(session):
    with pytest.raises(SessionClosed):
        reading.undo_rating(token=session.token, reader=session.enrolment.user)


def test_repeated_request_of_an_undone_rating_changes_nothing(session):
    first, *_ = items_of(session)
    key = uuid4()
    rate(session, first, 62, idempotency_key=key)
    reading.undo_rating(token=session.token, reader=session.enrolment.user)

    repeated = rate(session, first, 62, idempotency_key=key)

    assert not repeated.is_new
    assert repeated.position.current == first
    assert Rating.objects.count() == 1


def test_review_is_refused_when_the_protocol_is_forward_only(session):
    first, *_ = items_of(session)
    rate(session, first)

    with pytest.raises(SessionClosed):
        reading.review_case(
            session_token=session.token,
            token=first.token,
            reader=session.enrolment.user,
        )


def test_review_gives_a_further_version_until_the_session_is_finished(db):
    study = factories.open_study(protocol=factories.tiny_protocol(review=REVIEW))
    session = factories.started_session(study)
    reader = session.enrolment.user
    first, second, third, *_ = items_of(session)
    rate(session, first)
    rate(session, second)

    reading.review_case(session_token=session.token, token=first.token, reader=reader)
    with pytest.raises(OutOfOrder):
        rate(session, third)
    recorded = rate(session, first, 99, version=2)

    assert recorded.position.current == third
    assert verify_study(study=study).is_sound
    with pytest.raises(OutOfOrder):
        reading.review_case(
            session_token=session.token, token=third.token, reader=reader
        )


def test_undo_again_changes_nothing(session):
    factories.rate_next(session)
    reader = session.enrolment.user

    for _ in range(2):
        reopened = reading.undo_rating(token=session.token, reader=reader)

    assert reopened.reopened is not None
    assert Presentation.objects.filter(kind="undo").count() == 1


def test_reopened_case_is_shown_and_others_before_it_are_not(session):
    first, second, *_ = items_of(session)
    reader = session.enrolment.user
    rate(session, first)
    rate(session, second)
    reading.undo_rating(token=session.token, reader=reader)

    shown, _ = reading.show_image(
        session_token=session.token, token=second.token, reader=reader
    )

    assert shown == second
    with pytest.raises(NotYetShown):
        reading.show_image(
            session_token=session.token, token=first.token, reader=reader
        )
