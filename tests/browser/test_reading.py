"""The reading room in a browser: keyboard, touch of the slider, undo, lost network."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from observers.models import Rating, Session
from tests import factories


@pytest.fixture
def session(live_server: Any) -> Session:
    return factories.first_session(factories.open_study())


@pytest.fixture
def reader_page(page: Page, live_server: Any, session: Session) -> Page:
    """A browser in which the session's reader is logged in."""
    client = Client()
    client.force_login(session.enrolment.user)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "url": live_server.url}]
    )
    return page


def begin(page: Page, live_server: Any) -> None:
    page.goto(live_server.url)
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#place")).to_have_text("case 1 of 4")
    expect(page.locator("#viewer img")).to_be_visible()


def test_set_is_read_from_first_page_to_finish_by_keyboard(
    reader_page, live_server, session, complaints
):
    page = reader_page
    page.goto(live_server.url)
    page.get_by_role("link", name="Begin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")
    for n in range(1, 5):
        expect(page.locator("#place")).to_have_text(f"case {n} of 4")
        expect(page.locator("#viewer img")).to_be_visible()
        expect(page.locator("#next")).to_be_disabled()
        page.keyboard.press(str(2 * n))
        page.keyboard.press("ArrowRight")
        expect(page.locator("#value")).to_have_text(str(20 * n + 1))
        page.keyboard.press("Enter")
    expect(page.get_by_text("Every case of this set is rated")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="thank you")).to_be_visible()

    scores = Rating.objects.order_by("sequence").values_list("score", flat=True)
    assert list(scores) == [21, 41, 61, 81]
    assert complaints == []


def test_slider_has_no_handle_until_it_is_touched(reader_page, live_server):
    begin(reader_page, live_server)
    slider = reader_page.locator("#score")

    expect(slider).to_have_class(re.compile("untouched"))
    expect(reader_page.locator("#next")).to_be_disabled()
    box = slider.bounding_box()
    reader_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(slider).not_to_have_class(re.compile("untouched"))
    expect(reader_page.locator("#next")).to_be_enabled()
    assert 47 <= int(reader_page.locator("#value").inner_text()) <= 53


def test_rating_survives_a_lost_network(reader_page, live_server):
    begin(reader_page, live_server)
    reader_page.context.set_offline(True)
    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")
    expect(reader_page.locator("#saved-words")).to_contain_text("trying again")
    assert not Rating.objects.exists()

    reader_page.context.set_offline(False)

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")
    assert Rating.objects.get().score == 70


def test_undo_brings_the_case_back(reader_page, live_server):
    begin(reader_page, live_server)
    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")
    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")

    reader_page.keyboard.press("u")
    expect(reader_page.locator("#place")).to_have_text("case 1 of 4")
    expect(reader_page.locator("#viewer img")).to_be_visible()
    reader_page.keyboard.press("3")
    reader_page.keyboard.press("Enter")

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")
    versions = Rating.objects.order_by("version").values_list("version", "score")
    assert list(versions) == [(1, 70), (2, 30)]


def test_reload_comes_back_to_the_same_case(reader_page, live_server):
    begin(reader_page, live_server)
    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")
    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")

    reader_page.reload()

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")
    expect(reader_page.locator("#value")).to_have_text("\N{EN DASH}")


def test_two_tabs_give_one_rating(reader_page, live_server):
    begin(reader_page, live_server)
    other = reader_page.context.new_page()
    other.goto(reader_page.url)
    expect(other.locator("#viewer img")).to_be_visible()
    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")
    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")

    other.keyboard.press("2")
    other.keyboard.press("Enter")

    expect(other.locator("#place")).to_have_text("case 2 of 4")
    expect(other.locator("#says")).to_contain_text("rating already")
    assert Rating.objects.get().score == 70


def test_rating_made_after_the_login_expired_is_sent_once_logged_in_again(
    reader_page, live_server
):
    begin(reader_page, live_server)
    cookies = reader_page.context.cookies()
    reader_page.context.clear_cookies(name="sessionid")
    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")
    expect(reader_page.locator("#saved-words")).to_contain_text("Logged out")
    assert not Rating.objects.exists()

    reader_page.context.add_cookies(cookies)

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")
    assert Rating.objects.get().score == 70


def test_help_opens_and_closes_by_keyboard(reader_page, live_server):
    begin(reader_page, live_server)
    reader_page.keyboard.press("7")

    reader_page.keyboard.press("?")
    expect(reader_page.locator("#help")).to_be_visible()
    reader_page.keyboard.press("3")
    reader_page.keyboard.press("Escape")
    expect(reader_page.locator("#help")).to_be_hidden()
    expect(reader_page.locator("#value")).to_have_text("70")
    reader_page.keyboard.press("Enter")

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")


def test_reason_instead_of_a_rating_is_sent(reader_page, live_server):
    begin(reader_page, live_server)

    reader_page.locator("#reason").select_option("Technical fault")
    reader_page.locator("#next").click()

    expect(reader_page.locator("#place")).to_have_text("case 2 of 4")
    rating = Rating.objects.get()
    assert (rating.score, rating.cannot_rate) == (None, "Technical fault")


def test_undo_is_offered_only_while_it_is_possible(reader_page, live_server):
    begin(reader_page, live_server)
    expect(reader_page.locator("#undo")).to_be_hidden()

    reader_page.keyboard.press("7")
    reader_page.keyboard.press("Enter")

    expect(reader_page.locator("#undo")).to_be_visible()
    expect(reader_page.locator("#undo-left")).to_contain_text("s")


def test_pause_hides_the_image(reader_page, live_server):
    begin(reader_page, live_server)

    reader_page.keyboard.press("p")
    expect(reader_page.locator("#viewer img")).to_be_hidden()
    reader_page.keyboard.press("7")
    expect(reader_page.locator("#value")).to_have_text("\N{EN DASH}")
    reader_page.keyboard.press("p")

    expect(reader_page.locator("#viewer img")).to_be_visible()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (768, 1024)])
def test_image_fills_the_window_without_scrolling(reader_page, live_server, size):
    width, height = size
    reader_page.set_viewport_size({"width": width, "height": height})
    begin(reader_page, live_server)

    box = reader_page.locator("#viewer img").bounding_box()
    overflow = reader_page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )

    assert min(box["width"], box["height"]) >= 0.7 * min(width, height)
    assert overflow == [width, height]
