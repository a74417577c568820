"""The protocol's scales and marks: by keyboard, by mouse, by touch."""

import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from observers.models import Rating
from observers.models.protocol import Scale
from tests import factories
from tests.browser import rooms

LEVELS = ("surely original", "rather original", "unsure", "rather not", "surely not")


@pytest.fixture
def room(page: Page, live_server: Any) -> Any:
    """Open a room whose study follows other rules."""

    def opened(**rules: Any) -> Page:
        rooms.enter(page, live_server, rooms.started(live_server, **rules))
        return page

    return opened


def test_an_ordinal_scale_by_keyboard_alone(room):
    page = room(scale=Scale(kind="ordinal", labels=LEVELS))

    for keys in (["4"], ["ArrowRight", "ArrowRight", "ArrowRight"], ["End"]):
        place = page.locator("#place").inner_text()
        rooms.give(page, *keys)
        expect(page.locator("#place")).not_to_have_text(place)
    rooms.all_stored(page)

    kept = Rating.objects.order_by("sequence").values_list("score", "answer")
    assert list(kept) == [
        (75, {"kind": "ordinal", "level": 3}),
        (50, {"kind": "ordinal", "level": 2}),
        (100, {"kind": "ordinal", "level": 4}),
    ]


def test_an_ordinal_scale_by_mouse_starts_without_a_choice(room):
    page = room(scale=Scale(kind="ordinal", labels=LEVELS))

    expect(page.locator("input[name=level]:checked")).to_have_count(0)
    page.get_by_text("rather original").click()
    page.locator("#next").click()
    rooms.at_case(page, 2)

    expect(page.locator("input[name=level]:checked")).to_have_count(0)
    rooms.all_stored(page)
    assert Rating.objects.get().score == 25


def test_a_decision_with_confidence_by_keyboard_alone(room):
    page = room(scale=Scale(kind="binary"))

    page.keyboard.press("ArrowRight")
    expect(page.locator("#next")).to_be_disabled()
    rooms.give(page, "8")
    rooms.at_case(page, 2)
    rooms.give(page, "o", "6", "ArrowUp")
    rooms.at_case(page, 3)
    rooms.all_stored(page)

    kept = Rating.objects.order_by("sequence").values_list("score", "answer")
    assert list(kept) == [
        (90, {"kind": "binary", "decision": "manipulated", "confidence": 80}),
        (19.5, {"kind": "binary", "decision": "original", "confidence": 61}),
    ]


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Press the mouse at one place and let it go at another."""
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_marks_are_drawn_by_mouse_moved_deleted_and_sent(room):
    page = room(marks="both")
    box = page.locator("#viewer").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    zoom = min(box["width"], box["height"]) / factories.SIDE

    page.keyboard.press("7")
    page.get_by_role("button", name="Mark a point").click()
    page.mouse.click(x + 10 * zoom, y)
    expect(page.locator("#next")).to_be_disabled()
    expect(page.locator("#marks-open")).to_be_visible()
    page.get_by_label("1 point: confidence").press("9")
    page.get_by_role("button", name="Mark a region").click()
    drag(page, (x - 10 * zoom, y + 5 * zoom), (x + 10 * zoom, y + 5 * zoom))
    page.get_by_label("2 region: confidence").press("4")
    drag(page, (x, y + 5 * zoom), (x - 5 * zoom, y - 5 * zoom))
    page.get_by_role("button", name="Mark a point").click()
    page.mouse.click(x, y + 20 * zoom)
    page.get_by_role("button", name="Delete: 3 point").click()
    expect(page.locator(".mark-row")).to_have_count(2)
    page.locator("#next").click()
    rooms.at_case(page, 2)
    expect(page.locator(".mark-row")).to_have_count(0)
    rooms.all_stored(page)

    point, region = Rating.objects.get().marks
    middle = factories.SIDE / 2
    assert (point["kind"], point["confidence"]) == ("point", 90)
    assert (point["x"], point["y"]) == pytest.approx((middle + 10, middle), abs=0.3)
    assert region["confidence"] == 40
    near = pytest.approx((middle - 5, middle - 5, 10, 6), abs=0.5)
    assert (region["x"], region["y"], region["rx"], region["ry"]) == near
    assert math.sin(region["angle"]) == pytest.approx(0, abs=0.05)


def test_marks_are_drawn_by_keyboard_alone(room):
    page = room(marks="both")

    page.keyboard.press("6")
    page.keyboard.press("t")
    expect(page.locator("#marks-hint")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_label("1 point: confidence")).to_be_focused()
    page.keyboard.press("8")
    page.keyboard.press("Enter")
    page.keyboard.press("e")
    for key in ("ArrowUp", "+", "]", "."):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    expect(page.locator("#value")).to_have_text("60")
    page.keyboard.press("Enter")
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    point, region = Rating.objects.get().marks
    assert point["x"] > factories.SIDE / 2
    assert (point["confidence"], region["confidence"]) == (80, 30)
    assert region["y"] < factories.SIDE / 2
    assert region["ry"] > region["rx"]
    assert region["angle"] == pytest.approx(math.pi / 12, abs=0.01)


def test_a_whole_case_by_touch_on_a_tablet(browser: Browser, live_server):
    session = rooms.started(live_server, marks="both")
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, has_touch=True, locale="en"
    )
    page = context.new_page()
    rooms.enter(page, live_server, session)

    slider = page.locator("#score").bounding_box()
    page.touchscreen.tap(slider["x"] + slider["width"] / 4, slider["y"] + 20)
    page.get_by_role("button", name="Mark a region").tap()
    box = page.locator("#viewer").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mark = page.get_by_label("1 region: confidence").bounding_box()
    page.touchscreen.tap(mark["x"] + mark["width"] / 2, mark["y"] + 20)
    page.locator("#next").tap()
    rooms.at_case(page, 2)
    rooms.all_stored(page)
    small = page.evaluate(
        """[...document.querySelectorAll(".reading-room :is(button, a, select, input)")]
        .filter((e) => e.checkVisibility({visibilityProperty: true}))
        .map((e) => [e.id || e.className, e.getBoundingClientRect()])
        .filter(([, box]) => Math.min(box.width, box.height) < 24)
        .map(([name]) => name)"""
    )
    context.close()

    rating = Rating.objects.get()
    assert 23 <= rating.score <= 27
    assert rating.marks[0]["kind"] == "ellipse"
    assert small == []


def test_two_fingers_zoom_the_image(browser: Browser, live_server):
    session = rooms.started(live_server)
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, has_touch=True, locale="en"
    )
    page = context.new_page()
    rooms.enter(page, live_server, session)
    before = page.locator("#viewer").screenshot()
    touch = context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[int, int]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        arguments = {"type": kind, "touchPoints": points}
        touch.send("Input.dispatchTouchEvent", arguments)

    fingers("touchStart", (450, 300), (550, 300))
    for spread in range(10, 110, 20):
        fingers("touchMove", (450 - spread, 300), (550 + spread, 300))
    fingers("touchEnd")
    page.wait_for_timeout(100)

    assert page.locator("#viewer").screenshot() != before
    rooms.is_shown(page)
    context.close()
