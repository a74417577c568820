"""The readers' page: many at once, pace, who is late, what departs, who leaves."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from observers import triggers
from observers.exceptions import ConsentMissing, WrongReaders, WrongState
from observers.models import (
    AuditEvent,
    ConditionsCheck,
    Enrolment,
    Rating,
    Reminder,
    Study,
)
from observers.selectors import conduct as selectors
from observers.selectors.readings import readings_table
from observers.services import invitations, leaving, reminders, studies
from observers.services.verification import verify_study
from tests import factories

pytestmark = pytest.mark.django_db
ROWS = """e-mail, group, years
kim@example.org, gp, 12
lee@example.org, Nobody, 3
not-an-address, gp, 3
park@example.org, gp, many
choi@example.org, gp, 6.5
kim@example.org, gp, 12
"""


def at(name, study, *arguments):
    return reverse(f"observers:{name}", args=[study.name, *arguments])


@pytest.fixture
def draft(coordinator) -> Study:
    return factories.StudyFactory(owner=coordinator)


@pytest.fixture
def study(coordinator) -> Study:
    """An open study; the first reader has rated one case."""
    made = factories.open_study(owner=coordinator)
    factories.rate_next(factories.started_session(made), 97)
    return made


def opened_ago(study: Study, **ago) -> Study:
    Study.objects.filter(pk=study.pk).update(
        opened_at=timezone.now() - timedelta(**ago)
    )
    study.refresh_from_db()
    return study


def row_of(study: Study, pseudonym: str) -> selectors.Conduct:
    rows = selectors.conduct(study)
    return next(row for row in rows if row.enrolment.pseudonym == pseudonym)


def test_good_rows_are_invited_and_bad_ones_are_named_and_kept(
    coordinator_client, draft, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        page = coordinator_client.post(at("invite-many", draft), {"rows": ROWS})

    assert [m.to[0] for m in mail.outbox] == ["kim@example.org", "choi@example.org"]
    assert draft.enrolments.count() == 2
    faults = {fault.line: fault.reason for fault in page.context["faults"]}
    assert set(faults) == {3, 4, 5, 7}
    assert "Nobody" in faults[3]
    assert "is no address" in faults[4]
    assert "is no number" in faults[5]
    assert "reads in this study already" in faults[7]
    assert "lee@example.org, Nobody, 3" in page.text
    assert "choi@example.org, gp" not in page.text


def test_a_csv_by_group_name_with_semicolons(coordinator_client, draft):
    from django.core.files.uploadedfile import SimpleUploadedFile

    name = draft.rules.groups[0].name.upper()
    file = SimpleUploadedFile("r.csv", f"a@example.org;{name};7,5\n".encode())

    answer = coordinator_client.post(at("invite-many", draft), {"table": file})

    assert answer.status_code == 302
    own = draft.enrolments.get()
    assert (own.group.key, own.years) == (draft.rules.groups[0].key, Decimal("7.5"))


def test_a_group_may_be_named_by_what_only_its_name_begins_with(
    coordinator_client, draft
):
    rows = "a@example.org, ophthalmologist, 12\nb@example.org, o, 3"

    page = coordinator_client.post(at("invite-many", draft), {"rows": rows})

    assert draft.enrolments.get().group.key == "ophthalmologists"
    assert [fault.line for fault in page.context["faults"]] == [2]


def test_who_invites_is_told_that_no_e_mail_leaves_the_server(
    coordinator_client, draft, settings
):
    said = "This server sends no e-mail yet"
    pages = (at("readers", draft), at("study", draft))
    assert not any(said in coordinator_client.get(page).text for page in pages)

    settings.EMAIL_BACKEND = invitations.CONSOLE

    assert all(said in coordinator_client.get(page).text for page in pages)


def test_pace_and_forecast_are_counted_from_the_first_rating(study):
    with triggers.lifted():
        Rating.objects.update(received_at=timezone.now() - timedelta(days=2))
    row = row_of(study, "R01")

    assert row.pace is not None
    assert round(row.pace.per_day, 1) == 0.5
    assert row.pace.ends_on == timezone.localdate() + timedelta(days=14)
    assert selectors.forecast(selectors.conduct(study)) is None  # R02 has not begun


def test_quiet_readers_are_late_and_those_who_are_done_are_not(study):
    opened_ago(study, days=5)

    assert row_of(study, "R01").late_because == ""  # rated just now
    assert row_of(study, "R02").late_because == "no rating for 5 days"

    study = Study.objects.get(pk=study.pk)
    studies.close_study(study=study, user=None)
    assert not selectors.late_readers(Study.objects.get(pk=study.pk))


def test_a_date_asks_for_an_even_pace(study, coordinator_client):
    opened_ago(study, days=5)
    due = timezone.localdate() + timedelta(days=5)
    coordinator_client.post(at("due", study), {"due_on": due.isoformat()})
    study.refresh_from_db()

    assert study.due_on == due
    assert row_of(study, "R02").late_because == "0 rated, 4 expected by now"
    Study.objects.update(due_on=date(2020, 1, 1))
    study.refresh_from_db()
    assert "was to be done by 2020-01-01" in row_of(study, "R01").late_because


def test_each_standing_wears_its_badge_and_why_on_both_pages(study, coordinator_client):
    study = opened_ago(study, days=5)
    Enrolment.objects.filter(study=study, pseudonym="R01").update(
        excluded_at=timezone.now(), excluded_because="Knew <two> of them."
    )
    row = row_of(study, "R02")
    assert (row_of(study, "R01").standing, row.standing) == ("excluded", "late")

    for reader, badge, why in (
        ("R01", "excluded", "Knew &lt;two&gt; of them."),
        ("R02", "late", row.late_because),
    ):
        for text in (
            coordinator_client.get(at("readers", study)).text.split(f">{reader}<")[1],
            coordinator_client.get(at("reader", study, reader)).text,
        ):
            own = text.partition("</tr>")[0].partition("</header>")[0]
            words = re.sub(r"<[^>]*>", " ", own)
            assert re.search(rf"\b{badge}\s+{re.escape(why)}", words)
            assert own.count('class="badge') == 1


def test_reminders_go_to_the_late_alone_and_not_twice(
    study, settings, django_capture_on_commit_callbacks
):
    settings.SITE_URL = "https://fundus.example.org"
    opened_ago(study, days=5)
    for own in study.enrolments.select_related("user"):
        own.user.email = f"{own.pseudonym}@example.org"
        own.user.save()

    with django_capture_on_commit_callbacks(execute=True):
        call_command("tick")
        call_command("tick")

    assert [message.to for message in mail.outbox] == [["R02@example.org"]]
    assert "8 images" in mail.outbox[0].body
    assert "https://fundus.example.org/" in mail.outbox[0].body
    assert AuditEvent.objects.filter(verb="reminder sent").count() == 1
    Reminder.objects.update(sent_at=timezone.now() - timedelta(days=3))
    assert len(reminders.remind(study=study)) == 1


def test_deviations_are_counted_without_scores(study, coordinator_client):
    session = factories.first_session(study)
    factories.rate_next(session, 50, elapsed_ms=700)
    for device, width in (("a" * 32, 1440), ("b" * 32, 800)):
        ConditionsCheck.objects.create(
            enrolment=session.enrolment,
            device=device,
            screen_width=width,
            screen_height=900,
            window_width=width,
            window_height=800,
            pixel_ratio=1,
            zoom=1,
            grey_steps=11,
            dark_patches=8,
        )

    row = row_of(study, "R01")
    page = coordinator_client.get(at("readers", study)).text
    only = coordinator_client.get(at("readers", study), {"only": "deviations"})
    sheet = coordinator_client.get(at("readers-csv", study)).text

    assert row.deviations["fast"] == 2  # 1.5 and 0.7 seconds
    assert row.deviations["small"] == 1
    assert row.deviations["device"] == 1
    assert "more than one device" in page
    assert [r.enrolment.pseudonym for r in only.context["rows"]] == ["R01"]
    assert ">97<" not in page
    assert not re.search(r"(?<![\d-])97(?!\d)", sheet)
    assert sheet.splitlines()[1].startswith("R01,")


def test_excluded_reader_reads_no_more_and_nothing_is_lost(study, coordinator_client):
    session = factories.first_session(study)

    coordinator_client.post(at("exclude", study, "R01"), {"reason": "no"})
    assert not Enrolment.objects.exclude(excluded_at=None).exists()
    coordinator_client.post(
        at("exclude", study, "R01"), {"reason": "Knew the photographs already."}
    )

    own = Enrolment.objects.get(pseudonym="R01", study=study)
    assert own.excluded_at is not None
    with pytest.raises(ConsentMissing, match="Your part in this study has ended"):
        factories.rate_next(session)
    assert Rating.objects.count() == 1
    assert readings_table(study).readers == ("R02",)
    event = AuditEvent.objects.get(verb="reader excluded")
    assert event.detail["reason"] == "Knew the photographs already."
    assert event.detail["heads"][session.token][0] == 1
    assert verify_study(study=Study.objects.get(pk=study.pk)).is_sound
    page = coordinator_client.get(at("readers", study)).text
    assert "Knew the photographs already." in page


def test_a_draft_s_readers_are_not_excluded_and_a_word_is_no_reason(
    study, draft, coordinator
):
    rated = Enrolment.objects.get(study=study, pseudonym="R01")
    with pytest.raises(WrongReaders, match="Say in a sentence"):
        leaving.exclude_reader(enrolment=rated, actor=coordinator, reason=" ")
    early = factories.enrol(draft)
    with pytest.raises(WrongState, match="between freezing and lock"):
        leaving.exclude_reader(
            enrolment=early, actor=coordinator, reason="Cannot come at all."
        )


def test_the_page_asks_as_many_questions_for_many_readers(
    coordinator_client, coordinator
):
    counts = []
    for n in (1, 6):
        study = factories.open_study(n, owner=coordinator)
        with CaptureQueriesContext(connection) as queries:
            page = coordinator_client.get(at("readers", study))
        counts.append(len(queries))
        assert page.text.count(f"{at('readers', study)}R0") == n

    assert counts[0] == counts[1]
