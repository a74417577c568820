"""Sessions: what they show, when they open, finish and close."""

import pytest
from django.db import transaction

from observers.exceptions import (
    AlreadyRated,
    NotYetShown,
    OutOfOrder,
    SessionClosed,
    WashoutNotOver,
)
from observers.models import AuditEvent, Presentation, Rating, Session
from observers.selectors import reading as selectors
from observers.services import reading, studies
from tests import factories
from tests.observers.rating import items_of, rate


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
