"""From the e-mailed invitation to the finish page, by keyboard alone and by touch."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from observers.models import Rating, Study
from observers.services import freezing, studies
from observers.services.invitations import Guest, invite
from tests import factories
from tests.browser import rooms

PASSWORD = "reads-very-well-4"


def invited(site: Any, settings: Any) -> tuple[Study, str]:
    """Invite a reader to a study that asks for everything; return the mailed link."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = site.server.mails
    made = factories.tiny_pool()
    for lesion, manipulator in made.manipulators.items():
        for _ in range(2):
            image = factories.image_with_role(made.pool, "practice", lesion=lesion)
            factories.manipulate(image, manipulator)
    rules = factories.tiny_protocol(
        practice=2,
        consent="Agree?",
        instructions="Judge each photograph.",
        conditions_check=True,
    )
    study = factories.StudyFactory(pool=made.pool, protocol=rules)
    guest = Guest("kim@example.org", "gp", Decimal(6))
    invite(study=study, actor=study.owner, guest=guest, site=site.url)
    study = freezing.freeze_study(study=study, user=study.owner)
    study = studies.open_study(study=study, user=study.owner)
    (mail,) = site.server.mails.iterdir()
    link = re.search(r"http://\S+/join/\S+", mail.read_text(encoding="utf-8"))
    assert link is not None
    return study, link.group()


def kept(study: Study, block: str) -> list[int]:
    """Return the scores on record in a block, in the order of their making."""
    found = Rating.objects.filter(
        session__enrolment__study=study, session__opt_set__block=block
    )
    return [int(r.score or 0) for r in found.order_by("received_at", "sequence")]


def tab_to(page: Page, selector: str) -> None:
    """Go with Tab until the focus is there."""
    for _ in range(60):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {selector}")


def arrive_by_keys(page: Page, link: str) -> None:
    """Come from the link to the practice block."""
    page.goto(link)
    tab_to(page, "#id_new_password1")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/consent/**")
    tab_to(page, "form.actions button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conditions/**")
    tab_to(page, "#id_grey_steps")
    page.keyboard.type("11")
    tab_to(page, "#id_dark_patches")
    page.keyboard.type("6")
    tab_to(page, "form button.primary")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Judge each photograph.")).to_be_visible()
    tab_to(page, "form button.primary")
    page.keyboard.press("Enter")


def practise_by_keys(page: Page) -> None:
    """Answer both practice cases and see their feedback."""
    for key in "82":
        rooms.is_shown(page)
        rooms.give(page, key)
        expect(page.locator("#feedback")).to_be_visible()
        page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-state", "complete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/finished/")


def test_from_the_invitation_to_the_finish_page_by_keyboard_alone(
    page, site, settings, is_sound
):
    study, link = invited(site, settings)

    arrive_by_keys(page, link)
    practise_by_keys(page)
    tab_to(page, "main .actions a.primary")  # on to the next set
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/read/[^/]+/$"))
    tab_to(page, "form button.primary")
    page.keyboard.press("Enter")
    for n, key in enumerate("7531", start=1):
        rooms.at_case(page, n)
        rooms.give(page, key)
    rooms.all_stored(page)
    expect(page.locator("#room")).to_have_attribute("data-state", "complete")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="thank you")).to_be_visible()
    assert kept(study, "practice") == [80, 20]
    assert kept(study, "main") == [70, 50, 30, 10]
    assert is_sound(study)


def touch_next(page: Page) -> None:
    """Touch the one button that goes on."""
    expect(page.locator("#next")).to_be_enabled()
    page.locator("#next").tap()


def touch_score(page: Page) -> None:
    """Touch the middle of the scale."""
    rooms.is_shown(page)
    box = page.locator("#score").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    touch_next(page)


def arrive_by_touch(touched: Page, link: str) -> None:
    """Come from the link to the practice block."""
    touched.goto(link)
    touched.locator("#id_new_password1").fill(PASSWORD)
    touched.locator("#id_new_password2").fill(PASSWORD)
    touched.locator("button[value=password]").tap()
    touched.wait_for_url("**/consent/**")
    touched.locator("form.actions button.primary").tap()
    touched.wait_for_url("**/conditions/**")
    touched.locator("#id_grey_steps").select_option("11")
    touched.locator("#id_dark_patches").select_option("6")
    touched.locator("form button.primary").tap()
    touched.wait_for_url("**/read/**")
    touched.locator("form button.primary").tap()


def test_from_the_invitation_to_the_finish_page_by_touch(
    page, browser: Browser, site, settings, is_sound
):
    study, link = invited(site, settings)
    tablet = browser.new_context(
        viewport={"width": 1024, "height": 768}, has_touch=True, locale="en"
    )
    touched = tablet.new_page()

    arrive_by_touch(touched, link)
    for _ in range(2):
        touch_score(touched)
        expect(touched.locator("#feedback")).to_be_visible()
        touch_next(touched)
    expect(touched.locator("#room")).to_have_attribute("data-state", "complete")
    touch_next(touched)
    touched.wait_for_url("**/finished/")
    touched.locator("main .actions a.primary").tap()  # on to the next set
    touched.wait_for_url(re.compile(r"/read/[^/]+/$"))
    touched.locator("form button.primary").tap()
    for n in range(1, 5):
        rooms.at_case(touched, n)
        touch_score(touched)
    rooms.all_stored(touched)
    expect(touched.locator("#room")).to_have_attribute("data-state", "complete")
    touch_next(touched)

    expect(touched.get_by_role("heading", name="thank you")).to_be_visible()
    tablet.close()
    assert (len(kept(study, "practice")), len(kept(study, "main"))) == (2, 4)
    assert all(45 <= score <= 55 for score in kept(study, "main"))
    assert is_sound(study)


def test_language_switched_in_the_middle_loses_nothing(page, site, is_sound):
    session = rooms.started(site)
    rooms.enter(page, site, session)
    rooms.give(page, "7")
    rooms.at_case(page, 2)
    page.keyboard.press("5")

    page.locator("#language").select_option("ko")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("#value")).to_have_text("50")
    rooms.give(page)
    expect(page.locator("#progress")).to_have_attribute("value", "2")
    rooms.all_stored(page)
    page.reload()

    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert rooms.scores(session) == [70, 50]
    assert is_sound(session.enrolment.study)
