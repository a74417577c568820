"""Every state that docs/screens shows: whole words, real letters, a large image."""

from typing import Any

import pytest
from playwright.sync_api import Page

from deploy import scenes
from tests import factories
from tests.browser import looks

LARGE = {"reading", "rated", "offline", "practice"}
SHARE = 0.7  # of the window's height
STATES = LARGE | {"loading", "paused", "waiting", "finished", "error"}
STATES |= {"home", "consent", "conditions", "instructions"}


class Eye:
    """Looks at each state on the way and notes what is wrong."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.faults: list[str] = []

    def __call__(self, page: Page, name: str) -> None:
        self.seen.add(name)
        self.note(name, "cut off", looks.clipped(page))
        self.note(name, "no glyph for", looks.missing_glyphs(page))
        self.note(name, "scrolls", [1] if looks.scrolls_sideways(page) else [])
        if name in LARGE:
            share = looks.image_share(page)
            self.note(name, "image's share", [share] if share < SHARE else [])

    def note(self, name: str, what: str, found: list[Any]) -> None:
        if found:
            self.faults.append(f"{name}: {what}: {found}")


def practice_study() -> Any:
    """Make an open study that asks for everything before its first case."""
    made = factories.tiny_pool()
    for lesion, manipulator in made.manipulators.items():
        for _ in range(2):
            image = factories.image_with_role(made.pool, "practice", lesion=lesion)
            factories.manipulate(image, manipulator)
    rules = factories.tiny_protocol(
        practice=2,
        consent="We ask for your consent.",
        instructions="Judge each photograph.",
        conditions_check=True,
        undo_seconds=10,
    )
    return factories.open_study(pool=made.pool, protocol=rules)


@pytest.fixture(params=[(1440, 900), (1024, 768)], ids=["laptop", "tablet"])
def window(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    return page


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_looks_right(window, live_server, language):
    eye, user = Eye(), practice_study().enrolments.all()[0].user
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    window.context.add_cookies([cookie])
    window.goto(f"{live_server.url}/accounts/login/")
    eye(window, "login")
    scenes.log_in(window, live_server.url, user.username, "reads-well-4")

    scenes.read(window, live_server.url, eye)

    assert eye.faults == []
    assert eye.seen == STATES | {"login"}


def test_the_eye_finds_what_it_is_for(page):
    page.set_viewport_size({"width": 400, "height": 300})
    page.set_content(
        "<p style='width: 30px; overflow: hidden; white-space: nowrap'>Too long</p>"
        "<p>\U0010fff0</p><p style='width: 900px'>Wide</p>"
    )

    assert looks.clipped(page) == ["Too long"]
    assert looks.missing_glyphs(page) == ["\U0010fff0"]
    assert looks.scrolls_sideways(page)
