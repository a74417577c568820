"""Second factors, passwords, and the pages of one's own account."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.test import Client
from django.urls import reverse

from tests import factories

LOGIN = {"password": "reads-well-4"}


@pytest.fixture
def user(db):
    return factories.UserFactory(username="kim")


def logged_in(name="kim"):
    client = Client()
    client.post("/accounts/login/", LOGIN | {"username": name})
    return client


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(counters())))


def with_app(user):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "account_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    ],
)
def test_pages_of_the_account_open_after_a_login(user, name):
    page = logged_in().get(reverse(name))

    assert page.status_code == 200
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_the_door_asks_for_the_code_of_the_app(user):
    secret = with_app(user)
    client = Client()

    first = client.post("/accounts/login/", LOGIN | {"username": "kim"})
    before = client.get(reverse("observers:home"))
    wrong = client.post(first["Location"], {"code": "000000"})
    right = client.post(first["Location"], {"code": code_of(secret)})

    assert first["Location"] == reverse("mfa_authenticate")
    assert before.status_code == 302
    assert wrong.status_code == 200
    assert right["Location"] == "/"
    assert client.get(reverse("observers:home")).status_code == 200


def test_the_app_is_set_up_and_switched_off(user):
    client = logged_in()
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert "<svg" in page.text
    assert 'style="' not in page.text  # the policy refuses it

    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    assert done["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(done["Location"]).text.count("<code>") == 10
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(type="totp").exists()


def test_the_password_is_changed_and_the_session_stays(user):
    client = logged_in()
    form = {"old_password": "reads-well-4"}
    form |= dict.fromkeys(("new_password1", "new_password2"), "reads-even-better-5")

    client.post(reverse("account_password"), form)

    user.refresh_from_db()
    assert user.check_password("reads-even-better-5")
    assert client.get(reverse("observers:home")).status_code == 200


def test_who_has_only_a_passkey_sets_a_password_without_an_old_one(user):
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user)

    page = client.get(reverse("account_password"))

    assert "old_password" not in page.text


def test_the_door_offers_passkeys(db, client):
    page = client.get("/accounts/login/")
    options = client.get(
        reverse("mfa_login_webauthn"), headers={"accept": "application/json"}
    )

    assert 'data-passkey="login"' in page.text
    assert "challenge" in options.json()["request_options"]["publicKey"]
    forged = client.post(reverse("mfa_login_webauthn"), {"credential": "{}"})
    assert forged["Location"] == reverse("account_login")
    assert client.get(forged["Location"])["Location"] == "/accounts/login/"


def person(role):
    if role == "reader":
        return factories.open_study().enrolments.all()[0].user
    if role == "analyst":
        study = factories.StudyFactory()
        user = factories.UserFactory()
        factories.give_role(study, user, "analyst")
        return user
    if role == "coordinator":
        return factories.coordinator_user()
    return factories.UserFactory(is_staff=True, is_superuser=role == "superuser")


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("reader", False),
        ("analyst", True),
        ("coordinator", True),
        ("staff", True),
        ("superuser", True),
    ],
)
def test_who_runs_studies_needs_a_second_factor_in_production(
    db, settings, client_of, role, needs
):
    user = person(role)
    client = client_of(user)
    home = reverse("observers:home")

    assert client.get(home).status_code == 200
    settings.MFA_REQUIRED = True
    told = client.get(home)

    assert (told.status_code == 302) is needs
    if needs:
        assert told["Location"] == reverse("mfa_index")
        assert client.get(told["Location"]).status_code == 200
        assert client.get("/api/jobs/1/").status_code == 403
        with_app(user)
        assert client.get(home).status_code == 200


def test_a_server_without_an_account_says_how_the_first_one_is_made(client, db):
    address = reverse("login")

    assert "make account" in client.get(address).text
    factories.UserFactory.create()
    assert "make account" not in client.get(address).text
