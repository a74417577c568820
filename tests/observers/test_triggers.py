"""Evidence can be added to, never changed or removed: the database says so."""

import pytest
from django.db import DatabaseError, connection, transaction

from observers import triggers
from observers.models import (
    AuditEvent,
    CaseTruth,
    DataLock,
    Presentation,
    Rating,
    Study,
)
from observers.services import locking, reading, studies
from tests import factories

KINDS = [Rating, Presentation, AuditEvent, DataLock, CaseTruth]


@pytest.fixture
def evidence(study: Study) -> Study:
    session = factories.first_session(study)
    reader = session.enrolment.user
    reading.start_session(token=session.token, reader=reader)
    item = session.items.first()
    reading.show_image(session_token=session.token, token=item.token, reader=reader)
    factories.rate_next(session)
    closed = studies.close_study(study=study, user=None)
    locking.lock_study(study=closed, user=None)
    return study


@pytest.mark.parametrize("kind", KINDS)
def test_update_is_refused(evidence, kind):
    row = kind.objects.first()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        kind.objects.filter(pk=row.pk).update(id=row.pk)

    assert kind.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_delete_is_refused(evidence, kind):
    row = kind.objects.first()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        kind.objects.filter(pk=row.pk)._raw_delete("default")

    assert kind.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_truncate_is_refused(evidence, kind):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    connection.check_constraints()  # deferred ones would refuse first

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'TRUNCATE "{kind._meta.db_table}" CASCADE')


def test_removed_trigger_is_reported_and_comes_back(db):
    assert triggers.missing() == []

    triggers.remove()
    gone = triggers.missing()
    triggers.install()

    assert gone == triggers.tables()
    assert triggers.missing() == []


def test_lifted_triggers_come_back_after_a_fault(study):
    def empty_and_fail():
        with triggers.lifted():
            AuditEvent.objects.all()._raw_delete("default")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        empty_and_fail()

    assert triggers.missing() == []
    assert not AuditEvent.objects.exists()
