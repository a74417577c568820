"""From the e-mailed link to the consent; once, in time, and for one person."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from observers.models import AuditEvent, Invitation
from observers.services import freezing, studies
from observers.services.invitations import Guest, invite
from tests import factories

PASSWORD = {"new_password1": "reads-very-well-4", "new_password2": "reads-very-well-4"}


@pytest.fixture
def draft(db):
    return factories.StudyFactory(protocol=factories.tiny_protocol(consent="Agree?"))


@pytest.fixture
def link(draft, django_capture_on_commit_callbacks):
    guest = Guest("kim@example.org", "gp", Decimal(6))
    with django_capture_on_commit_callbacks(execute=True):
        invite(study=draft, actor=draft.owner, guest=guest, site="http://testserver/")
    return link_in(mail.outbox[-1])


def link_in(message):
    return re.search(r"http://testserver(/join/\S+)", message.body).group(1)


def test_the_link_leads_to_the_consent_with_a_password_of_ones_own(draft, link):
    study = freezing.freeze_study(study=draft, user=draft.owner)
    studies.open_study(study=study, user=draft.owner)
    client = Client()

    page = client.get(link)
    joined = client.post(link, PASSWORD)

    assert "kim@example.org" in page.text
    assert joined["Location"].startswith(f"/studies/{draft.name}/consent/?set=")
    assert "Agree?" in client.get(joined["Location"]).text
    reader = User.objects.get(username="kim@example.org")
    assert reader.check_password(PASSWORD["new_password1"])
    assert Invitation.objects.get().used_at


def test_looking_uses_nothing_up_and_a_second_use_is_refused(link):
    for _ in range(2):
        assert Client().get(link).status_code == 200
    Client().post(link, PASSWORD)

    assert Client().get(link).status_code == 403
    assert Client().post(link, PASSWORD).status_code == 403


def test_a_weak_password_uses_nothing_up(link):
    weak = {"new_password1": "12345", "new_password2": "12345"}

    assert Client().post(link, weak).status_code == 200
    assert Invitation.objects.get().used_at is None


def test_the_database_holds_no_token(link):
    token = link.split("/")[-2]

    assert token not in str(list(Invitation.objects.values()))
    assert token not in str(list(AuditEvent.objects.values()))


def test_a_link_ends_with_its_days_and_an_unknown_one_says_the_same(link):
    Invitation.objects.update(expires_at=Invitation.objects.get().created_at)

    over, unknown = Client().get(link), Client().get("/join/nothing/")

    assert over.status_code == unknown.status_code == 403
    assert "was used already or is over" in over.text
    assert "was used already or is over" in unknown.text


def test_a_new_link_ends_the_old_one(
    draft, link, client_of, django_capture_on_commit_callbacks
):
    client = client_of(draft.owner)
    reader = draft.enrolments.get().pseudonym

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("observers:send-again", args=[draft.name, reader]))
    newer = link_in(mail.outbox[-1])

    assert newer != link
    assert Client().get(link).status_code == 403
    assert Client().get(newer).status_code == 200
    client.post(reverse("observers:end-invitation", args=[draft.name, reader]))
    assert Client().get(newer).status_code == 403


def test_somebody_else_on_the_computer_is_logged_out_first(link, somebody_client):
    somebody_client.post(link, PASSWORD)

    assert "kim@example.org" in somebody_client.get(reverse("observers:home")).text


def test_an_existing_account_keeps_its_password(
    draft, django_capture_on_commit_callbacks
):
    known = factories.UserFactory(username="lee@example.org", email="lee@example.org")
    guest = Guest("lee@example.org", "gp", Decimal(6))
    with django_capture_on_commit_callbacks(execute=True):
        invite(study=draft, actor=draft.owner, guest=guest, site="http://testserver")
    link = link_in(mail.outbox[-1])

    page = Client().get(link)
    refused = Client().post(link, PASSWORD)

    assert "log in as usual" in page.text
    assert refused.status_code == 403
    known.refresh_from_db()
    assert known.check_password("reads-well-4")


@pytest.mark.parametrize("way", [PASSWORD, {"way": "passkey"}])
def test_an_account_with_a_passkey_alone_is_not_opened_by_a_link(link, way):
    reader = User.objects.get(username="kim@example.org")
    Authenticator.objects.create(user=reader, type=Authenticator.Type.WEBAUTHN, data={})

    page = Client().get(link)
    refused = Client().post(link, way)

    assert "log in as usual" in page.text
    assert refused.status_code == 403
    reader.refresh_from_db()
    assert not reader.has_usable_password()


def test_a_passkey_may_be_chosen_instead(link):
    client = Client()

    joined = client.post(link, {"way": "passkey"})
    page = client.get(joined["Location"])

    assert joined["Location"] == reverse("mfa_add_webauthn")
    assert 'data-passkey="create"' in page.text
    assert "creation_options" in page.text


def test_coordinator_invites_from_the_study_page(
    draft, client_of, django_capture_on_commit_callbacks
):
    client = client_of(draft.owner)
    form = {"email": "park@example.org", "group": "gp", "years": "7"}

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("observers:invite", args=[draft.name]), form)

    assert mail.outbox[-1].to == ["park@example.org"]
    page = client.get(draft.get_absolute_url())
    assert "invited, until" in page.text
    wrong = client.post(
        reverse("observers:invite", args=[draft.name]), form | {"email": "x"}
    )
    assert wrong.status_code == 200
    assert timedelta(days=13) < (
        Invitation.objects.get().expires_at - Invitation.objects.get().created_at
    )
