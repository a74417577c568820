"""Every state of the room, at two sizes, in two languages: whole and accessible."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from observers.models import Session
from tests import factories
from tests.browser import rooms

SIZES = [(1440, 900), (1024, 768)]
READING = ("reading", "rated", "offline", "practice")
LEAST = 0.7  # of the window's height, for the image

CLIPPED = """() => [...document.querySelectorAll(
    ".reading-room *, dialog[open] *")]
  .filter((e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((e) => !e.closest("svg") && e.tagName !== "OPTION")
  .filter((e) => {
    const box = e.getBoundingClientRect();
    if (e.closest(".visually-hidden, .skip")) return false;
    return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
      || box.left < -1 || box.right > innerWidth + 1
      || !e.closest(".panel, dialog") && box.bottom > innerHeight + 1;
  })
  .map((e) => `${e.id || e.className || e.tagName}: ${e.textContent.trim()}`)"""


@pytest.fixture
def session(live_server: Any, request: pytest.FixtureRequest) -> Session:
    """A session of practice where the state asks for it, else of a set."""
    if "practice" in request.node.name:
        study = factories.open_study(
            pool=rooms.practice_pool(), protocol=factories.tiny_protocol(practice=2)
        )
        return factories.started_session(study)
    return rooms.started(live_server, marks="both")


def reading(page: Page) -> None:
    rooms.is_shown(page)


def rated(page: Page) -> None:
    page.keyboard.press("6")


def offline(page: Page) -> None:
    page.context.set_offline(True)
    rooms.give(page, "6")
    rooms.at_case(page, 2)


def waiting(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    for n in (1, 2, 3):
        rooms.at_case(page, n)
        rooms.give(page, "6")


def login(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    for n in (1, 2, 3):
        rooms.at_case(page, n)
        rooms.give(page, "6")


def paused(page: Page) -> None:
    page.keyboard.press("p")


def practice(page: Page) -> None:
    rooms.give(page, "6")


def taken(page: Page) -> None:
    page.context.new_page().goto(page.url)
    page.bring_to_front()


def complete(page: Page) -> None:
    for n in (1, 2, 3, 4):
        rooms.at_case(page, n)
        rooms.give(page, "6")


def loading(page: Page) -> None:
    page.route("**/image/", lambda _route: None)
    page.reload()
    expect(page.locator("#screen")).to_be_visible()


def error(page: Page) -> None:
    page.route("**/image/", lambda route: route.fulfill(status=403))
    page.route("**/api/reading/*/", lambda route: route.fulfill(status=403))
    page.reload()


STATES: list[Callable[[Page], None]] = [
    *(reading, rated, offline, waiting, login, paused),
    *(practice, taken, complete, loading, error),
]


@pytest.mark.parametrize("size", SIZES, ids=["desk", "tablet"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_state_is_whole_and_accessible(page, live_server, session, state, size):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    rooms.enter(page, live_server, session)

    state(page)

    room = page.locator("#room")
    expect(room).to_have_attribute("data-state", state.__name__)
    for language in ("en", "ko"):
        page.locator("#language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.documentElement.scrollHeight") == height
    page.locator("#language").select_option("en")
    if state.__name__ in READING:
        image = page.locator("#viewer canvas").bounding_box()
        panel = page.locator("#panel").bounding_box()
        assert min(image["width"], image["height"]) >= LEAST * height
        beside = panel["x"] >= image["x"] + image["width"]
        below = panel["y"] >= image["y"] + image["height"]
        assert beside or below
    if state is not loading:  # its words wait, and axe waits for no one
        assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("size", SIZES, ids=["desk", "tablet"])
@pytest.mark.parametrize("key", ["?", "v"])
def test_a_dialog_is_whole_and_accessible(page, live_server, size, key):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    session = rooms.started(live_server, review="before-finish", marks="both")
    rooms.enter(page, live_server, session)
    rooms.give(page, "6")
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    page.keyboard.press(key)

    expect(page.locator("dialog[open]")).to_be_visible()
    assert page.evaluate(CLIPPED) == []
    assert Axe().run(page).response["violations"] == []


def test_practice_shows_the_answer_beside_the_image_before_it_goes_on(
    page, live_server, session
):
    rooms.enter(page, live_server, session)
    expect(page.locator("#place")).to_have_text("practice case 1 of 2")
    rooms.give(page, "6")

    expect(page.locator("#feedback-words")).to_contain_text("This image was")
    expect(page.locator("#feedback-said")).to_have_text("Your answer: 60")
    expect(page.locator("#place")).to_have_text("practice case 1 of 2")
    expect(page.locator("#viewer canvas")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.locator("#place")).to_have_text("practice case 2 of 2")
    expect(page.locator("#value")).to_have_text("\N{EN DASH}")
    assert rooms.scores(session) == [60]


def test_practice_waits_for_the_connection_to_tell_the_answer(
    page, live_server, session
):
    rooms.enter(page, live_server, session)
    page.context.set_offline(True)
    rooms.give(page, "6")
    expect(page.locator("#saved-words")).to_contain_text("kept here: 1")
    expect(page.locator("#place")).to_have_text("practice case 1 of 2")

    page.context.set_offline(False)

    expect(page.locator("#feedback-words")).to_contain_text("This image was")
    assert rooms.scores(session) == [60]


def test_an_earlier_case_is_reviewed_and_both_ratings_are_kept(page, live_server):
    session = rooms.started(live_server, review="before-finish")
    rooms.enter(page, live_server, session)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    page.keyboard.press("v")
    page.get_by_role("button", name="case 1").click()
    rooms.at_case(page, 1)
    rooms.give(page, "2")

    rooms.at_case(page, 2)
    rooms.all_stored(page)
    assert rooms.scores(session) == [70, 20]
