"""A compiled query finds what its queryset finds, and costs no SQL building."""

from types import SimpleNamespace

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from forgery.compiled import Compiled, insert, update
from observers.models import PlanItem, Presentation, Session
from observers.selectors import reading as selectors
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(db):
    study = factories.open_study(2)
    return list(Session.objects.filter(enrolment__study=study).order_by("pk"))


def test_finds_what_the_queryset_finds_for_each_argument(sessions):
    for session in sessions:
        for item in session.items.all():
            found = selectors.item_by_token(
                session_token=session.token, token=item.token
            )
            plain = selectors.item_query(session.token, item.token).get()

            assert found == plain
            assert found.turn == plain.turn
            assert found.session == session
            assert found.case.file.name == plain.case.file.name


def test_related_objects_and_times_come_whole_and_without_another_query(
    sessions, django_assert_num_queries
):
    with transaction.atomic(), django_assert_num_queries(1):
        found = selectors.row_locked(sessions[1].token)
        study = found.enrolment.study

    assert study == sessions[1].enrolment.study
    assert study.opened_at == sessions[1].enrolment.study.opened_at
    assert study.rules == sessions[1].enrolment.study.rules
    assert not found._state.adding


def test_nothing_found_is_the_models_own_error(sessions):
    with pytest.raises(PlanItem.DoesNotExist):
        selectors.item_by_token(session_token=sessions[0].token, token="no such")


def test_a_lock_is_refused_outside_a_transaction(monkeypatch, sessions):
    query = Compiled(
        lambda token: Session.objects.select_for_update().filter(token=token), token=str
    )
    with transaction.atomic():
        query.get(token=sessions[0].token)
    outside = SimpleNamespace(vendor=connection.vendor, in_atomic_block=False)
    monkeypatch.setattr("forgery.compiled.connections", {DEFAULT_DB_ALIAS: outside})

    with pytest.raises(TransactionManagementError, match="transaction"):
        query.rows(token=sessions[0].token)


def test_an_argument_is_never_part_of_the_statement(sessions):
    hostile = "x' OR '1'='1"

    with pytest.raises(PlanItem.DoesNotExist):
        selectors.item_by_token(session_token=hostile, token=hostile)


def test_insert_stores_the_row_and_gives_its_key(sessions):
    item = sessions[0].items.first()
    before = timezone.now()
    row = Presentation(item=item, kind=Presentation.Kind.IMAGE)

    insert(row)

    stored = Presentation.objects.get(pk=row.pk)
    assert (stored.item, stored.kind) == (item, Presentation.Kind.IMAGE)
    assert before <= stored.issued_at == row.issued_at
    assert not row._state.adding


def test_update_writes_the_named_fields_only(sessions):
    session = sessions[0]
    session.length, session.head, session.reopened = 7, "h", session.items.first()

    update(session, "length", "reopened")

    stored = Session.objects.get(pk=session.pk)
    assert (stored.length, stored.reopened, stored.head) == (7, session.reopened, "")


def test_update_of_a_row_that_is_gone_is_an_error(sessions):
    ghost = Session(pk=10**9, length=1)

    with pytest.raises(DatabaseError, match="gone"):
        update(ghost, "length")
