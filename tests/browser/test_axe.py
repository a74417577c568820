"""axe finds nothing on any page, for whoever may open it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.architecture import access_table as table
from tests.architecture.test_access import ALL, log_in
from tests.architecture.test_access import world as world
from tests.browser import rooms

WALKERS = (
    table.ANONYMOUS,
    table.SOMEBODY,
    table.READER,
    table.COORDINATOR,
    table.ANALYST,
)
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}


@pytest.mark.parametrize("role", WALKERS)
def test_no_page_has_a_violation(page: Page, live_server, world, role):
    user = world.people[role]
    if user is not None:
        rooms.log_in(page.context, live_server, user)
    axe, faults, n_pages = Axe(), [], 0
    client = log_in(user)
    for address in ALL:
        path = world.address(address.name, address.arguments)
        answer = client.get(path)
        if answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
            continue
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        found = axe.run(page, options=RULES)
        n_pages += 1
        faults += [
            f"{address.name}: {v['id']}: {v['nodes'][0]['html'][:120]}"
            for v in found.response["violations"]
        ]

    assert faults == []
    assert n_pages > 0
