"""The second reading of a set opens after the washout, not a day before."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from observers.models import Session
from tests import factories
from tests.browser import rooms

DAYS = 30


def test_the_second_reading_opens_after_the_washout(page, live_server, monkeypatch):
    rules = factories.tiny_protocol(
        rounds=2, washout_days=DAYS, lesions=("glaucoma",), n_original=3
    )
    study = factories.open_study(protocol=rules)
    first = factories.started_session(study)
    factories.rate_all(first)
    second = Session.objects.get(enrolment=first.enrolment, round=2)
    reader = first.enrolment.user

    rooms.log_in(page.context, live_server, reader)
    page.goto(live_server.url)
    expect(page.get_by_text("opens on").first).to_be_visible()
    page.goto(f"{live_server.url}/read/{second.token}/")
    expect(page.get_by_role("button", name="Begin")).to_have_count(0)

    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=DAYS, hours=1))
    rooms.log_in(page.context, live_server, reader)
    page.goto(f"{live_server.url}/read/{second.token}/")
    page.get_by_role("button", name="Begin").click()
    rooms.at_case(page, 1)
    rooms.give(page, "7")
    rooms.all_stored(page)

    assert rooms.scores(second) == [70]
