"""Tables of the desks sort, filter and come along as CSV, in a real browser."""

from playwright.sync_api import Page

from tests import factories


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
