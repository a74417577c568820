"""No rating is lost: cut networks, expired logins, closed browsers, other users."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from observers.models import Rating, Session
from observers.services import studies
from tests import factories
from tests.browser import rooms

TWO_MINUTES = 120_000  # milliseconds


@pytest.fixture
def session(live_server: Any) -> Session:
    return rooms.started(live_server)


@pytest.fixture
def room(page: Page, live_server: Any, session: Session) -> Page:
    """The session's room, open in its reader's browser."""
    rooms.enter(page, live_server, session)
    return page


def read_while_cut(room: Page, session: Session) -> None:
    """Rate the case on view and the two that were prefetched; then all must wait."""
    room.context.set_offline(True)
    for n, key in enumerate("753", start=1):
        rooms.at_case(room, n)
        rooms.give(room, key)
    expect(room.locator("#screen")).to_contain_text("Ratings kept on this computer: 3")
    expect(room.locator("#room")).to_have_attribute("data-state", "waiting")
    expect(room.locator("#saved-words")).to_contain_text("kept here: 3")
    assert rooms.n_kept(room) == 3
    assert rooms.scores(session) == []


def test_reader_goes_on_while_the_network_is_cut_for_two_minutes(
    page, live_server, session
):
    page.clock.install()
    rooms.enter(page, live_server, session)
    page.wait_for_timeout(300)  # the two images ahead arrive
    read_while_cut(page, session)
    page.clock.fast_forward(TWO_MINUTES)
    assert rooms.scores(session) == []

    page.context.set_offline(False)

    rooms.at_case(page, 4)
    page.clock.run_for(1000)
    rooms.all_stored(page)
    assert rooms.scores(session) == [70, 50, 30]
    waits = [r.waited_ms for r in Rating.objects.order_by("sequence")]
    assert all(wait >= TWO_MINUTES for wait in waits)


@pytest.mark.slow
def test_reader_goes_on_while_the_network_is_really_cut_for_two_minutes(room, session):
    room.wait_for_timeout(300)
    read_while_cut(room, session)
    room.wait_for_timeout(TWO_MINUTES)

    room.context.set_offline(False)

    rooms.at_case(room, 4)
    rooms.all_stored(room)
    assert rooms.scores(session) == [70, 50, 30]


def test_an_answer_that_was_lost_on_its_way_counts_once(room, session):
    room.route(re.compile(r"/rating/$"), lambda route: (route.fetch(), route.abort()))
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    expect(room.locator("#saved")).to_have_attribute("data-kind", "offline")
    assert rooms.n_kept(room) == 1
    room.unroute_all()

    rooms.all_stored(room)

    assert rooms.scores(session) == [70]


def test_a_login_that_expired_in_mid_case_loses_nothing(room, session):
    cookies = room.context.cookies()
    room.context.clear_cookies(name="sessionid")
    rooms.give(room, "7")
    expect(room.locator("#saved-words")).to_have_text("Logged out; kept here: 1")
    rooms.at_case(room, 2)
    rooms.give(room, "5")
    assert rooms.scores(session) == []

    room.context.add_cookies(cookies)

    rooms.all_stored(room)
    assert rooms.scores(session) == [70, 50]


def test_the_link_to_log_in_leads_back_and_what_waited_is_sent(
    room, live_server, session
):
    room.context.clear_cookies(name="sessionid")
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    room.keyboard.press("4")

    room.locator("#relogin").click()
    room.get_by_label("Name").fill(session.enrolment.user.username)
    room.get_by_label("Password").fill("reads-well-4")
    room.keyboard.press("Enter")

    rooms.at_case(room, 2)
    rooms.all_stored(room)
    expect(room.locator("#value")).to_have_text("40")
    assert rooms.scores(session) == [70]


def test_nothing_is_sent_or_shown_under_another_login(page, live_server, session):
    other = factories.started_session(session.enrolment.study, reader=1)
    rooms.enter(page, live_server, session)
    page.context.set_offline(True)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    # Logged out before the page is left: while Chromium swaps pages its pretended
    # lack of a network ends for a moment, and the rating would rightly be sent.
    page.context.clear_cookies(name="sessionid")
    page.goto("about:blank")
    page.context.set_offline(False)

    rooms.enter(page, live_server, other)
    rooms.give(page, "2")
    rooms.at_case(page, 2)
    rooms.keeps(page, 1)  # the first reader's alone: the second's is stored
    page.goto(live_server.url)
    expect(page.get_by_role("heading", name="My sets")).to_be_visible()
    page.wait_for_load_state("networkidle")

    expect(page.locator("#outbox")).to_be_hidden()
    assert rooms.n_kept(page) == 1
    assert (rooms.scores(session), rooms.scores(other)) == ([], [20])

    rooms.enter(page, live_server, session)
    rooms.at_case(page, 2)
    rooms.all_stored(page)
    assert (rooms.scores(session), rooms.scores(other)) == ([70], [20])


def test_a_login_of_somebody_else_in_another_tab_stops_the_sending(
    page, live_server, session
):
    other = factories.started_session(session.enrolment.study, reader=1)
    rooms.enter(page, live_server, session)
    rooms.log_in(page.context, live_server, other.enrolment.user)

    rooms.give(page, "7")
    expect(page.locator("#saved-words")).to_have_text("Another login; kept here: 1")
    assert (rooms.scores(session), rooms.scores(other)) == ([], [])
    rooms.log_in(page.context, live_server, session.enrolment.user)

    rooms.all_stored(page)
    assert (rooms.scores(session), rooms.scores(other)) == ([70], [])


@pytest.mark.parametrize("door", ["room", "home"])
def test_a_browser_that_was_closed_sends_at_the_next_visit(
    browser_type: BrowserType, browser_type_launch_args, live_server, tmp_path, door
):
    session = rooms.started(live_server)

    def opened() -> Any:
        return browser_type.launch_persistent_context(
            tmp_path / "profile", **browser_type_launch_args
        )

    context = opened()
    page = context.pages[0]
    rooms.enter(page, live_server, session)
    context.set_offline(True)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    context.close()
    assert rooms.scores(session) == []

    context = opened()
    page = context.pages[0]
    if door == "room":
        rooms.enter(page, live_server, session)
        rooms.at_case(page, 2)
        rooms.all_stored(page)
    else:
        rooms.log_in(context, live_server, session.enrolment.user)
        page.goto(live_server.url)
        expect(page.locator("#outbox-sent")).to_contain_text("were stored: 1")
    assert rooms.n_kept(page) == 0
    page.goto("about:blank")
    context.close()

    assert rooms.scores(session) == [70]


def test_what_the_server_refuses_is_shown_until_it_was_seen(room, live_server, session):
    study = session.enrolment.study
    room.context.set_offline(True)
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    rooms.rate_as_the_page(session, 20)

    room.context.set_offline(False)

    expect(room.locator("#refused")).to_be_visible()
    expect(room.locator("#refused")).to_contain_text("case 1: 70")
    expect(room.locator("#refused")).to_contain_text("rating already")
    room.reload()
    expect(room.locator("#refused")).to_contain_text("case 1: 70")
    room.keyboard.press("Escape")
    expect(room.locator("#refused")).to_be_visible()
    room.get_by_role("button", name="I have seen it").click()
    expect(room.locator("#refused")).to_be_hidden()
    rooms.at_case(room, 2)
    room.reload()
    rooms.at_case(room, 2)
    expect(room.locator("#refused")).to_be_hidden()
    assert rooms.scores(session) == [20]
    assert study.state == "open"


def test_a_study_that_was_closed_meanwhile_is_said_and_the_rating_kept(
    room, live_server, session
):
    study = session.enrolment.study
    room.context.set_offline(True)
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    studies.close_study(study=study, user=study.owner)

    room.context.set_offline(False)

    expect(room.locator("#refused")).to_contain_text("case 1: 70")
    room.get_by_role("button", name="I have seen it").click()
    expect(room.locator("#screen")).to_contain_text("This set cannot be read now")
    assert rooms.scores(session) == []
