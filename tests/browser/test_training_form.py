"""The form of a training offers the presets of the chosen recipe alone."""

from django.urls import reverse
from playwright.sync_api import Page, expect

from tests import factories


def offered(page: Page) -> list[str]:
    options = page.locator("select[name=preset] option")
    return [str(one.get_attribute("value")) for one in options.all()]


def test_presets_follow_the_recipe(page: Page, live_server, log_in, complaints):
    log_in(factories.coordinator_user(username="coordinator"))
    page.goto(live_server.url + reverse("detector:train"))
    recipe, preset = page.locator("[name=recipe]"), page.locator("[name=preset]")

    expect(preset.locator("option")).to_have_count(3)
    assert offered(page) == ["quick", "full", "gpu"]
    recipe.select_option("paper-sparse-cnn")
    assert offered(page) == ["quick", "full", "pruned", "paper"]
    preset.select_option("paper")
    recipe.select_option("default")

    expect(preset).to_have_value("full")  # the other recipe's choice is gone
    assert complaints == []
