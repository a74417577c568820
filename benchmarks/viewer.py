"""``make bench-viewer``: script time of the reading room's viewer in Chromium.

A photograph of 4,000 x 3,000 pixels is panned, zoomed, adjusted and magnified in the
real modules of ``static/observers``, and Chromium's own trace says how many
milliseconds of script each frame took: its events and its drawing together. Drawing
itself is done by the (here software) graphics processor and is not script.

Limit: 8 ms a frame. With ``--no-webgl`` the two-dimensional fallback is measured, in
a Chromium without a graphics processor; there, as all drawing is the processor's, the
time from frame to frame is printed too (16.7 ms is a screen's own pace).
"""

from __future__ import annotations

import argparse
import functools
import http.server
import io
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 4000, 3000  # pixels
LIMIT = 8.0  # milliseconds of script a frame
STEPS = 120  # of each movement
FLAGS = ["--no-sandbox", "--no-first-run", "--disable-quic"]
GRAPHICS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_GRAPHICS = ["--disable-gpu", "--disable-software-rasterizer"]
PAGE = """<!doctype html><title>viewer</title>
<link rel="stylesheet" href="/static/observers/reading_viewer.css">
<style>html, body, #viewer { height: 100%; margin: 0 }</style><div id="viewer"></div>
<script type="module">
  import { Hands } from "/static/observers/hands.js";
  import { Viewer } from "/static/observers/viewer.js";
  const box = document.getElementById("viewer");
  const viewer = new Viewer(box, { isKept: false });
  new Hands(viewer, () => true);
  const answer = await fetch("/image.jpg");
  viewer.show(await createImageBitmap(await answer.blob()), "case");
  window.viewer = viewer;
</script>"""
PACE = """async (steps) => {
  const paces = {};
  const moves = {
    pan: (n) => viewer.panBy(n % 40 < 20 ? 6 : -6, 3 * (n % 2) - 1),
    adjust: (n) => viewer.set({ contrast: 1 + n / steps, gamma: 0.6 + n / steps }),
    magnify: (n) => ((viewer.pointer = { x: 300 + 5 * n, y: 300 + n }), viewer.draw()),
  };
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  for (const [name, move] of Object.entries(moves)) {
    viewer.reset();
    viewer.isLensOn = name === "magnify";
    await frame();
    const times = [];
    for (let n = 0, last = await frame(); n < steps; n += 1) {
      move(n);
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    paces[name] = times;
  }
  return paces;
}"""
"""Milliseconds from frame to frame while something changes with each."""
SCRIPT = ("EventDispatch", "FireAnimationFrame", "FunctionCall", "RunMicrotasks")


