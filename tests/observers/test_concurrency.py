"""Two requests at once: one rating. Needs a database with several connections."""

import time
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from observers import triggers
from observers.exceptions import Conflict
from observers.models import AuditEvent, DataLock, Rating
from observers.selectors import readings
from observers.services import audit, locking, reading, studies
from observers.services.consent import give_consent, withdraw_consent
from observers.services.verification import verify_study
from tests import factories
from tests.observers.races import at_once, race

PATIENT = {"undo_seconds": 600}


def sender(session, place=0, **changes):
    """Give a call that sends one rating of a case, the same each time."""
    item = session.items.order_by("position")[place].token
    given = factories.answer(30, idempotency_key=uuid4(), **changes)

    def send(room=None):
        return reading.record_rating(
            session_token=session.token,
            token=item,
            reader=session.enrolment.user,
            answer=given,
            room=room,
        )

    return send


def counts(session):
    """How many ratings each case of the session has, in order."""
    items = session.items.order_by("position")
    return [item.ratings.count() for item in items]


@pytest.mark.parametrize("is_repeat", [True, False])
def test_simultaneous_requests_give_one_rating(several, is_repeat):
    study = factories.open_study()
    session = factories.started_session(study)
    token = session.items.order_by("position").first().token
    key = uuid4()

    def send(i):
        return reading.record_rating(
            session_token=session.token,
            token=token,
            reader=session.enrolment.user,
            answer=factories.answer(30, idempotency_key=key if is_repeat else uuid4()),
        )

    answers = at_once(send, 8)

    assert Rating.objects.count() == 1
    assert sum(isinstance(a, Conflict) for a in answers) == (0 if is_repeat else 7)
    assert verify_study(study=study).is_sound


def test_two_devices_take_over_while_one_submits(several, slow):
    study = factories.open_study()
    session = factories.started_session(study)
    reader = session.enrolment.user
    old, *new = rooms = [uuid4(), uuid4(), uuid4()]
    reading.enter_room(token=session.token, reader=reader, room=old)
    send = sender(session)

    def enter(room):
        return reading.enter_room(token=session.token, reader=reader, room=room)

    race(
        lambda: send(old),
        lambda: enter(new[0]),
        lambda: enter(new[1]),
        lambda: enter(old),
    )
    session.refresh_from_db()
    assert session.holder in rooms[1:]
    for room in (session.holder, old):
        send(room)  # the outbox of either device

    assert counts(session)[0] == 1
    assert verify_study(study=study).is_sound


@pytest.mark.parametrize("turn", range(3))
def test_a_rating_in_flight_while_consent_is_withdrawn(several, slow, turn):
    protocol = factories.tiny_protocol(consent="Agree?")
    study = factories.open_study(protocol=protocol)
    enrolment = study.enrolments.all()[0]
    reader = enrolment.user
    give_consent(enrolment=enrolment, reader=reader, text="Agree?")
    session = factories.started_session(study)
    send = sender(session)

    def withdraw():
        time.sleep(0.05 * turn)
        return withdraw_consent(enrolment=enrolment, reader=reader, text="No more.")

    told = race(withdraw, send, send, send)

    event = AuditEvent.objects.get(verb="consent withdrawn")
    session.refresh_from_db()
    n = Rating.objects.count()
    assert n == counts(session)[0] <= 1
    assert event.detail["heads"][session.token] == [n, session.head]
    assert not isinstance(told[0], Exception)
    with pytest.raises(PermissionDenied):
        sender(session, n)()
    assert verify_study(study=study).is_sound


def test_undo_races_replays(several):
    study = factories.open_study(protocol=factories.tiny_protocol(**PATIENT))
    session = factories.started_session(study)
    send = sender(session)
    send()

    def undo():
        return reading.undo_rating(token=session.token, reader=session.enrolment.user)

    told = race(send, undo, send, undo, send, send)

    assert not [one for one in told if isinstance(one, Exception)]
    assert counts(session)[0] == 1
    again = sender(session, version=2)
    race(again, send, again)
    assert counts(session)[:2] == [2, 0]
    assert verify_study(study=study).is_sound


def test_finishing_races_the_last_rating(several, slow):
    study = factories.open_study()
    session = factories.started_session(study)
    last = session.items.count() - 1
    for _ in range(last):
        factories.rate_next(session)
    send = sender(session, last)

    def finish():
        return reading.finish_session(
            token=session.token, reader=session.enrolment.user
        )

    race(finish, send, finish, send, finish)
    finish()

    assert set(counts(session)) == {1}
    event = AuditEvent.objects.get(verb="session finished")
    session.refresh_from_db()
    assert event.detail["length"] == session.length == last + 1
    assert event.detail["head"] == session.head
    assert verify_study(study=study).is_sound


@pytest.mark.parametrize("turn", range(3))
def test_closing_and_locking_race_ratings(several, slow, turn):
    """What was recorded is under the lock's hash; what was not is refused."""
    study = factories.open_study(3)
    sessions = [factories.started_session(study, i) for i in range(3)]
    sends = [sender(session) for session in sessions]

    def lock():
        time.sleep(0.05 * turn)
        closed = studies.close_study(study=study, user=study.owner)
        return locking.lock_study(study=closed, user=study.owner)

    told = race(*sends, lock)

    kept = [one for one in told[:3] if not isinstance(one, Exception)]
    assert not isinstance(told[3], Exception)
    assert Rating.objects.count() == len(kept)
    study.refresh_from_db()
    assert DataLock.objects.get().data_hash == readings.data_hash(study)
    assert verify_study(study=study).is_sound
    with pytest.raises(PermissionDenied):
        sender(sessions[0], counts(sessions[0])[0])()


def test_finishing_races_closing(several, monkeypatch):
    """Each waits for the other's lock in the same order: nobody is refused."""
    study = factories.open_study()
    session = factories.started_session(study)
    for _ in range(session.items.count()):
        factories.rate_next(session)
    record = audit.record

    def slowly(**named):
        time.sleep(0.2)
        return record(**named)

    monkeypatch.setattr(audit, "record", slowly)

    def close():
        time.sleep(0.1)
        return studies.close_study(study=study, user=study.owner)

    told = race(
        lambda: reading.finish_session(
            token=session.token, reader=session.enrolment.user
        ),
        close,
    )

    assert not [one for one in told if isinstance(one, Exception)]
    assert AuditEvent.objects.filter(verb="session finished").count() == 1
    assert verify_study(study=study).is_sound


@pytest.mark.parametrize("turn", [1, 2])
def test_flush_after_a_test_leaves_nothing_and_puts_triggers_back(
    transactional_db, turn
):
    assert triggers.missing() == []
    assert not AuditEvent.objects.exists()

    AuditEvent.objects.create(verb=f"turn {turn}")
