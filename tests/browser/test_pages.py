"""Every page that anybody can open: accessible, whole, legible, in both languages."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from observers.reports import plots
from observers.views import home as home_page
from tests.architecture.test_access import ALL
from tests.browser import walk
from tests.browser.furnished import furnish

LANGUAGES = pytest.mark.parametrize("language", ["en", "ko"])
DATA = re.compile(r"\bapi\b|-(image|picture|rating|sheet|state|finish)$")
"""Names of addresses that are no pages, whoever asks."""
DESKS = ("coordinator", "analyst", "superuser")
OTHERS = (
    "anonymous",
    "newcomer",
    "reader",
    "next reader",
    "former reader",
    "keeper",
)


@pytest.fixture(autouse=True)
def only_vector_figures(monkeypatch):
    """Bitmaps take most of a report's time and are drawn by the same code."""
    monkeypatch.setattr(plots, "KINDS", ("svg",))


@pytest.fixture
def house(transactional_db):
    return furnish()


def test_every_address_opens_to_somebody_here(house):
    """The walk below leaves no page out: nobody is refused everywhere."""
    clients = [walk.logged_in(user) for user in house.people.values()]
    closed = {
        address.name
        for address in ALL
        if not DATA.search(address.name)
        and not any(
            walk.opens(client, path)
            for client in clients
            for path in house.addresses(address.name, address.arguments)
        )
    }

    assert closed == set()


@LANGUAGES
@pytest.mark.parametrize("who", [DESKS, OTHERS], ids=["desks", "others"])
def test_every_page_is_accessible_and_whole(page, live_server, house, who, language):
    faults, seen = [], set()
    for person in who:
        client = walk.logged_in(house.people[person])
        walk.enter(page.context, live_server.url, client, language)
        for name, path in walk.pages_of(house, client, seen):
            page.goto(live_server.url + path)
            faults += walk.faults_of(page, f"{name} ({person}, {path})", language)

    assert not faults, "\n".join(faults)
    assert len(seen) > 20


def submit(page: Page, **values: str) -> None:
    """Send the page's form with these values, past the browser's own checks."""
    for name, value in values.items():
        page.locator(f"main form [name={name}]").first.fill(value)
    with page.expect_navigation():
        page.locator("main form[method=post]").first.evaluate(
            "form => (form.noValidate = true, form.requestSubmit())"
        )


@LANGUAGES
def test_a_refused_form_is_accessible_and_whole(page, live_server, house, language):
    forms = {
        reverse("observers:create"): {"name": "no good name!"},
        house.addresses("observers:setup", ["name", "step"])[0]: {"n_original": "0"},
        reverse("forgery:import"): {},
        reverse("forgery:train"): {},
        reverse("detector:train"): {},
        reverse("account_password"): {},
        reverse("mfa_activate_totp"): {"code": "12"},
    }
    client = walk.logged_in(house.people["coordinator"])
    walk.enter(page.context, live_server.url, client, language)
    faults = []
    for path, values in forms.items():
        page.goto(live_server.url + path)
        submit(page, **values)
        assert page.locator(".errorlist").count(), path
        faults += walk.faults_of(page, f"{path}, refused", language)
    page.context.clear_cookies(name="sessionid")
    page.goto(live_server.url + reverse("login"))
    submit(page, username="coordinator", password="wrong")
    faults += walk.faults_of(page, "login, refused", language)

    assert not faults, "\n".join(faults)


@LANGUAGES
def test_every_error_page_is_accessible_and_whole(
    page, live_server, house, language, monkeypatch
):
    def fail(*_args: object) -> None:
        msg = "made for the test"
        raise RuntimeError(msg)

    def go(path: str) -> int:
        answer = page.goto(live_server.url + path)
        assert answer is not None
        return answer.status

    client = walk.logged_in(house.people["coordinator"])
    walk.enter(page.context, live_server.url, client, language)
    page.goto(live_server.url + reverse("account_password"))
    page.context.clear_cookies(name="csrftoken")
    submit(page)
    faults = walk.faults_of(page, "too old", language)
    assert go("/no/such/page/") == 404
    faults += walk.faults_of(page, "404", language)
    assert go(f"/join/{'x' * 20}/") in {403, 404}
    faults += walk.faults_of(page, "a link that is over", language)
    monkeypatch.setattr(home_page.reading, "my_sets", fail)
    assert go("/") == 500
    faults += walk.faults_of(page, "500", language)
    client = walk.logged_in(house.people["newcomer"])
    walk.enter(page.context, live_server.url, client, language)
    assert go(reverse("observers:create")) == 403
    faults += walk.faults_of(page, "403", language)

    assert not faults, "\n".join(faults)


def test_second_factor_at_the_door_is_accessible_and_whole(page, live_server, house):
    page.goto(live_server.url + reverse("login"))
    submit(page, username="keeper", password="reads-well-4")
    page.wait_for_url("**/door/code/")

    faults = walk.faults_of(page, "second factor", "en")

    assert not faults, "\n".join(faults)
    assert house.people["keeper"] is not None
