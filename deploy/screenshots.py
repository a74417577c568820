"""Make docs/screens: every state of the room and the pages around it, in two sizes.

Needs a demo (``make demo SERVE=no``) and Debian's chromium. Works on a copy of the
demo, which stays as it is.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, sync_playwright

from deploy import scenes

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(os.environ.get("FUNDUS_SCREENS", ROOT / "docs" / "screens"))
DEMO = Path(os.environ.get("FUNDUS_VAR", ROOT / "var"))
WINDOWS = ((1440, 900, "ophthalmologist"), (1024, 768, "general-doctor"))
"""Each size has a reader of its own, who has read nothing yet."""
DESK = 1440  # pixels: the desks' pages are for the guides, and shown in one size
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
SECONDS = 60
FEW_COLOURS = 4096
"""A page of the room with more has a photograph on it, which a palette would spoil."""
BITS = 7  # of each colour of a photograph: the last is noise, and a quarter of a file


def serve(port: int, var: Path) -> subprocess.Popen[bytes]:
    """Start the web server on a folder and wait until it answers."""
    gunicorn = Path(sys.executable).parent / "gunicorn"
    arguments = ["-c", "deploy/gunicorn_conf.py", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(  # noqa: S603 - our own server
        [gunicorn, *arguments, "fundus_study.wsgi"],
        cwd=ROOT,
        env={**os.environ, "FUNDUS_VAR": str(var), "LOG_LEVEL": "WARNING"},
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


def photograph(page: Page, name: str) -> None:
    """Keep what is on view; only the reading room's photographs need all colours."""
    size = page.viewport_size
    assert size is not None  # noqa: S101 - every page here has a window
    shot = page.screenshot(animations="disabled")  # no button in the midst of a fade
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    is_room = page.locator("#viewer").count() > 0
    if not is_room or picture.getcolors(FEW_COLOURS) is not None:
        picture = picture.quantize(
            method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
    else:
        picture = ImageOps.posterize(picture, BITS)
    picture.save(OUT / f"{name}-{size['width']}.png", optimize=True)


def shoot(browser: Browser, base: str) -> None:
    """Photograph every scene in every window."""
    for width, height, reader in WINDOWS:
        for who, walk in (
            (reader, scenes.read),
            ("coordinator", scenes.walk_the_desk),
        ):
            if walk is scenes.walk_the_desk and width != DESK:
                continue
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="light",
                locale=os.environ.get("FUNDUS_LANGUAGE", "en"),
            )
            page = context.new_page()
            page.goto(f"{base}/accounts/login/")
            photograph(page, "login")
            scenes.log_in(page, base, who, PASSWORD)
            walk(page, base, photograph)
            context.close()


def main() -> None:
    """Copy the demo, serve, shoot, stop."""
    OUT.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="fundus-screens.") as folder:
        var = Path(folder) / "var"
        shutil.copytree(DEMO, var)
        server = serve(port, var)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=list(FLAGS)
                )
                shoot(browser, f"http://127.0.0.1:{port}")
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
