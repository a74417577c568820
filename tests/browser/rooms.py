"""What tests of the reading room share: a reader's browser, a room, ratings given."""

import time
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from forgery.models import Login
from observers.models import Rating, Session
from observers.selectors import reading as selectors
from observers.services import reading
from tests import factories

SECONDS = 10  # for the outbox to be carried


def started(live_server: Any, n_readers: int = 2, **rules: Any) -> Session:
    """Make an open study by these rules and begin its first reader's first set."""
    protocol = factories.tiny_protocol(**rules)
    study = factories.open_study(n_readers, protocol=protocol)
    return factories.started_session(study)


def log_in(context: BrowserContext, live_server: Any, user: User) -> None:
    """Give the browser a login of this user's."""
    client = Client()
    client.force_login(user)
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])


def enter(page: Page, live_server: Any, session: Session) -> None:
    """Open the set's room as its reader and wait for the first image."""
    log_in(page.context, live_server, session.enrolment.user)
    page.goto(f"{live_server.url}/read/{session.token}/")
    is_shown(page)


def log_out_everywhere(user: User) -> None:
    """Let every login of this user's expire on the server."""
    for kept in Login.objects.all():
        if kept.get_decoded().get("_auth_user_id") == str(user.pk):
            kept.delete()


def is_shown(page: Page) -> None:
    """Wait until a case is on view."""
    expect(page.locator(".reading-room.shown")).to_be_visible()


def at_case(page: Page, n: int, total: int = 4) -> None:
    """Wait until a case, by its number, is on view."""
    expect(page.locator("#place")).to_have_text(f"case {n} of {total}")
    is_shown(page)


def give(page: Page, *keys: str) -> None:
    """Rate by keys and go on."""
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("#next")).to_be_enabled()
    page.keyboard.press("Enter")


def scores(session: Session) -> list[float | None]:
    """Return the scores on record, in the order of their making."""
    kept = Rating.objects.filter(session=session).order_by("sequence")
    return [None if r.score is None else float(r.score) for r in kept]


def all_stored(page: Page) -> None:
    """Wait until the room says that nothing is on its way."""
    expect(page.locator("#saved")).to_have_attribute("data-kind", "saved")
    keeps(page, 0)


def keeps(page: Page, n: int) -> None:
    """Wait until the browser's outbox keeps so many, of whatever user."""
    until = time.monotonic() + SECONDS
    while n_kept(page) != n and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert n_kept(page) == n


KEPT = """new Promise((resolve, reject) => {
  const request = indexedDB.open("fundus-reading", 1);
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const store = request.result.transaction("outbox").objectStore("outbox");
    const count = store.count();
    count.onsuccess = () => (request.result.close(), resolve(count.result));
  };
})"""
"""Counts what the browser's outbox keeps, of whatever user."""


def n_kept(page: Page) -> int:
    """Count what the browser's outbox keeps, of whatever user."""
    return int(page.evaluate(KEPT))


def rate_as_the_page(session: Session, score: float) -> None:
    """Rate the case whose turn it is behind the page's back, as if it had sent it."""
    fresh = Session.objects.get(pk=session.pk)
    item = selectors.position(selectors.session_by_token(session.token)).current
    assert item is not None
    reading.record_rating(
        session_token=session.token,
        token=item.token,
        reader=session.enrolment.user,
        answer=factories.answer(score),
        room=fresh.holder,
    )


def practice_pool(n: int = 2) -> Any:
    """Make a pool that holds practice clusters too, each with a forged image."""
    made = factories.tiny_pool()
    for lesion, manipulator in made.manipulators.items():
        for _ in range(n):
            image = factories.image_with_role(made.pool, "practice", lesion=lesion)
            factories.manipulate(image, manipulator)
    return made.pool
