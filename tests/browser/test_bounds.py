"""The movable cut of the quality histograms: seen first, saved only when applied."""

import numpy as np
import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from forgery.imaging import duplicates
from forgery.models import FundusImage, Pool
from forgery.services import reservations
from tests import factories

FIT = {
    "black": 0.1,
    "side": 512,
    "roundness": 0.99,
    "visible": 0.99,
    "brightness": 120.0,
    "vessels": 0.03,
}


@pytest.fixture
def pool(transactional_db) -> Pool:
    """Twelve photographs of twelve patients, sharpness rising from .0150 to .0260."""
    made = factories.PoolFactory(name="clinic", eyes="any")
    for n in range(12):
        noise = np.random.default_rng(n).integers(0, 255, (32, 32, 3), np.uint8)
        factories.FundusImageFactory(
            pool=made,
            measures=FIT | {"sharpness": 0.0150 + n / 1000},
            dhash=f"{duplicates.difference_hash(noise):016x}",
            thumbnail=duplicates.thumbnail(noise).tobytes(),
        )
    reservations.reserve(pool=made, seed=1, opt=2, practice=0)
    made.options = {"opt": 2, "practice": 0}
    made.save()
    return made


@pytest.fixture
def cut(page: Page, live_server, log_in, pool) -> Locator:
    """The page of the pool's bounds is open; the card of sharpness."""
    log_in(factories.coordinator_user(username="coordinator"))
    page.goto(live_server.url + reverse("forgery:bounds", args=[pool.name]))
    return page.locator(".cut[data-measure=sharpness]")


def left_out() -> int:
    return FundusImage.objects.exclude(excluded_because="").count()


def falling(page: Page) -> int:
    return int(page.locator("#n-falling").inner_text())


def drag(page: Page, slider: Locator, share: float) -> None:
    """Take the handle and move it to a share of the slider's width."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    low, high, value = (
        float(slider.evaluate(f"own => own.{name}")) for name in ("min", "max", "value")
    )
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * (value - low) / (high - low), y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, y, steps=8)
    page.mouse.up()


def test_dragged_cut_shows_what_would_fall_out_and_saves_nothing(page, cut, complaints):
    slider = cut.locator("input[type=range]")
    expect(page.locator("#fit-then")).to_have_text("12")
    expect(page.get_by_role("button", name="Apply to the pool")).to_be_disabled()

    drag(page, slider, 0.6)

    n = falling(page)
    assert 0 < n < 12
    expect(page.locator("#falling img")).to_have_count(n)
    expect(page.locator("#fit-then")).to_have_text(str(12 - n))
    expect(cut.locator(".n-out")).to_have_text(f"{n} out")
    assert cut.locator("rect.out").count() > 0
    assert float(cut.locator("line.at").get_attribute("x1")) == pytest.approx(240, 0.1)
    expect(page.get_by_role("button", name="Apply to the pool")).to_be_enabled()
    assert left_out() == 0
    page.reload()
    expect(page.locator("#n-falling")).to_have_text("0")
    assert left_out() == 0
    assert complaints == []


def test_cut_is_moved_by_the_keys_too_and_goes_back(page, cut):
    slider = cut.locator("input[type=range]")
    drag(page, slider, 0.6)
    before, field = falling(page), cut.locator("input[type=number]")
    value = float(field.input_value())

    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")

    assert float(field.input_value()) > value
    assert falling(page) > before
    page.keyboard.press("End")
    expect(page.locator("#fit-then")).to_have_text("0")
    page.get_by_role("button", name="Back to what holds").click()
    expect(page.locator("#n-falling")).to_have_text("0")
    assert left_out() == 0


def test_only_what_is_applied_is_left_out(page, cut):
    cut.locator("input[type=number]").fill("0.0205")
    expect(page.locator("#n-falling")).to_have_text("6")
    assert left_out() == 0

    page.get_by_role("button", name="Apply to the pool").click()

    expect(page.get_by_text("the fate of 6 images changed")).to_be_visible()
    assert FundusImage.objects.filter(excluded_because="blurred").count() == 6
