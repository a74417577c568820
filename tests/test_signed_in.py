"""Who is logged in: Django's own answers, and a lost connection is taken up again."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends import db
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from forgery.models import Login
from fundus_study import signed_in
from fundus_study.celery import app
from observers.tokens import user_key
from tests import factories


@pytest.fixture
def login(client, db):
    user = factories.UserFactory()
    client.force_login(user)
    return client.cookies["sessionid"].value, user


def test_reads_what_djangos_own_store_reads(login):
    key, user = login

    kept = Login.objects.get()

    assert signed_in.SessionStore(key).load() == db.SessionStore().decode(
        kept.session_data
    )
    assert kept.user == user
    assert kept.get_decoded()["_auth_user_id"] == str(user.pk)


def test_an_expired_session_and_an_unknown_one_are_empty(login):
    key, _user = login
    Login.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    for name in (key, "unknown"):
        store = signed_in.SessionStore(name)
        assert store.load() == {}
        assert store.session_key is None


def test_session_and_user_are_one_question(client, login, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/api/reading/token/")

    assert answer.status_code == 200


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_an_inactive_user_and_a_new_password_end_the_login(client, login, change):
    _key, user = login
    assert client.get("/api/reading/token/").status_code == 200

    type(user).objects.update(**change)

    assert client.get("/api/reading/token/").status_code == 401


def test_a_user_who_is_deleted_leaves_no_login(client, login):
    _key, user = login

    user.delete()

    assert not Login.objects.exists()
    assert client.get("/api/reading/token/").status_code == 401


def test_a_session_of_one_user_gives_no_other(client, login, db):
    """A user who came with another session is never taken."""
    _key, user = login
    other = factories.UserFactory()
    Login.objects.update(user=other)

    assert client.get("/api/reading/token/").json()["user"] == user_key(user.pk)
    assert signed_in.Backend().get_user(other.pk) == other


def test_the_page_before_the_login_keeps_no_user(client, db):
    client.get("/accounts/login/")

    assert not Login.objects.exclude(user=None).exists()


def test_beat_forgets_logins_that_ran_out_and_no_others(client, login):
    key, user = login
    old = Login.objects.create(
        session_key="x" * 32, user=user, expire_date=timezone.now() - timedelta(hours=1)
    )
    due = settings.CELERY_BEAT_SCHEDULE["forget-logins"]

    assert due["schedule"] == 3600
    assert app.tasks[due["task"]].apply().successful()

    assert not Login.objects.filter(pk=old.pk).exists()
    assert Login.objects.filter(session_key=key).exists()
    assert client.get("/").status_code == 200


def test_a_server_without_beat_forgets_them_by_tick(login, capsys):
    Login.objects.update(expire_date=timezone.now() - timedelta(hours=1))

    call_command("tick")

    assert "1 logins removed" in capsys.readouterr().out
    assert not Login.objects.exists()


def test_what_beat_sends_is_there_to_be_done_and_worked_off():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] == "default"
        assert entry["options"]["expires"] < entry["schedule"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced(client, monkeypatch):
    client.force_login(factories.UserFactory())
    real, asked = signed_in.LOGIN.rows, []

    def once_dead(**given):
        asked.append(given)
        if len(asked) == 1:
            raise OperationalError("terminating connection")
        return real(**given)

    monkeypatch.setattr(signed_in.LOGIN, "rows", once_dead)

    assert client.get("/").status_code == 200
    assert len(asked) == 2
    assert asked[0] == asked[1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_an_error(client, monkeypatch):
    def dead(**_given):
        raise OperationalError("no server")

    monkeypatch.setattr(signed_in.LOGIN, "rows", dead)

    with pytest.raises(OperationalError):
        signed_in.SessionStore("x" * 32).load()
