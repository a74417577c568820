"""The reading room in a browser: keyboard, touch of the slider, undo, pause, reload."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from observers.models import Rating, Session
from observers.models.protocol_texts import INSTRUCTIONS
from tests import factories
from tests.browser import rooms


@pytest.fixture
def session(live_server: Any) -> Session:
    return rooms.started(live_server)


@pytest.fixture
def room(page: Page, live_server: Any, session: Session) -> Page:
    """The session's room, open in its reader's browser."""
    rooms.enter(page, live_server, session)
    return page


def test_set_is_read_from_first_page_to_finish_by_keyboard(
    page, live_server, complaints
):
    session = factories.first_session(factories.open_study())
    rooms.log_in(page.context, live_server, session.enrolment.user)
    page.goto(live_server.url)
    page.get_by_role("link", name="Begin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")
    for n in range(1, 5):
        rooms.at_case(page, n)
        expect(page.locator("#next")).to_be_disabled()
        page.keyboard.press(str(2 * n))
        page.keyboard.press("ArrowRight")
        expect(page.locator("#value")).to_have_text(str(20 * n + 1))
        page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="thank you")).to_be_visible()

    assert rooms.scores(session) == [21, 41, 61, 81]
    assert complaints == []


def test_slider_has_no_handle_until_it_is_touched(room):
    slider = room.locator("#score")

    expect(slider).to_have_class(re.compile("untouched"))
    expect(room.locator("#next")).to_be_disabled()
    box = slider.bounding_box()
    room.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(slider).not_to_have_class(re.compile("untouched"))
    expect(room.locator("#next")).to_be_enabled()
    assert 47 <= int(room.locator("#value").inner_text()) <= 53


def test_undo_brings_the_case_back_with_what_was_begun_meanwhile(room, session):
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    room.keyboard.press("5")
    expect(room.locator("#undo")).to_be_visible()
    expect(room.locator("#undo-left")).to_contain_text("s")

    room.keyboard.press("u")
    rooms.at_case(room, 1)
    expect(room.locator("#value")).to_have_text("\N{EN DASH}")
    rooms.give(room, "3")

    rooms.at_case(room, 2)
    expect(room.locator("#value")).to_have_text("50")
    rooms.all_stored(room)
    versions = Rating.objects.order_by("version").values_list("version", "score")
    assert list(versions) == [(1, 70), (2, 30)]


def test_reload_comes_back_to_the_same_case_and_what_was_set(room, session):
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    room.keyboard.press("4")

    room.reload()

    rooms.at_case(room, 2)
    expect(room.locator("#value")).to_have_text("40")
    rooms.all_stored(room)
    assert rooms.scores(session) == [70]


def test_back_button_gives_no_second_rating(room, live_server, session):
    rooms.give(room, "7")
    rooms.at_case(room, 2)
    rooms.all_stored(room)
    room.goto(f"{live_server.url}/")

    room.go_back()

    rooms.at_case(room, 2)
    assert rooms.scores(session) == [70]


def test_double_click_and_a_held_key_give_one_rating(room, session):
    room.keyboard.press("7")
    room.locator("#next").dblclick()
    rooms.at_case(room, 2)
    room.keyboard.press("3")
    room.keyboard.down("Enter")
    for _ in range(3):
        room.keyboard.down("Enter")  # repeats, as a held key does

    rooms.at_case(room, 3)
    rooms.all_stored(room)
    assert rooms.scores(session) == [70, 30]


def test_help_opens_and_closes_by_keyboard(room):
    room.keyboard.press("7")

    room.keyboard.press("?")
    expect(room.locator("#help")).to_be_visible()
    room.keyboard.press("3")
    room.keyboard.press("Escape")

    expect(room.locator("#help")).to_be_hidden()
    expect(room.locator("#value")).to_have_text("70")
    room.keyboard.press("Enter")
    rooms.at_case(room, 2)


def test_single_keys_can_be_switched_off(room):
    room.keyboard.press("?")
    room.get_by_label("Single keys do this").uncheck()
    room.keyboard.press("Escape")

    for key in ("7", "p", "?"):
        room.keyboard.press(key)
    expect(room.locator("#value")).to_have_text("\N{EN DASH}")
    rooms.is_shown(room)
    room.keyboard.press("ArrowRight")

    expect(room.locator("#value")).to_have_text("51")


def test_keys_work_where_the_keyboard_writes_korean(room):
    room.evaluate(
        """document.body.dispatchEvent(new KeyboardEvent("keydown",
        {key: "ㅔ", code: "KeyP", bubbles: true}))"""
    )

    expect(room.locator("#screen")).to_contain_text("Paused")


def test_reason_instead_of_a_rating_is_sent_by_keyboard(room, session):
    room.keyboard.press("6")
    room.keyboard.press("n")
    expect(room.locator("#reason")).to_be_focused()
    room.keyboard.press("ArrowDown")
    room.keyboard.press("ArrowDown")
    expect(room.locator("#value")).to_have_text("\N{EN DASH}")
    room.keyboard.press("Enter")

    rooms.at_case(room, 2)
    rooms.all_stored(room)
    rating = Rating.objects.get()
    assert (rating.score, rating.cannot_rate) == (None, "Technical fault")


def test_the_room_asks_before_it_goes_on(room, session):
    room.keyboard.press("Enter")

    rooms.at_case(room, 1)
    assert rooms.scores(session) == []


def test_pause_hides_the_image(room):
    room.keyboard.press("p")
    expect(room.locator("#viewer canvas")).to_be_hidden()
    expect(room.locator("#screen")).to_contain_text("the clock stands still")
    room.keyboard.press("7")
    expect(room.locator("#value")).to_have_text("\N{EN DASH}")
    room.keyboard.press("Enter")

    expect(room.locator("#viewer canvas")).to_be_visible()


def test_the_language_is_switched_in_mid_case_without_loss(room, live_server, session):
    room.keyboard.press("7")
    room.locator("#language").select_option("ko")

    expect(room.locator("html")).to_have_attribute("lang", "ko")
    expect(room.locator("#next-words")).to_have_text("다음")
    expect(room.locator("#value")).to_have_text("70")
    room.locator("#next").click()
    expect(room.locator("#place")).to_contain_text("2")
    rooms.all_stored(room)
    room.reload()

    expect(room.locator("html")).to_have_attribute("lang", "ko")
    assert rooms.scores(session) == [70]


def test_the_instructions_in_the_help_follow_the_language(page, live_server):
    own = "First paragraph of ours.\n\nSecond."
    for told, korean in ((INSTRUCTIONS, "각 영상을 따로따로"), (own, "Second.")):
        session = rooms.started(live_server, instructions=told)
        rooms.enter(page, live_server, session)
        page.keyboard.press("?")
        text = page.locator("#help [data-t=told]")
        expect(text).to_have_text(told)
        page.get_by_role("button", name="Go on reading").click()

        page.locator("#language").select_option("ko")
        page.keyboard.press("?")

        expect(text).to_contain_text(korean)
        page.context.clear_cookies()
