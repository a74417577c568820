"""A place is given away while somebody else acts on it: one outcome, always sound.

Needs a database with several connections.
"""

import time
from decimal import Decimal
from threading import Event
from uuid import uuid4

import pytest
from django.core import mail
from django.db import transaction

from observers.models import AuditEvent, Enrolment, Invitation, Rating, Study
from observers.services import (
    audit,
    consent,
    invitations,
    reading,
    replacing,
    studies,
)
from observers.services.replacing import Newcomer
from observers.services.verification import verify_study
from tests import factories
from tests.observers.races import race

WHY = "Moved to another hospital."


@pytest.fixture
def slow_acts(monkeypatch):
    """Whoever writes into the trail takes a tenth of a second more."""
    record = audit.record

    def slowly(**named):
        time.sleep(0.1)
        return record(**named)

    monkeypatch.setattr(audit, "record", slowly)


@pytest.fixture
def study(several, coordinator) -> Study:
    """An open study of two readers; the first has begun."""
    made = factories.open_study(owner=coordinator)
    factories.started_session(made)
    return made


def reader(study, pseudonym="R01") -> Enrolment:
    found = Enrolment.objects.select_related("study", "user")
    return found.get(study=study, pseudonym=pseudonym)


def replacement(study, email, pseudonym="R01", later=0.0):
    """Give a call that replaces the reader who is in the place now."""
    own = reader(study, pseudonym)

    def replace():
        time.sleep(later)
        return replacing.replace_reader(
            own=own,
            actor=study.owner,
            newcomer=Newcomer(email, Decimal(5), WHY),
            site="http://x/",
        )

    return replace


def rating_of(study, later=0.0):
    """Give a call by which the first reader rates the next case."""
    session = reader(study).sessions.get(position=0)
    item = session.items.order_by("position")[session.length].token
    given = factories.answer(30, idempotency_key=uuid4())
    user = reader(study).user

    def send():
        time.sleep(later)
        return reading.record_rating(
            session_token=session.token, token=item, reader=user, answer=given
        )

    return send


def refused(answers):
    return [one for one in answers if isinstance(one, Exception)]


def is_sound(study) -> bool:
    return verify_study(study=Study.objects.get(pk=study.pk)).is_sound


@pytest.mark.parametrize("has_rated", [True, False])
@pytest.mark.parametrize("emails", [("a@x.org", "b@x.org"), ("a@x.org", "a@x.org")])
def test_two_coordinators_replace_the_same_reader_once(
    study, slow_acts, has_rated, emails
):
    if has_rated:
        factories.rate_next(reader(study).sessions.get(position=0))

    told = race(*(replacement(study, email) for email in emails))

    assert len(refused(told)) == 1
    [made] = [one for one in told if isinstance(one, Enrolment)]
    assert AuditEvent.objects.filter(verb="reader replaced").count() == 1
    assert [message.to for message in mail.outbox] == [[made.user.username]]
    assert Invitation.objects.get().enrolment == made
    assert study.enrolments.count() == (3 if has_rated else 2)
    assert Enrolment.objects.filter(user__username__contains="@x.org").count() == 1
    assert is_sound(study)


def test_one_newcomer_is_given_two_places_at_once_and_takes_one(study, slow_acts):
    told = race(replacement(study, "a@x.org"), replacement(study, "a@x.org", "R02"))

    assert len(refused(told)) == 1
    assert "reads in this study already" in str(refused(told)[0])
    assert is_sound(study)


def test_one_newcomer_is_invited_into_two_studies_at_once(study, slow_acts):
    other = factories.open_study(owner=study.owner)

    told = race(replacement(study, "a@x.org"), replacement(other, "a@x.org"))

    assert refused(told) == []
    assert {one.user.username for one in told} == {"a@x.org"}
    assert is_sound(study)
    assert is_sound(other)


@pytest.mark.parametrize("has_rated", [True, False])
@pytest.mark.parametrize("turn", range(-2, 3))
def test_a_rating_in_flight_while_its_reader_is_replaced(
    study, slow, slow_acts, has_rated, turn
):
    """Recorded before, and the reader is excluded; or refused, whoever reads now."""
    if has_rated:
        factories.rate_next(reader(study).sessions.get(position=0))
    before = Rating.objects.count()
    old = reader(study).user

    rated, made = race(
        rating_of(study, later=0.05 * max(turn, 0)),
        replacement(study, "a@x.org", later=0.05 * max(-turn, 0)),
    )

    assert isinstance(made, Enrolment)
    is_kept = not isinstance(rated, Exception)
    assert Rating.objects.count() == before + is_kept
    place = reader(study)
    if is_kept or has_rated:
        assert (place.user, place.excluded_because) == (old, WHY)
        heads = AuditEvent.objects.get(verb="reader replaced").detail["heads"]
        session = place.sessions.get(position=0)
        assert heads[session.token] == [session.length, session.head]
        assert made.replaces == place
    else:
        assert place == made
        assert place.user != old
    assert not Rating.objects.filter(session__enrolment__user=made.user).exists()
    assert is_sound(study)


def test_who_begins_a_set_while_being_replaced_does_not_begin_it_for_the_next(
    study, slow_acts
):
    session = reader(study, "R02").sessions.get(position=0)
    old = reader(study, "R02").user

    def begin():
        time.sleep(0.05)
        return reading.start_session(token=session.token, reader=old)

    begun, made = race(begin, replacement(study, "a@x.org", "R02"))

    session.refresh_from_db()
    assert isinstance(begun, Exception)
    assert session.started_at is None
    assert made.user != old


def test_a_new_link_while_the_place_is_given_away_goes_to_nobody_else(study, slow_acts):
    own = reader(study, "R02")
    own.user.email = "old@x.org"
    own.user.save()

    def resend():
        time.sleep(0.05)
        return invitations.send(enrolment=own, actor=study.owner, site="http://x/")

    race(replacement(study, "a@x.org", "R02"), resend)

    assert {address for message in mail.outbox for address in message.to} == {"a@x.org"}
    assert set(Invitation.objects.values_list("email", flat=True)) == {"a@x.org"}


@pytest.mark.parametrize("turn", range(3))
def test_replacing_races_closing(study, slow_acts, turn):
    factories.rate_next(reader(study).sessions.get(position=0))

    def close():
        time.sleep(0.05 * turn)
        return studies.close_study(study=study, user=study.owner)

    _told, closed = race(replacement(study, "a@x.org"), close)

    assert isinstance(closed, Study)
    assert study.enrolments.count() in {2, 3}
    assert is_sound(study)


def test_closing_does_not_wait_for_who_holds_a_reader(study):
    """Else replacing, which then waits for the reader's sessions, would wait for it."""
    closed = Event()

    def hold():
        with transaction.atomic():
            consent.locked(reader(study))
            return closed.wait(timeout=5)

    def close():
        time.sleep(0.2)
        studies.close_study(study=study, user=study.owner)
        closed.set()

    assert race(hold, close)[0]
