"""The reading service: order, idempotency, versions, chain, verification."""

from datetime import timedelta
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
    NotYetShown,
    OutOfOrder,
    SessionClosed,
    WashoutNotOver,
)
from observers.models import AuditEvent, PlanItem, Presentation, Rating, Session
from observers.models.protocol import REVIEW
from observers.selectors import reading as selectors
from observers.services import reading, studies
from observers.services.verification import verify_study
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


def test_only_the_current_case_and_the_next_two_are_shown(session):
    items = items_of(session)
    reader = session.enrolment.user

    def show(item):
        return reading.show_image(
            session_token=session.token, token=item.token, reader=reader
        )[0]

    for item in items[:3]:
        assert show(item) == item
    with pytest.raises(NotYetShown):
        show(items[3])
    rate(session, items[0])
    with pytest.raises(NotYetShown):
        show(items[0])
    assert show(items[3]) == items[3]
    assert Presentation.objects.filter(kind="image").count() == 4


def test_second_set_opens_when_the_first_is_finished(study, session):
    reader = session.enrolment.user
    second = Session.objects.get(enrolment=session.enrolment, position=1)

    with pytest.raises(WashoutNotOver):
        reading.start_session(token=second.token, reader=reader)
    factories.rate_all(session)

    assert reading.start_session(token=second.token, reader=reader).started_at


def test_session_not_begun_takes_no_rating(study):
    with pytest.raises(SessionClosed):
        factories.rate_next(factories.first_session(study))


def test_session_is_finished_only_when_every_case_is_rated(session):
    reader = session.enrolment.user
    factories.rate_next(session)

    with pytest.raises(OutOfOrder):
        reading.finish_session(token=session.token, reader=reader)
    for _ in range(3):
        factories.rate_next(session)
    done = reading.finish_session(token=session.token, reader=reader)
    again = reading.finish_session(token=session.token, reader=reader)

    assert done.finished_at == again.finished_at
    assert AuditEvent.objects.filter(verb="session finished").count() == 1


def test_finished_session_takes_nothing_more(session):
    done = factories.rate_all(session)
    reader = session.enrolment.user

    with pytest.raises(SessionClosed):
        reading.undo_rating(token=done.token, reader=reader)
    with pytest.raises(AlreadyRated):
        rate(session, items_of(session)[-1])


def test_closed_study_takes_no_rating_and_finishes_complete_sessions(study, session):
    for _ in range(4):
        factories.rate_next(session)
    other = factories.started_session(study, reader=1)
    factories.rate_next(other)

    studies.close_study(study=study, user=study.owner)

    session.refresh_from_db()
    other.refresh_from_db()
    assert session.finished_at
    assert other.finished_at is None
    with pytest.raises(SessionClosed):
        factories.rate_next(other)


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


def test_no_image_is_shown_when_every_case_is_rated(session):
    for _ in range(4):
        factories.rate_next(session)

    with pytest.raises(NotYetShown):
        reading.show_image(
            session_token=session.token,
            token=items_of(session)[-1].token,
            reader=session.enrolment.user,
        )


@pytest.mark.parametrize("n_rated", [0, 4])
def test_rating_that_waited_while_the_study_closed_is_refused(study, session, n_rated):
    for _ in range(n_rated):
        factories.rate_next(session)
    if n_rated:
        reading.undo_rating(token=session.token, reader=session.enrolment.user)
    with transaction.atomic():
        stale = selectors.locked(session.token)
    item = stale.reopened or items_of(session)[0]
    studies.close_study(study=study, user=study.owner)
    before = Rating.objects.count()

    with pytest.raises(SessionClosed):
        reading.record_under_lock(
            stale,
            item.token,
            session.enrolment.user,
            factories.answer(version=2 if n_rated else 1),
        )

    assert stale.enrolment.study.state == "closed"
    assert Rating.objects.count() == before
