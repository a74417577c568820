"""The viewer: zoom to the pointer, exact pixels, adjustments alike in both painters."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.browser import rooms

NO_WEBGL = """const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === "webgl2" ? null : real.call(this, kind, ...more);
};"""
CARD = """const name = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (asked) {
  return asked === 0x9246 ? "A graphics card" : name.call(this, asked);
};"""
PLAYED = """WebGL2RenderingContext.prototype.getParameter = function () {
  return "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)";
};"""
PAINTERS = ["webgl", "2d"]
SCRIPTS = {"webgl": CARD, "2d": NO_WEBGL, "played": PLAYED}
SERVED = """async () => {
  const state = await (await fetch(document.getElementById("room").dataset.api)).json();
  const root = document.getElementById("room").dataset.api;
  const answer = await fetch(`${root}${state.current.token}/image/`);
  return [...new Uint8Array(await answer.arrayBuffer())];
}"""


@pytest.fixture
def room(page: Page, live_server: Any) -> Any:
    """Open a room with one painter and other rules."""

    def opened(painter: str = "webgl", **rules: Any) -> Page:
        page.add_init_script(SCRIPTS[painter])
        rooms.enter(page, live_server, rooms.started(live_server, **rules))
        is_plain = int(painter != "webgl")
        expect(page.locator("canvas[data-painter]")).to_have_count(is_plain)
        return page

    return opened


def seen(page: Page) -> np.ndarray:
    """Return the pixels of the stage as they are on the screen, without overlays."""
    page.wait_for_timeout(120)
    shot = page.locator("#viewer").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def served(page: Page) -> np.ndarray:
    """Return the image as the server gave it."""
    file = io.BytesIO(bytes(page.evaluate(SERVED)))
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def middle(picture: np.ndarray, side: int) -> np.ndarray:
    """Cut the square in the middle."""
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def test_a_card_that_the_processor_plays_is_not_used(room):
    page = room("played")

    expect(page.locator("canvas")).to_have_attribute("data-painter", "2d")


@pytest.mark.parametrize("painter", PAINTERS)
def test_one_to_one_shows_every_pixel_as_it_is(room, painter):
    page = room(painter)
    page.keyboard.press("x")

    shown = middle(seen(page), factories.SIDE)

    off = np.abs(shown - served(page))
    assert off.max() <= 1


@pytest.mark.parametrize("painter", PAINTERS)
def test_adjustments_do_the_same_arithmetic_in_both_painters(room, painter):
    page = room(painter)
    page.keyboard.press("x")
    for key in ("g", "i", "b", "c", "Shift+Y"):
        page.keyboard.press(key)

    shown = middle(seen(page), factories.SIDE)

    green = served(page)[..., 1] / 255
    bent = np.clip((green ** (1 / 0.9) - 0.5) * 1.1 + 0.5 + 0.05, 0, 1)
    wanted = np.round(255 * (1 - bent))[..., None]
    assert np.abs(shown - wanted).max() <= 3
    page.keyboard.press("r")
    page.keyboard.press("x")
    assert np.abs(middle(seen(page), factories.SIDE) - served(page)).max() <= 1


def test_the_wheel_zooms_to_the_pointer_and_one_key_fits_again(room):
    page = room()
    box = page.locator("#viewer").bounding_box()
    whole = seen(page)
    x, y = int(box["width"] * 0.6), int(box["height"] * 0.4)

    page.mouse.move(box["x"] + x, box["y"] + y)
    for _ in range(4):
        page.mouse.wheel(0, -120)
    near = seen(page)
    under = [np.median(p[y - 2 : y + 3, x - 2 : x + 3], (0, 1)) for p in (whole, near)]
    page.keyboard.press("f")

    assert np.abs(near - whole).mean() > 2
    assert np.abs(under[0] - under[1]).max() <= 25
    assert np.array_equal(seen(page), whole)


def test_keys_zoom_and_move_and_dragging_moves(room):
    page = room()
    whole = seen(page)

    for key in ("+", "+", "+", "+"):
        page.keyboard.press(key)
    zoomed = seen(page)
    page.keyboard.press("d")
    moved = seen(page)
    box = page.locator("#viewer").bounding_box()
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 480, box["y"] + 300, steps=3)
    page.mouse.up()
    back = seen(page)

    assert not np.array_equal(whole, zoomed)
    assert not np.array_equal(zoomed, moved)
    assert np.abs(back - zoomed).mean() < 1
    expect(page.locator("#value")).to_have_text("\N{EN DASH}")


@pytest.mark.parametrize("painter", PAINTERS)
def test_the_magnifier_follows_the_pointer(room, painter):
    page = room(painter)
    plain = seen(page)
    box = page.locator("#viewer").bounding_box()

    page.keyboard.press("l")
    page.mouse.move(box["x"] + 500, box["y"] + 400)
    lens = np.abs(seen(page) - plain).max(-1)

    y, x = np.mgrid[: lens.shape[0], : lens.shape[1]]
    far = np.hypot(x - 500, y - 400)
    assert lens[far > 113].max() == 0
    assert lens[far < 105].mean() > 1


def test_only_the_tools_that_the_protocol_allows_are_there(room):
    page = room(tools=("zoom",))
    page.keyboard.press("g")

    tools = page.locator("[data-tool]").evaluate_all("e => e.map(x => x.dataset.tool)")

    assert tools == ["fit", "exact", "out", "in", "reset"]
    page.keyboard.press("x")
    assert np.abs(middle(seen(page), factories.SIDE) - served(page)).max() <= 1


@pytest.mark.parametrize("view", ["reset", "keep"])
def test_the_view_is_kept_or_reset_as_the_protocol_says(room, view):
    page = room(view=view)
    page.keyboard.press("i")
    page.keyboard.press("+")

    rooms.give(page, "5")
    rooms.at_case(page, 2)

    inverted = page.locator('[data-tool="invert"]')
    expect(inverted).to_have_attribute("aria-pressed", str(view == "keep").lower())
    red, _green, blue = seen(page).mean((0, 1))
    assert (blue > red) == (view == "keep")


def test_a_fine_screen_gets_its_own_pixels(browser: Browser, live_server):
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, device_scale_factor=2, locale="en"
    )
    page = context.new_page()
    rooms.enter(page, live_server, rooms.started(live_server))

    size = page.locator("#viewer canvas").evaluate("c => [c.width, c.clientWidth]")
    page.set_viewport_size({"width": 1200, "height": 800})
    page.wait_for_timeout(200)
    wider = page.locator("#viewer canvas").evaluate("c => [c.width, c.clientWidth]")
    context.close()

    assert size[0] == 2 * size[1]
    assert wider[0] == 2 * wider[1] != size[0]
