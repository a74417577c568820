"""Guessing links is shut off; a link that opens is not worn out by looking at it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from observers.models import Invitation
from observers.services.invitations import Guest, invite
from tests import factories

PASSWORD = {"new_password1": "reads-very-well-4", "new_password2": "reads-very-well-4"}


@pytest.fixture
def link(db, settings, django_capture_on_commit_callbacks):
    settings.INVITATION_ATTEMPTS = 3
    draft = factories.StudyFactory()
    guest = Guest("kim@example.org", "gp", Decimal(6))
    with django_capture_on_commit_callbacks(execute=True):
        invite(study=draft, actor=draft.owner, guest=guest, site="http://testserver/")
    return re.search(r"http://testserver(/join/\S+)", mail.outbox[-1].body).group(1)


def statuses(addresses, **headers):
    return [Client(**headers).get(address).status_code for address in addresses]


def guesses(n):
    return [f"/join/{i:08d}-guess/" for i in range(n)]


def test_an_address_that_guesses_is_refused_even_the_right_link(link):
    assert statuses(guesses(5)) == [403, 403, 403, 429, 429]

    refused = Client().get(link)

    assert refused.status_code == 429
    assert "kim@example.org" not in refused.text
    assert Client().post(link, PASSWORD).status_code == 429
    assert Invitation.objects.get().used_at is None
    assert statuses([link], REMOTE_ADDR="192.0.2.7") == [200]


def test_guesses_that_begin_alike_are_refused_from_every_address(link):
    tries = [
        Client(REMOTE_ADDR=f"192.0.2.{i}").get(f"/join/abcdefgh{i}/").status_code
        for i in range(5)
    ]

    assert tries == [403, 403, 403, 429, 429]
    assert statuses([link], REMOTE_ADDR="192.0.2.9") == [200]


def test_a_proxys_last_address_counts_in_production(link, settings):
    settings.PRODUCTION = True
    settings.SECURE_SSL_REDIRECT = False

    def tried(n, told):
        address = f"/join/{n:08d}/"
        return Client().get(address, headers={"X-Forwarded-For": told}).status_code

    assert [tried(n, f"10.0.0.{n}, 192.0.2.1") for n in range(4)][-1] == 429
    assert tried(9, "192.0.2.1, 192.0.2.2") == 403


def test_looking_at_ones_own_link_counts_for_nothing(link):
    assert statuses([link] * 6) == [200] * 6


def test_tries_are_forgotten(link, monkeypatch):
    monkeypatch.setattr("observers.views.join_limit.PAUSE", 0)

    assert statuses(guesses(6)) == [403] * 6


def closed_links(link):
    """A link that was never sent, one that is over and one that was used."""
    token = link.split("/")[-2]
    invitation = Invitation.objects.get()
    now = timezone.now()
    yield "/join/never-sent-to-anybody/"
    for fields in ({"expires_at": now - timedelta(days=1)}, {"used_at": now}):
        Invitation.objects.filter(pk=invitation.pk).update(
            **{"expires_at": now + timedelta(days=1), "used_at": None} | fields
        )
        yield f"/join/{token}/"


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_every_link_that_does_not_open_is_answered_alike(link, settings, method):
    settings.INVITATION_ATTEMPTS = 100
    told = set()
    for address in closed_links(link):
        answer = getattr(Client(), method)(address)
        headers = {k: v for k, v in answer.headers.items() if k != "X-Request-ID"}
        token, number = address.split("/")[-2], answer.headers["X-Request-ID"]
        text = answer.text.replace(token, "").replace(number, "")
        text = re.sub(r'value="\w{64}"', "", text)  # each page's own CSRF token
        headers.pop("Content-Length")  # the token stands in the form's address
        headers.pop("Expires", None)
        told.add((answer.status_code, str(sorted(headers.items())), text))

    assert len(told) == 1


def test_the_log_lets_nobody_in(link, caplog):
    with caplog.at_level("DEBUG", "fundus_study"):
        Client().get(link)
        Client().post(link, PASSWORD)

    assert "/join/..." in caplog.text
    assert link.split("/")[-2] not in caplog.text
