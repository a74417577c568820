"""The login page: by keyboard, in two languages, without a complaint."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_door_opens_by_keyboard_alone(page: Page, live_server, somebody):
    page.goto(f"{live_server.url}/accounts/login/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("somebody")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not match")

    page.get_by_label("Password").fill("reads-well-4")
    page.keyboard.press("Enter")

    page.wait_for_url(lambda url: "/login" not in url)


def test_the_door_speaks_korean(page: Page, live_server, db, complaints):
    page.goto(f"{live_server.url}/accounts/login/")

    page.get_by_role("button", name="한국어").click()

    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_role("heading", name="로그인")).to_be_visible()
    assert complaints == []
