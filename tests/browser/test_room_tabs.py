"""Two tabs or two devices: the newest reads, the older says so and may take it back."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from observers.models import Session
from tests.browser import rooms


@pytest.fixture
def session(live_server: Any) -> Session:
    return rooms.started(live_server)


@pytest.fixture
def room(page: Page, live_server: Any, session: Session) -> Page:
    """The session's room, open in its reader's browser."""
    rooms.enter(page, live_server, session)
    return page


def test_the_newest_tab_takes_over_and_the_older_takes_back(room, session):
    newer = room.context.new_page()
    newer.goto(room.url)
    rooms.at_case(newer, 1)
    expect(room.locator("#screen")).to_contain_text("open in another window")
    expect(room.locator("#viewer canvas")).to_be_hidden()
    room.keyboard.press("9")
    expect(room.locator("#next")).to_be_disabled()
    rooms.give(newer, "7")
    rooms.at_case(newer, 2)
    rooms.all_stored(newer)

    room.bring_to_front()
    room.get_by_role("button", name="Go on here instead").click()

    rooms.at_case(room, 2)
    expect(newer.locator("#screen")).to_contain_text("open in another window")
    rooms.give(room, "5")
    rooms.at_case(room, 3)
    rooms.all_stored(room)
    assert rooms.scores(session) == [70, 50]


def test_a_second_device_takes_over_and_the_first_keeps_what_it_could_not_send(
    room, session, live_server, browser: Browser
):
    device = browser.new_context(viewport={"width": 1024, "height": 768})
    tablet = device.new_page()
    room.context.set_offline(True)
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    rooms.enter(tablet, live_server, session)
    rooms.at_case(tablet, 1)

    room.context.set_offline(False)
    expect(room.locator("#screen")).to_contain_text("open in another window")
    assert rooms.n_kept(room) == 1
    assert rooms.scores(session) == []
    room.keyboard.press("Enter")

    rooms.at_case(room, 2)
    rooms.all_stored(room)
    assert rooms.scores(session) == [70]
    rooms.give(tablet, "3")
    expect(tablet.locator("#screen")).to_contain_text("open in another window")
    assert rooms.scores(session) == [70]
    device.close()


def test_both_tabs_rate_the_same_case_without_network_and_one_rating_stands(
    room, session
):
    newer = room.context.new_page()
    newer.goto(room.url)
    rooms.at_case(newer, 1)
    room.context.set_offline(True)
    rooms.give(newer, "7")
    rooms.at_case(newer, 2)

    room.context.set_offline(False)

    rooms.all_stored(newer)
    assert rooms.scores(session) == [70]
