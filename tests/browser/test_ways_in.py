"""From the e-mailed link to the first case, with a passkey; the screen check."""

import re
from decimal import Decimal

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from playwright.sync_api import Page, expect

from observers.models import ConditionsCheck
from observers.services import freezing, studies
from observers.services.invitations import Guest, invite
from tests import factories


@pytest.fixture
def key_device(page: Page):
    """An authenticator inside the browser that always says yes."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    client.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return client


@pytest.fixture
def link(transactional_db, live_server):
    rules = factories.tiny_protocol(consent="We ask you.", conditions_check=True)
    study = factories.StudyFactory(protocol=rules)
    guest = Guest("kim@example.org", "gp", Decimal(6))
    invite(study=study, actor=study.owner, guest=guest, site=live_server.url)
    study = freezing.freeze_study(study=study, user=study.owner)
    studies.open_study(study=study, user=study.owner)
    return re.search(r"http\S+/join/\S+", mail.outbox[-1].body).group(0)


def is_accessible(page: Page) -> None:
    """Let axe look at the page."""
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


def test_a_passkey_leads_in_and_back_in(page, link, key_device, live_server):
    page.goto(link)
    is_accessible(page)
    page.get_by_role("button", name="Use a passkey instead").click()
    is_accessible(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="My sets")).to_be_visible()

    page.goto(f"{live_server.url}/accounts/")
    is_accessible(page)
    page.get_by_role("button", name="Log out").click()
    is_accessible(page)
    page.get_by_role("button", name="Log in with a passkey").click()

    expect(page.get_by_role("heading", name="My sets")).to_be_visible()


def test_a_password_leads_through_consent_and_screen_check_to_the_first_case(
    page, link
):
    page.goto(link)
    page.get_by_label("New password").fill("reads-very-well-4")
    page.get_by_label("Once more").fill("reads-very-well-4")
    page.get_by_role("button", name="Set the password and begin").click()
    expect(page.get_by_text("We ask you.")).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="I agree").click()
    page.get_by_label("How many of the 11").select_option("10")
    page.get_by_label("How many of the 8").select_option("6")
    is_accessible(page)
    page.get_by_role("button", name="Go on").click()
    is_accessible(page)
    page.get_by_role("button", name="Begin").click()

    expect(page.locator("#room")).to_be_visible()
    check = ConditionsCheck.objects.get()
    assert (check.window_width, check.grey_steps) == (1440, 10)
    assert check.session is not None


def test_the_code_on_the_page_is_the_key_of_the_app(page, live_server, log_in):
    log_in(factories.UserFactory(username="keeper"))
    page.goto(f"{live_server.url}/accounts/codes/on/")
    key = page.locator(".scan code").inner_text()

    picture = np.frombuffer(page.locator(".qr").screenshot(), dtype=np.uint8)
    told, *_rest = cv2.QRCodeDetector().detectAndDecode(cv2.imdecode(picture, 1))

    assert told.startswith("otpauth://totp/")
    assert f"secret={key}" in told
