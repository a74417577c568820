"""Who is logged in: Django's own answers, and a lost connection is taken up again."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from fundus_study import signed_in
from tests import factories


@pytest.fixture
def login(client, db):
    user = factories.UserFactory()
    client.force_login(user)
    return client.cookies["sessionid"].value, user


def test_reads_what_djangos_own_store_reads(login):
    key, user = login

    assert signed_in.SessionStore(key).load() == db.SessionStore(key).load()
    assert signed_in.Backend().get_user(user.pk) == user


def test_an_expired_session_and_an_unknown_one_are_empty(login):
    key, _user = login
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    for name in (key, "unknown"):
        store = signed_in.SessionStore(name)
        assert store.load() == {}
        assert store.session_key is None


def test_an_inactive_user_is_not_logged_in(login):
    _key, user = login
    type(user).objects.update(is_active=False)

    assert signed_in.Backend().get_user(user.pk) is None


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced(client, monkeypatch):
    client.force_login(factories.UserFactory())
    real, asked = signed_in.SESSION.rows, []

    def once_dead(**given):
        asked.append(given)
        if len(asked) == 1:
            raise OperationalError("terminating connection")
        return real(**given)

    monkeypatch.setattr(signed_in.SESSION, "rows", once_dead)

    assert client.get("/").status_code == 200
    assert len(asked) == 2
    assert asked[0] == asked[1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_an_error(client, monkeypatch):
    def dead(**_given):
        raise OperationalError("no server")

    monkeypatch.setattr(signed_in.SESSION, "rows", dead)

    with pytest.raises(OperationalError):
        signed_in.SessionStore("x" * 32).load()
