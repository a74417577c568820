"""Two requests at once: one rating. Needs a database with several connections."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections

from observers import triggers
from observers.exceptions import Conflict
from observers.models import AuditEvent, Rating
from observers.services import reading
from observers.services.verification import verify_study
from tests import factories


def at_once(call, n):
    def one(i):
        try:
            return call(i)
        except Conflict as fault:
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))


@pytest.mark.parametrize("is_repeat", [True, False])
def test_simultaneous_requests_give_one_rating(transactional_db, is_repeat):
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite lives in memory, with one writer at most")
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


@pytest.mark.parametrize("turn", [1, 2])
def test_flush_after_a_test_leaves_nothing_and_puts_triggers_back(
    transactional_db, turn
):
    assert triggers.missing() == []
    assert not AuditEvent.objects.exists()

    AuditEvent.objects.create(verb=f"turn {turn}")
