"""Tables of the desks sort, filter and come along as CSV, in a real browser."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page

from forgery.imaging.domain import FUNDUS
from observers.models import Study
from observers.services import freezing
from observers.services.invitations import Guest, invite
from tests import factories
from tests.browser import furnished

WIDE = """() => [...document.querySelectorAll(".table-wrap")]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.innerText.slice(0, 60))"""
BAR = 30  # pixels that the page's scroll bar and the table's own may take


def test_a_table_is_sorted_filtered_and_taken_along(
    page: Page, live_server, log_in, complaints
):
    study = factories.frozen_study(n_readers=10)
    log_in(study.owner)
    page.goto(f"{live_server.url}/studies/{study.name}/trail/?verb=reader+enrolled")
    rows = page.locator("main table tbody tr")
    page.get_by_role("button", name="Detail").click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    rising = rows.all_inner_texts()
    page.get_by_role("button", name="Detail").click()
    assert rows.all_inner_texts() == rising[::-1]
    assert len(set(rising)) == 10

    page.get_by_placeholder("Filter these rows").fill("R03")
    assert page.locator("main table tbody tr:visible").count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert "R03" in lines[1]
    assert complaints == []


def frozen_with_four_sets() -> Study:
    """Make a study of every lesion whose readers are still invited."""
    lesions = FUNDUS.lesion_keys
    study = factories.StudyFactory(
        pool=factories.tiny_pool(lesions, n=5).pool,
        protocol=factories.tiny_protocol(lesions=lesions),
    )
    for name, group in (("kim.minjoon", "ophthalmologists"), ("lee.seoyeon", "gp")):
        guest = Guest(f"{name}@eye-clinic.example.org", group, Decimal(12))
        invite(study=study, actor=study.owner, guest=guest, site="http://testserver")
    return freezing.freeze_study(study=study, user=study.owner)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_four_sets_fit_a_tablet(page: Page, live_server, log_in, language):
    frozen = frozen_with_four_sets()
    locked = furnished.locked_study(frozen.owner, FUNDUS.lesion_keys)
    page.set_viewport_size({"width": 1024 - BAR, "height": 768})
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    log_in(frozen.owner)
    page.context.add_cookies([cookie])

    wide = {}
    for study in (frozen, locked):
        for place in ("", "readers/", "results/"):
            if study == frozen and place == "results/":
                continue
            page.goto(f"{live_server.url}/studies/{study.name}/{place}")
            wide[study.state, place] = page.evaluate(WIDE)

    assert {place: found for place, found in wide.items() if found} == {}
