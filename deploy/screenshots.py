"""Make docs/screens from the pages of the demo, as each of its logins sees them.

Needs a demo (``make demo SERVE=no``) and Debian's chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(os.environ.get("FUNDUS_SCREENS", ROOT / "docs" / "screens"))
SIZES = ((1440, 900), (1024, 768))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "fundus-demo"  # noqa: S105 - printed by the demo for everybody to use
SECONDS = 30


def first_set(page: Page) -> None:
    """Begin the reader's first set, or go on with it."""
    page.locator(".card.next a.primary").click()
    if page.get_by_role("button", name="Begin").count():
        page.get_by_role("button", name="Begin").click()
    page.locator(".reading-room.shown").wait_for()
    page.keyboard.press("6")
    page.keyboard.press("ArrowRight")


def go(path: str) -> Callable[[Page], None]:
    """Open an address of the server."""

    def visit(page: Page) -> None:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)

    return visit


SCENES: tuple[tuple[str, str, Callable[[Page], None]], ...] = (
    ("home", "ophthalmologist", go("/")),
    ("reading", "ophthalmologist", first_set),
    ("studies", "coordinator", go("/")),
    ("study", "coordinator", go("/studies/demo-open/")),
    ("pools", "coordinator", go("/pools/")),
    ("pool", "coordinator", go("/pools/phantom/")),
    ("models", "coordinator", go("/models/")),
    ("results", "coordinator", go("/studies/demo/results/")),
)


def serve(port: int) -> subprocess.Popen[bytes]:
    """Start the web server and wait until it answers."""
    gunicorn = Path(sys.executable).parent / "gunicorn"
    arguments = ["-c", "deploy/gunicorn_conf.py", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(  # noqa: S603 - our own server
        [gunicorn, *arguments, "fundus_study.wsgi"], cwd=ROOT
    )
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return server
    server.terminate()
    message = f"the server did not answer within {SECONDS} s"
    raise SystemExit(message)


def log_in(page: Page, base: str, name: str) -> None:
    """Come in by the door."""
    page.goto(f"{base}/accounts/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def shoot(base: str) -> None:
    """Photograph every scene at every size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        for width, height in SIZES:
            viewport = {"width": width, "height": height}
            door = browser.new_page(viewport=viewport, color_scheme="light")  # type: ignore[arg-type]
            door.goto(f"{base}/accounts/login/")
            door.screenshot(path=OUT / f"login-{width}.png")
            for name, login, visit in SCENES:
                context = browser.new_context(
                    viewport=viewport,  # type: ignore[arg-type]
                    color_scheme="light",
                    locale=os.environ.get("FUNDUS_LANGUAGE", "en"),
                )
                page = context.new_page()
                log_in(page, base, login)
                visit(page)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=OUT / f"{name}-{width}.png")
                context.close()
        browser.close()


def main() -> None:
    """Serve, shoot, stop."""
    OUT.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = serve(port)
    try:
        shoot(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
