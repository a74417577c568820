"""What an eye finds wrong with a page: cut words, boxes for letters, scroll bars."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page

HERE = Path(__file__).parent
CLIPPED = (HERE / "clipped.js").read_text(encoding="utf-8")

BOXES = (HERE / "missing_glyphs.js").read_text(encoding="utf-8")


def clipped(page: Page) -> list[str]:
    """Return the words that a box or the window's edge cuts off."""
    return list(page.evaluate(CLIPPED))


def missing_glyphs(page: Page, more: str = "") -> list[str]:
    """Return the letters of the page, and of ``more``, that no font here has."""
    return list(page.evaluate(BOXES, more))


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def image_share(page: Page) -> float:
    """Return how much of the window's height the photograph takes, as painted."""
    box = page.locator("#viewer").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    data = np.frombuffer(page.screenshot(clip=box), dtype=np.uint8)
    painted = cv2.imdecode(data, cv2.IMREAD_COLOR)
    rows = np.flatnonzero((painted[..., 2] > 100).sum(axis=1) > 8)
    return float(rows[-1] - rows[0] + 1) / size["height"]
