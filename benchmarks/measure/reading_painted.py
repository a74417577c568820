"""From 'next' to the next image painted, in Chromium, against the bare page.

Both pages are told to go on by the same key, and both are watched by the same script:
the time ends with the frame after the one in which the next image was drawn.
"""

import shutil
import statistics
import sys
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.measure.reading_servers import Server
from benchmarks.measure.reading_study import Seat

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY = "document.querySelector('#room')?.dataset.state === 'reading'"
WATCH = """() => {
  const place = document.getElementById("place");
  window.took = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const began = performance.now(), before = place.textContent;
    const look = () => {
      const room = document.getElementById("room");
      if (place.textContent === before || room.dataset.state !== "reading")
        return requestAnimationFrame(look);
      requestAnimationFrame(() => window.took.push(performance.now() - began));
    };
    requestAnimationFrame(look);
  }, true);
}"""
TOOK = "window.took"


@dataclass
class Painted:
    """Milliseconds of our page and of the bare one; bytes of our page."""

    ours: list[float]
    bare: list[float]
    weight: int


def painted(ours: Server, bare: Server, seat: Seat, n: int) -> Painted:
    """Alternate between the two pages, so that both see the same machine."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed (apt install chromium).")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            return alternate(browser, ours, bare, seat, n)
        finally:
            browser.close()


def context(browser: Any, server: Server, session: str, csrf: str) -> Page:
    """Open a window that is logged in."""
    made = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en", bypass_csp=True
    )
    url = f"http://127.0.0.1:{server.port}"
    cookies = {"sessionid": session, "csrftoken": csrf}
    made.add_cookies([{"name": k, "value": v, "url": url} for k, v in cookies.items()])
    return made.new_page()


def alternate(browser: Any, ours: Server, bare: Server, seat: Seat, n: int) -> Painted:
    page = context(browser, ours, seat.cookie, seat.csrf)
    sizes: list[int] = []
    page.on("response", lambda r: weigh(r, sizes))
    page.goto(f"http://127.0.0.1:{ours.port}/read/{seat.session}/")
    page.wait_for_function(READY, timeout=30_000)
    page.evaluate(WATCH)
    limit = context(browser, bare, seat.bare_cookie, seat.csrf)
    limit.goto(f"http://127.0.0.1:{bare.port}/page/")
    limit.wait_for_function("document.body?.dataset.ready", timeout=30_000)
    limit.evaluate(WATCH)
    weight = sum(sizes)
    for turn in range(n):
        page.bring_to_front()
        rate(page, turn)
        seat.done += 1
        limit.bring_to_front()
        go_on(limit, turn)
    return Painted(page.evaluate(TOOK), limit.evaluate(TOOK), weight)


def weigh(response: Any, sizes: list[int]) -> None:
    """Add up what came over the wire, images apart."""
    if "/image/" not in response.url:
        sizes.append(response.request.sizes()["responseBodySize"])


def rate(page: Page, turn: int) -> None:
    """Give a rating by keys, wait for the next image, and for its neighbours."""
    page.keyboard.press("5")
    page.wait_for_function("!document.getElementById('next').disabled", timeout=10_000)
    go_on(page, turn)


def go_on(page: Page, turn: int) -> None:
    """Press Enter and wait for the next image, the same way on both pages."""
    page.keyboard.press("Enter")
    page.wait_for_function(f"window.took.length > {turn}", timeout=20_000)
    page.wait_for_timeout(200)


def summary(values: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
