"""Headless Chromium as Debian ships it, against a live server."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import connections
from playwright.sync_api import Page

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own

SECONDS = 10  # to wait for the server
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium; its absence skips, or fails in CI."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no chromium on this machine: apt install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return {"executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    """A laptop's window, English, light."""
    return {
        "viewport": {"width": 1440, "height": 900},
        "locale": "en",
        "color_scheme": "light",
    }


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the database in a file, as outside of tests.

    A page asks for several things at once, and threads that share a database in
    memory get "table is locked" where those that share a file wait.
    """
    folder = tmp_path_factory.mktemp("database")
    for settings in connections.settings.values():
        if settings["ENGINE"].endswith("sqlite3"):
            settings["TEST"]["NAME"] = str(folder / "test.sqlite3")


class Running:
    """Counts the requests that the live server is answering."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()

    def began(self, **_kwargs: Any) -> None:
        with self.lock:
            self.count += 1

    def ended(self, **_kwargs: Any) -> None:
        with self.lock:
            self.count -= 1


@pytest.fixture(autouse=True)
def unhurried(page: Page, flushable: None) -> Iterator[None]:
    """Leave the page and let the server finish before the tables are emptied."""
    running = Running()
    request_started.connect(running.began)
    request_finished.connect(running.ended)
    yield
    page.goto("about:blank")
    until = time.monotonic() + SECONDS
    time.sleep(0.05)  # a request that was sent is now being answered
    while running.count > 0 and time.monotonic() < until:
        time.sleep(0.02)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console complained of: policy breaches, script errors."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: found.append(message.text) if message.type == "error" else None,
    )
    return found


@pytest.fixture
def log_in(page: Page, live_server) -> Callable[[User], None]:
    """Log in through the page."""

    def enter(user: User, password: str = "reads-well-4") -> None:
        page.goto(f"{live_server.url}/accounts/login/")
        page.get_by_label("Name").fill(user.get_username())
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    return enter
