"""Whatever breaks between two cases: each rating is there, once, and chained."""

from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from observers.models import Session
from tests.browser import rooms

TWO_MINUTES = 120_000  # milliseconds
PATIENCE = 60_000  # milliseconds: one try of the page's may take 20 s, as may a pause
RATING = "POST /api/reading/"


def begin(page: Page, site: Any) -> Session:
    """Open a set's room on the real server and wait for what is prefetched."""
    session = rooms.started(site)
    rooms.enter(page, site, session)
    rooms.at_case(page, 1)
    page.wait_for_load_state("networkidle")
    return session


def finish(page: Page, *keys: str) -> None:
    """Rate the rest and close the set."""
    for key in keys:
        rooms.is_shown(page)
        # the case before may still be on view, rated and on its way
        expect(page.locator("#value")).to_have_text("\N{EN DASH}")
        rooms.give(page, key)
    rooms.all_stored(page)
    expect(page.locator("#room")).to_have_attribute("data-state", "complete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="thank you")).to_be_visible()


def kill_between_submit_and_answer(page: Page, site: Any, is_answered: bool) -> Session:
    """Let the server vanish under the second rating, and start it anew."""
    session = begin(page, site)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    rooms.all_stored(page)
    sprung = site.wire.on_request(RATING, site.server.kill, is_answered=is_answered)

    rooms.give(page, "5")
    assert sprung.wait(10)
    rooms.at_case(page, 3)
    expect(page.locator("#saved-words")).to_contain_text("kept here: 1")
    rooms.give(page, "3")
    site.server.start()
    rooms.all_stored(page)
    finish(page, "1")
    return session


WHEN = pytest.mark.parametrize(
    ("is_answered", "size"),
    [(True, (1440, 900)), (False, (1024, 768))],
    ids=["answered", "asked, on a tablet"],
)


@WHEN
def test_server_killed_between_submit_and_answer(
    page, site, is_sound, is_answered, size
):
    page.set_viewport_size({"width": size[0], "height": size[1]})

    session = kill_between_submit_and_answer(page, site, is_answered)

    assert rooms.scores(session) == [70, 50, 30, 10]
    assert is_sound(session.enrolment.study)


@WHEN
def test_server_killed_between_submit_and_answer_on_postgresql(
    page, postgres_site, is_sound, is_answered, size
):
    page.set_viewport_size({"width": size[0], "height": size[1]})

    session = kill_between_submit_and_answer(page, postgres_site, is_answered)

    assert rooms.scores(session) == [70, 50, 30, 10]
    assert is_sound(session.enrolment.study)


def test_database_restarted_while_a_set_is_read(page, postgres_site, cluster, is_sound):
    session = begin(page, postgres_site)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    cluster.crash()
    connection.close()  # the test's own went down as well
    rooms.give(page, "5")
    rooms.at_case(page, 3)
    expect(page.locator("#saved-words")).to_contain_text("kept here: 1")
    rooms.give(page, "3")
    cluster.start()
    rooms.all_stored(page)
    finish(page, "1")

    assert rooms.scores(session) == [70, 50, 30, 10]
    assert is_sound(session.enrolment.study)


def read_through(page: Page, session: Session) -> None:
    """Rate the case on view and the two ahead; then nothing is left but waiting."""
    for n, key in enumerate("753", start=1):
        rooms.at_case(page, n)
        rooms.give(page, key)
    waiting = page.locator("#room[data-state=waiting]")
    expect(waiting).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#screen")).to_contain_text("Ratings kept on this computer: 3")
    assert rooms.scores(session) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["cut", "stall"])
def test_network_gone_for_two_real_minutes(page, site, is_sound, way):
    session = begin(page, site)

    getattr(site.wire, way)()
    read_through(page, session)
    page.wait_for_timeout(TWO_MINUTES)
    assert rooms.scores(session) == []
    site.wire.mend()
    expect(page.locator(".reading-room.shown")).to_be_visible(timeout=PATIENCE)
    finish(page, "1")

    assert rooms.scores(session) == [70, 50, 30, 10]
    assert is_sound(session.enrolment.study)


def test_login_expired_in_mid_case(page, site, is_sound):
    session = begin(page, site)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    rooms.log_out_everywhere(session.enrolment.user)
    rooms.give(page, "5")
    expect(page.locator("#saved-words")).to_have_text("Logged out; kept here: 1")
    rooms.at_case(page, 3)
    page.locator("#relogin").click()
    page.get_by_label("Name").fill(session.enrolment.user.username)
    page.get_by_label("Password").fill("reads-well-4")
    page.keyboard.press("Enter")
    rooms.at_case(page, 3)
    rooms.all_stored(page)
    finish(page, "3", "1")

    assert rooms.scores(session) == [70, 50, 30, 10]
    assert is_sound(session.enrolment.study)
