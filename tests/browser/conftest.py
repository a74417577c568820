"""Headless Chromium as Debian ships it, against a live server."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own

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