def photograph() -> bytes:
    """Draw a disc with noise, as large as a camera's picture."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = (x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2 < (HEIGHT / 2) ** 2
    noise = rng.integers(-20, 20, (HEIGHT, WIDTH, 1))
    colour = np.clip(np.array([180, 90, 40]) + noise, 0, 255) * inside[..., None]
    file = io.BytesIO()
    Image.fromarray(colour.astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


@contextmanager
def served() -> Iterator[str]:
    """Serve the page, the image and the project's static files."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "index.html").write_text(PAGE, encoding="utf-8")
        Path(folder, "image.jpg").write_bytes(photograph())
        Path(folder, "static").symlink_to(ROOT / "static")
        handler = functools.partial(Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def pan(page: Page) -> None:
    """Drag the image about."""
    page.evaluate("viewer.zoomBy(4)")
    page.mouse.move(700, 450)
    page.mouse.down()
    for n in range(STEPS):
        page.mouse.move(700 + 3 * (n % 60), 450 + 2 * (n % 60))
    page.mouse.up()


def zoom(page: Page) -> None:
    """Turn the wheel to and fro at a place off the middle."""
    page.mouse.move(500, 300)
    for n in range(STEPS):
        page.mouse.wheel(0, -60 if n % 40 < 20 else 60)


def adjust(page: Page) -> None:
    """Move brightness, contrast and gamma, red-free, inverted and not."""
    page.evaluate(
        """async (steps) => {
          for (let n = 0; n < steps; n += 1) {
            const contrast = 1 + n / steps, gamma = 0.6 + n / steps;
            const brightness = (n % 20) / 50 - 0.2;
            const green = n % 2 === 0, invert = n % 3 === 0;
            viewer.set({ brightness, contrast, gamma, green, invert });
            await new Promise((go) => setTimeout(go, 20));
          }
        }""",
        STEPS,
    )


def magnify(page: Page) -> None:
    """Move the magnifier across the image."""
    page.evaluate("(viewer.reset(), viewer.isLensOn = true)")
    for n in range(STEPS):
        page.mouse.move(300 + 5 * n, 300 + n)
    page.evaluate("viewer.isLensOn = false")


def traced(session: CDPSession, work: Callable[[], None]) -> list[dict[str, Any]]:
    """Return what Chromium's trace says of the time that the work takes."""
    events: list[dict[str, Any]] = []
    done = threading.Event()
    session.on("Tracing.dataCollected", lambda got: events.extend(got["value"]))
    session.on("Tracing.tracingComplete", lambda _got: done.set())
    session.send(
        "Tracing.start",
        {"categories": "devtools.timeline,v8", "transferMode": "ReportEvents"},
    )
    work()
    session.send("Tracing.end")
    return events if done.is_set() else collected(session, done, events)


def collected(
    session: CDPSession, done: threading.Event, events: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Let the browser hand over the rest of its trace."""
    while not done.is_set():
        session.send("Runtime.evaluate", {"expression": "0"})
    return events


def script_of_frames(events: list[dict[str, Any]]) -> list[float]:
    """Sum the script of each frame, in milliseconds: its events and its drawing."""
    spans = [e for e in events if e["name"] in SCRIPT and e.get("ph") == "X"]
    spans.sort(key=lambda e: (e["tid"], e["ts"], -e["dur"]))
    frames: list[float] = []
    sums: dict[int, float] = {}
    ends: dict[int, float] = {}
    for span in spans:
        thread = span["tid"]
        if span["ts"] < ends.get(thread, 0):
            continue  # inside another span, which has its time
        ends[thread] = span["ts"] + span["dur"]
        sums[thread] = sums.get(thread, 0) + span["dur"] / 1000
        if span["name"] == "FireAnimationFrame":
            frames.append(sums.pop(thread))
    return frames


def main() -> None:
    """Measure each movement and print median and 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-webgl", action="store_true", help="measure the fallback")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = {}
    with served() as url, sync_playwright() as playwright:
        graphics = NO_GRAPHICS if options.no_webgl else GRAPHICS
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS, *graphics]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.wait_for_function("window.viewer?.bitmap")
        painter = page.evaluate("viewer.painter.constructor.name")
        for move in (pan, zoom, adjust, magnify):
            session = page.context.new_cdp_session(page)
            frames = script_of_frames(traced(session, functools.partial(move, page)))
            session.detach()
            found[move.__name__] = (
                len(frames),
                float(np.median(frames)),
                float(np.percentile(frames, 95)),
            )
        paces = page.evaluate(PACE, STEPS) if options.no_webgl else {}
        browser.close()
    pace = {name: float(np.median(times)) for name, times in paces.items()}
    if options.json:
        print(
            json.dumps(
                {
                    "painter": painter,
                    "limit_ms": LIMIT,
                    "frames": found,
                    "pace_ms": pace,
                }
            )
        )
        return
    print(f"{WIDTH} x {HEIGHT} pixels, {painter}; script a frame, limit {LIMIT:.0f} ms")
    for name, (n, median, p95) in found.items():
        verdict = "ok" if p95 <= LIMIT else "over"
        print(
            f"  {name:8} {n:4} frames  {median:6.2f} ms  p95 {p95:6.2f} ms  {verdict}"
        )
    for name, median in pace.items():
        print(f"  {name:8} from frame to frame {median:6.1f} ms")


if __name__ == "__main__":
    main()
