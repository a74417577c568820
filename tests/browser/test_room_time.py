"""Honest time: paused, hidden and idle spans by the browser's monotonic clock."""

from typing import Any

import pytest
from playwright.sync_api import Page

from observers.models import Rating, Session
from tests.browser import rooms

HIDE = """(hidden) => {
  const value = hidden ? "hidden" : "visible";
  const configurable = true;
  Object.defineProperty(document, "visibilityState", { value, configurable });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SLACK = 1500  # milliseconds that the test itself takes


@pytest.fixture
def session(live_server: Any) -> Session:
    return rooms.started(live_server)


def test_spans_are_told_apart(page: Page, live_server, session):
    page.clock.install()
    rooms.enter(page, live_server, session)
    page.clock.run_for(1000)
    page.mouse.move(300, 300)
    page.clock.run_for(5_000)
    page.keyboard.press("p")
    page.clock.run_for(20_000)
    page.keyboard.press("p")
    page.evaluate(HIDE, arg=True)
    page.clock.run_for(30_000)
    page.evaluate(HIDE, arg=False)
    page.clock.run_for(100_000)  # 60 s count as looking, 40 s as away
    rooms.give(page, "7")
    page.clock.run_for(1000)
    rooms.at_case(page, 2)
    rooms.all_stored(page)

    kept = Rating.objects.get()
    assert kept.paused_ms == pytest.approx(20_000, abs=SLACK)
    assert kept.hidden_ms == pytest.approx(30_000, abs=SLACK)
    assert kept.idle_ms == pytest.approx(40_000, abs=SLACK)
    assert kept.active_ms == pytest.approx(66_000, abs=3 * SLACK)
    assert kept.elapsed_ms == kept.active_ms + kept.hidden_ms + kept.idle_ms


def test_a_plain_rating_has_no_flag(page: Page, live_server, session):
    rooms.enter(page, live_server, session)
    page.wait_for_timeout(500)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    page.wait_for_timeout(500)
    rooms.give(page, "7")
    rooms.at_case(page, 3)
    rooms.all_stored(page)

    for kept in Rating.objects.all():
        assert kept.flags == []
        assert 300 <= kept.active_ms <= 5_000
        assert kept.idle_ms == kept.hidden_ms == kept.paused_ms == 0
        assert kept.paint_ms > 0
