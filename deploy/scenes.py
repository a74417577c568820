"""The pages' states, one after the other, as a reader and a desk meet them.

Both the photographs in docs/screens and the tests of what is on view go this way;
nothing here depends on the language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, Route

Take = Callable[[Page, str], None]
"""Photograph, or check, the page in the state so named."""

IMAGE: Final = "**/image/"
STATE: Final = "**/api/reading/*/"
SAVED: Final = "#saved[data-kind=saved]"
DESK: Final = (
    ("studies", "/"),
    ("study", "/studies/demo-open/"),
    ("pools", "/pools/"),
    ("pool", "/pools/phantom/"),
    ("models", "/models/"),
    ("results", "/studies/demo/results/"),
    ("upload", "/pools/upload/"),
    ("manipulator", "/pools/manipulators/phantom-glaucoma-paper-unet-quick/"),
    ("activity", "/pools/jobs/"),
    ("detector", "/models/1/"),
    ("protocol", "/studies/demo-open/protocol/"),
    ("readers", "/studies/demo-open/readers/"),
    ("locked", "/studies/demo/"),
    ("conduct", "/studies/demo/results/conduct/"),
    ("cases", "/studies/demo/results/cases/"),
    ("report", "/studies/demo/results/report/"),
    ("account", "/accounts/"),
)
STEPS: Final = ("cases", "readers", "reading", "words", "plan", "check")


def log_in(page: Page, base: str, name: str, password: str) -> None:
    """Come in by the door."""
    page.goto(f"{base}/accounts/login/")
    page.locator("[name=username], [name=login]").first.fill(name)
    page.locator("[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def room(page: Page, state: str) -> None:
    """Wait until the room is in a state."""
    page.locator(f"#room[data-state={state}]").wait_for()


def rate(page: Page, key: str) -> None:
    """Rate the case on view and go on."""
    room(page, "reading")
    page.keyboard.press(key)
    room(page, "rated")
    page.keyboard.press("Enter")


def before_the_first_case(page: Page, base: str, take: Take) -> None:
    """Agree, look at the screen, read what is asked, and begin the practice."""
    page.goto(base)
    take(page, "home")
    page.locator(".card.next a.primary").click()
    page.wait_for_url("**/consent/**")
    take(page, "consent")
    page.locator("form.actions button.primary").click()
    page.wait_for_url("**/conditions/**")
    take(page, "conditions")
    page.locator("[name=grey_steps]").select_option("11")
    page.locator("[name=dark_patches]").select_option("6")
    page.locator("form button.primary").click()
    page.wait_for_url("**/read/**")
    take(page, "instructions")
    page.locator("form button.primary").click()


def practise(page: Page, take: Take) -> None:
    """Answer the practice cases; the first one's feedback is shown."""
    total = int(page.locator("#progress").get_attribute("max") or 0)
    for n in range(total):
        rate(page, "6")
        room(page, "practice")
        if n == 0:
            take(page, "practice")
        page.keyboard.press("Enter")
    finish(page)


def finish(page: Page) -> None:
    """Close a set whose cases are all rated."""
    room(page, "complete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/finished/")


def begin_next(page: Page, base: str, take: Take) -> None:
    """Begin the next set, with its first image late."""
    held: list[Route] = []
    page.goto(base)
    page.locator(".card.next a.primary").click()
    page.route(IMAGE, lambda route: held.append(route))
    page.locator("form button.primary").click()
    room(page, "loading")
    page.wait_for_timeout(500)  # the icons arrive, the image does not
    take(page, "loading")
    for route in held:
        route.continue_()
    page.unroute(IMAGE)


def first_cases(page: Page, take: Take) -> None:
    """Read, rate, pause; lose the network until nothing is left to read."""
    room(page, "reading")
    page.wait_for_load_state("networkidle")
    take(page, "reading")
    page.keyboard.press("6")
    room(page, "rated")
    take(page, "rated")
    page.keyboard.press("p")
    room(page, "paused")
    take(page, "paused")
    page.keyboard.press("p")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    room(page, "offline")
    take(page, "offline")
    for _ in range(2):
        page.keyboard.press("4")
        page.locator("#next:enabled").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    room(page, "waiting")
    take(page, "waiting")
    page.context.set_offline(False)
    page.locator(SAVED).wait_for()


def break_room(page: Page, take: Take) -> None:
    """Come to a set that the server no longer gives out."""
    page.route(STATE, lambda route: route.fulfill(status=404, json={}))
    page.reload()
    room(page, "error")
    take(page, "error")
    page.unroute(STATE)
    page.reload()


def read_on(page: Page, take: Take) -> None:
    """Rate what is left and close the set."""
    for n in range(int(page.locator("#progress").get_attribute("max") or 0)):
        page.locator("#room:is([data-state=reading], [data-state=complete])").wait_for()
        if page.locator("#room[data-state=complete]").count():
            break
        rate(page, str(n % 10))
    finish(page)
    take(page, "finished")


def read(page: Page, base: str, take: Take) -> None:
    """Go a reader's whole way, from the list of sets to a finished one."""
    before_the_first_case(page, base, take)
    practise(page, take)
    begin_next(page, base, take)
    first_cases(page, take)
    break_room(page, take)
    read_on(page, take)


def walk_the_desk(page: Page, base: str, take: Take) -> None:
    """Open what a coordinator works with."""
    for name, path in DESK:
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        take(page, name)
    set_up(page, base, take)


def set_up(page: Page, base: str, take: Take) -> None:
    """Create a draft, and look at each step of setting it up."""
    page.goto(f"{base}/studies/new/")
    page.locator("[name=title]").fill("Our first study")
    page.locator("[name=pool]").select_option("phantom")
    take(page, "new-study")
    page.locator("main form button.primary").click()
    page.wait_for_url("**/setup/**")
    for step in STEPS:
        page.goto(f"{re.sub('/setup/.*', '', page.url)}/setup/{step}/")
        page.wait_for_load_state("networkidle")
        take(page, f"setup-{step}")
