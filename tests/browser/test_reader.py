"""A reader's whole way by keyboard: log in, my sets, rate every case, finish."""

from playwright.sync_api import Page, expect

from observers.models import Rating, Session
from tests import factories
from tests.browser import rooms


def test_a_reader_reads_a_set_by_keyboard_alone(page: Page, log_in, complaints):
    study = factories.open_study(n_readers=1)
    session = factories.first_session(study)
    total = study.rules.cases_per_set

    log_in(session.enrolment.user)
    expect(page.get_by_role("heading", name="My sets")).to_be_visible()
    page.get_by_role("link", name="Begin").first.press("Enter")
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")

    for number in range(1, total + 1):
        expect(page.locator("#place")).to_contain_text(f"case {number} of {total}")
        expect(page.locator(".reading-room")).to_have_class("reading-room shown")
        expect(page.locator("#next")).to_be_disabled()
        page.keyboard.press(str(number))
        page.keyboard.press("ArrowRight")
        expect(page.locator("#value")).to_have_text(str(10 * number + 1))
        page.keyboard.press("Enter")
    expect(page.locator("#next-words")).to_have_text("Finish this set")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="thank you")).to_be_visible()
    session = Session.objects.get(pk=session.pk)
    assert session.finished_at is not None
    scores = Rating.objects.filter(item__session=session).order_by("item__position")
    assert [int(rating.score) for rating in scores] == [
        10 * number + 1 for number in range(1, total + 1)
    ]
    assert complaints == []


def test_a_reader_comes_back_to_the_same_case(page: Page, log_in):
    study = factories.open_study(n_readers=1)
    session = factories.started_session(study)
    factories.rate_next(session)
    factories.rate_next(session)

    log_in(session.enrolment.user)
    page.get_by_role("link", name="Go on: 2 left").click()

    expect(page.locator("#place")).to_contain_text("case 3 of 4")


def test_a_rating_can_be_taken_back_while_undo_is_open(page: Page, log_in):
    protocol = factories.tiny_protocol(undo_seconds=60)
    study = factories.open_study(n_readers=1, protocol=protocol)
    session = factories.started_session(study)

    log_in(session.enrolment.user)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".reading-room")).to_have_class("reading-room shown")
    page.keyboard.press("9")
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("case 2 of 4")
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("u")

    rooms.at_case(page, 1)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    rooms.at_case(page, 2)
    rooms.all_stored(page)
    versions = Rating.objects.filter(item__session=session).order_by("version")
    assert [int(rating.score) for rating in versions] == [90, 10]


def test_the_room_asks_before_it_goes_on(page: Page, log_in):
    study = factories.open_study(n_readers=1)
    session = factories.started_session(study)

    log_in(session.enrolment.user)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".reading-room")).to_have_class("reading-room shown")
    page.keyboard.press("Enter")

    expect(page.locator("#place")).to_contain_text("case 1 of 4")
    assert not Rating.objects.filter(item__session=session).exists()
