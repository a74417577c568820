"""A coordinator's way: create a study from a pool, enrol, freeze, open."""

from playwright.sync_api import Page, expect

from forgery.imaging.domain import FUNDUS
from observers.models import Study
from tests import factories


def set_up(page: Page) -> None:
    """Go through the steps; what is typed survives a reload."""
    page.get_by_role("link", name="New study").click()
    page.get_by_label("Title").fill("Our first study")
    page.get_by_label("Pool").select_option(label="clinic")
    page.get_by_label("Short name").fill("first")
    page.get_by_role("button", name="Create the draft").click()
    expect(page.get_by_text("5 patients, 50 needed").first).to_be_visible()
    page.wait_for_load_state("load")  # the page listens to what is typed
    page.locator("[name=n_original]").fill("3")
    page.locator("[name=n_manipulated]").fill("1")
    expect(page.get_by_text("5 patients, 4 needed").first).to_be_visible()
    page.reload()
    expect(page.locator("[name=n_original]")).to_have_value("3")
    for step in ("Readers", "Reading room", "Instructions and consent"):
        page.get_by_role("button", name="Save and go on").click()
        expect(page.get_by_role("heading", name=step, exact=True)).to_be_visible()
    page.get_by_role("button", name="Check and freeze").click()
    expect(page.get_by_text("No reader is enrolled.")).to_be_visible()
    expect(page.get_by_role("button", name="Freeze for good")).to_be_disabled()


def test_a_coordinator_brings_a_study_from_a_pool_to_its_readers(
    page: Page, log_in, complaints
):
    factories.tiny_pool(FUNDUS.lesion_keys, name="clinic", n=5)
    log_in(factories.coordinator_user(username="coordinator"))

    set_up(page)
    page.get_by_role("link", name="Our first study").click()

    expect(page.get_by_role("heading", name="Our first study")).to_be_visible()
    page.get_by_label("User name").first.fill("dr-kim")
    page.locator("#id_years").fill("12")
    page.get_by_role("button", name="Enrol").click()
    expect(page.get_by_text("dr-kim").first).to_be_visible()
    page.goto(page.url.split("/studies/")[0] + "/studies/first/")
    freeze = page.get_by_role("button", name="Freeze for good")
    expect(freeze).to_be_hidden()
    page.get_by_text("Freeze…").click()
    freeze.click()
    page.get_by_text("Open…").click()
    page.get_by_role("button", name="Open for reading").click()

    expect(page.get_by_text("The study is now open")).to_be_visible()
    study = Study.objects.get(name="first")
    assert study.state == Study.State.OPEN
    assert study.protocol_hash
    assert complaints == []
