"""A frozen protocol is amended with a reason; versions differ readably; seals hold."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from observers.exceptions import WrongProtocol, WrongState
from observers.models import Amendment, AuditEvent, Reminder, Study
from observers.models.protocol import Protocol
from observers.selectors.versions import versions
from observers.services import amending, reminders, studies
from observers.services.verification import verify_study
from tests.observers.amended import REASON, amend, at, filled, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(coordinator) -> Study:
    return opened(coordinator)


def amended(client, study, **changes):
    answer = client.post(at("amend", study), filled(client, study) | changes)
    study.refresh_from_db()
    return answer


def test_amended_text_holds_and_both_versions_are_shown(coordinator_client, study):
    frozen = (study.protocol, study.protocol_hash)

    answer = amended(
        coordinator_client,
        study,
        consent="I agree to read. Call 123.",
        washout_days=14,
        reason=REASON,
    )

    assert answer.status_code == 302
    assert study.rules.consent == "I agree to read. Call 123."
    assert study.rules.washout_days == 14
    assert (study.protocol, study.protocol_hash) == frozen
    newest, first = versions(study)
    assert (newest.number, first.number) == (2, 1)
    texts = {
        str(d.name): [(p.kind, p.text) for p in d.pieces] for d in newest.differences
    }
    assert texts["Consent"] == [("same", "I agree to read."), ("added", "Call 123.")]
    assert texts["Days between two readings of a set"] == [
        ("removed", "0"),
        ("added", "14"),
    ]
    page = coordinator_client.get(at("protocol", study)).text
    assert REASON in page
    assert "<ins>Call 123.</ins>" in page
    assert newest.digest in page
    assert first.digest in page
    assert AuditEvent.objects.get(verb="protocol amended").detail["version"] == 2
    assert verify_study(study=study).is_sound


def test_without_reason_or_change_nothing_is_amended(coordinator_client, study):
    no_reason = amended(coordinator_client, study, consent="Other.", reason="because")
    no_change = amended(coordinator_client, study, reason=REASON)

    assert "Say in a sentence why" in no_reason.text
    assert "Nothing was changed." in no_change.text
    assert not Amendment.objects.exists()


def test_what_makes_another_study_is_refused(study, coordinator):
    with pytest.raises(WrongProtocol, match="n_original is fixed"):
        amend(study, coordinator, n_original=9)
    closed = studies.close_study(study=study, user=None)
    with pytest.raises(WrongState, match="between freezing and closing"):
        amend(closed, coordinator, consent="x")


@pytest.mark.parametrize("field", sorted(Protocol.__dataclass_fields__))
def test_every_entry_is_amended_or_refused_with_its_reason(study, coordinator, field):
    if field in amending.AMENDABLE or field == "version":
        return
    with pytest.raises(WrongProtocol, match=f"{field} is fixed .*frozen[.] [A-Z]"):
        amend(study, coordinator, **{field: getattr(study.rules, field)})


def test_planned_readers_contact_and_reminders_are_amended_and_shown(
    coordinator_client, study
):
    key = study.rules.groups[0].key
    amended(
        coordinator_client,
        study,
        contact="Dr Kim, 123",
        reminder_days=7,
        **{f"planned-{key}": 9},
        reason=REASON,
    )

    assert study.rules.groups[0].n_readers == 9
    assert study.rules.groups[1:] == Protocol.from_dict(study.protocol).groups[1:]
    assert (study.rules.contact, study.rules.reminder_days) == ("Dr Kim, 123", 7)
    newest = versions(study)[0]
    told = {
        str(one.name): " ".join(p.text for p in one.pieces if p.kind == "added")
        for one in newest.differences
    }
    assert told["Whom readers ask"] == "Dr Kim, 123"
    assert "9" in told["Readers planned"]
    page = coordinator_client.get(at("study", study)).text
    assert "of 9 planned" in page
    assert verify_study(study=study).is_sound


def test_planned_readers_are_amended_through_the_api(coordinator_client, study):
    address = reverse("api:amendments", args=[study.name])
    first, *others = study.rules.groups

    def send(**entries):
        return coordinator_client.post(
            address,
            {"reason": REASON, "begun_from": 1} | entries,
            content_type="application/json",
        )

    made = send(planned={first.key: 9})
    wrong = send(planned={"nurses": 2})
    many = send(planned={first.key: 501})

    study.refresh_from_db()
    assert made.status_code == 201
    assert "9" in str(made.json()[0]["differences"])
    assert study.rules.groups[0].n_readers == 9
    assert list(study.rules.groups[1:]) == others
    assert (wrong.status_code, many.status_code) == (400, 400)
    assert "'nurses' is not a group of this study" in wrong.text
    assert Amendment.objects.count() == 1
    assert verify_study(study=study).is_sound


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"opens_on": "2027-01-04"}, "opens_on is no entry of the protocol. The pro"),
        ({"due_on": "2027-03-31"}, "is set among the readers"),
        ({"n_original": 9}, "n_original is fixed since the study was frozen. They"),
        ({"groups": 5}, "They are compared with each other"),
        ({"instruction": "Look."}, "instruction is no entry of the protocol."),
    ],
)
def test_the_api_says_why_an_entry_is_not_amended(
    coordinator_client, study, entry, sentence
):
    given = {"reason": REASON, "begun_from": 1, "contact": "Dr Kim"} | entry
    address = reverse("api:amendments", args=[study.name])

    told = coordinator_client.post(address, given, content_type="application/json")

    assert told.status_code == 400
    assert sentence in told.text
    assert not Amendment.objects.exists()


def test_dates_are_refused_where_the_protocol_sets_none(
    coordinator_client, study, coordinator
):
    with pytest.raises(WrongProtocol, match="a coordinator opens and closes"):
        amend(study, coordinator, closes_on="x")
    page = coordinator_client.get(at("amend", study)).text

    assert "The protocol sets none" in page
    assert f'href="{at("readers", study)}"' in page


def test_a_changed_day_says_in_the_trail_what_it_was(study, coordinator):
    for day in (date(2027, 3, 31), date(2027, 4, 30), None):
        reminders.set_due(study=study, actor=coordinator, due_on=day)

    told = AuditEvent.objects.filter(verb="due date set").order_by("pk")
    assert [(one.detail["before"], one.detail["due_on"]) for one in told] == [
        ("", "2027-03-31"),
        ("2027-03-31", "2027-04-30"),
        ("2027-04-30", ""),
    ]


def test_groups_themselves_are_not_amended(study, coordinator):
    groups = study.rules.to_dict()["groups"]
    groups[0]["min_years"] += 1

    with pytest.raises(WrongProtocol, match="compared with each other"):
        amend(study, coordinator, groups=groups)


def test_the_page_says_what_is_fixed_and_why(coordinator_client, study):
    page = coordinator_client.get(at("amend", study)).text

    assert all(escape(str(one.why)) in page for one in amending.FIXED)


def test_amended_reminders_are_sent_as_often_as_the_protocol_says(study, coordinator):
    Study.objects.update(opened_at=timezone.now() - timedelta(days=9))
    for own in study.enrolments.select_related("user"):
        own.user.email = f"{own.pseudonym}@example.org"
        own.user.save()
    entries = {"reminder_days": 0, "contact": "Dr Kim, 123"}
    amend(study, coordinator, **entries)

    assert reminders.remind_all() == 0
    entries = {"reminder_days": 7}
    amend(study, coordinator, **entries)
    assert reminders.remind_all() == 2
    Reminder.objects.update(sent_at=timezone.now() - timedelta(days=5))
    assert reminders.remind_all() == 0
    Reminder.objects.update(sent_at=timezone.now() - timedelta(days=8))
    assert reminders.remind_all() == 2


def test_messages_name_whom_to_ask(study, coordinator):
    entries = {"contact": "Dr Kim, 123"}
    amend(study, coordinator, **entries)
    study.refresh_from_db()
    context = {"study": study, "link": "x", "days": 14, "left": 3}

    for name in ("invitation", "reminder"):
        text = render_to_string(f"observers/email/{name}.txt", context)
        assert "Questions? Ask Dr Kim, 123." in text


def test_tampering_is_found_and_rows_never_change(study, coordinator):
    amend(study, coordinator, washout_days=7)
    Study.objects.update(amended={"washout_days": 1})

    faults = verify_study(study=Study.objects.get(pk=study.pk)).faults

    assert "the protocol holds what nobody amended" in faults
    with pytest.raises(DatabaseError), transaction.atomic():
        Amendment.objects.update(reason="another")
