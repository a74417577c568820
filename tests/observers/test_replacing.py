"""A reader's place is given to somebody else; what was rated there stays as it is."""

from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse

from observers import triggers
from observers.exceptions import WrongReaders, WrongState
from observers.models import AuditEvent, Enrolment, Rating, Session, Study
from observers.reports.result import build_result, compare
from observers.selectors import conduct as selectors
from observers.selectors.readings import readings_table
from observers.selectors.studies import group_counts, pipeline, progress, studies_of
from observers.services import locking, replacing, studies
from observers.services.replacing import Newcomer
from observers.services.sealing import PLACE_SEALED
from observers.services.verification import verify_study
from tests import factories

pytestmark = pytest.mark.django_db
NEW = {"email": "New@example.org", "years": "9"}
WHY = "Moved to another hospital."


@pytest.fixture
def study(coordinator) -> Study:
    """An open study; the first reader has rated one case."""
    made = factories.open_study(owner=coordinator)
    factories.rate_next(factories.started_session(made), 97)
    return made


@pytest.fixture
def replaced(study, coordinator_client, django_capture_on_commit_callbacks) -> Study:
    """The same study, its first reader replaced."""
    with django_capture_on_commit_callbacks(execute=True):
        coordinator_client.post(address(study, "R01"), NEW | {"reason": WHY})
    return study


def address(study: Study, pseudonym: str, page: str = "replace") -> str:
    return reverse(f"observers:{page}", args=[study.name, pseudonym])


def reader(study: Study, pseudonym: str) -> Enrolment:
    return Enrolment.objects.get(study=study, pseudonym=pseudonym)


def first_of(study: Study, pseudonym: str) -> Session:
    return reader(study, pseudonym).sessions.get(position=0)


def faults(study: Study) -> tuple[str, ...]:
    return verify_study(study=Study.objects.get(pk=study.pk)).faults


def newcomer(reason: str = WHY) -> Newcomer:
    return Newcomer("new@example.org", Decimal(5), reason)


def test_a_place_without_ratings_is_handed_over_and_the_seal_holds(
    study, coordinator_client, django_capture_on_commit_callbacks
):
    before = reader(study, "R02")
    with django_capture_on_commit_callbacks(execute=True):
        coordinator_client.post(address(study, "R02"), NEW)

    own = reader(study, "R02")
    assert own.pk == before.pk
    assert own.user.username == "new@example.org"
    assert own.years == 9
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    detail = AuditEvent.objects.get(verb="reader replaced").detail
    assert detail["from"] == before.user.username
    assert faults(study) == ()


def test_a_page_that_showed_another_reader_replaces_nobody(study, coordinator_client):
    page = coordinator_client.get(address(study, "R02", "reader"))
    seen = page.context["replace_form"].initial["instead_of"]
    assert f'name="instead_of" value="{seen}"' in page.text
    coordinator_client.post(address(study, "R02"), NEW | {"instead_of": seen})

    late = {"email": "late@example.org", "years": 3, "instead_of": seen}
    told = coordinator_client.post(address(study, "R02"), late, follow=True)

    assert "Somebody else was given this place meanwhile" in told.text
    assert reader(study, "R02").user.username == "new@example.org"
    assert AuditEvent.objects.filter(verb="reader replaced").count() == 1


def test_who_has_rated_is_excluded_and_a_new_reader_takes_the_place(replaced):
    old, new = reader(replaced, "R01"), reader(replaced, "R03")

    assert (old.excluded_because, old.excluded_at is None) == (WHY, False)
    assert Rating.objects.get().session.enrolment == old
    assert (new.replaces, new.group, new.years) == (old, old.group, 9)
    assert new.user.username == "new@example.org"
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    event = AuditEvent.objects.get(verb="reader replaced")
    assert event.detail["by"] == "R03"
    assert event.detail["reason"] == WHY
    assert [1, old.sessions.get(length=1).head] in event.detail["heads"].values()
    assert faults(replaced) == ()


def test_the_newcomer_has_the_same_sets_in_the_same_order_and_other_tokens(replaced):
    old, new = (
        [(s.position, s.opt_set_id, s.round) for s in one.sessions.all()]
        for one in (reader(replaced, "R01"), reader(replaced, "R03"))
    )

    assert new == old
    sessions = Session.objects.filter(enrolment__study=replaced)
    cases = {
        s.pk: set(s.items.values_list("case", flat=True))
        for s in sessions.filter(enrolment__pseudonym__in=["R01", "R03"])
    }
    assert all(cases.values())
    assert len({frozenset(own) for own in cases.values()}) == len(old)


def test_the_newcomer_s_ratings_count_and_the_other_s_do_not(replaced):
    session = first_of(replaced, "R03")
    factories.rate_next(factories.begun(session), 31)

    table = readings_table(replaced)
    assert set(table.readers) == {"R02", "R03"}
    assert faults(replaced) == ()


def test_pace_progress_and_lists_count_who_takes_part(replaced, coordinator):
    rows = selectors.conduct(replaced)
    went = progress(replaced)
    total = replaced.rules.cases_per_set * len(replaced.rules.lesions)

    assert sum(one.readers for one in selectors.by_group(replaced, rows)) == 2
    assert [one.rated for one in selectors.by_set(["a"], rows)] == [0]
    assert sum(one.enrolled for one in group_counts(replaced, went)) == 2
    read = next(step for step in pipeline(replaced, went) if step.key == "read")
    assert read.text == f"0 / {2 * total}"
    assert studies_of(coordinator).get(pk=replaced.pk).n_readers == 2


def test_a_plan_that_nobody_sealed_is_named(replaced):
    with triggers.lifted():
        AuditEvent.objects.filter(verb=PLACE_SEALED)._raw_delete("default")

    assert "was added" in " ".join(faults(replaced))


def test_a_changed_seal_of_a_place_is_named(replaced):
    event = AuditEvent.objects.get(verb=PLACE_SEALED)
    sessions = dict.fromkeys(event.detail["sessions"], "0" * 64)
    with triggers.lifted():
        AuditEvent.objects.filter(pk=event.pk).update(
            detail=event.detail | {"sessions": sessions}
        )

    found = faults(replaced)
    assert any("seal of the plan was changed" in fault for fault in found)


@pytest.mark.parametrize("state", ["closed", "locked", "draft"])
def test_no_reader_is_replaced_when_nobody_can_read(study, coordinator, state):
    Study.objects.filter(pk=study.pk).update(state=state)

    with pytest.raises(WrongState, match="between freezing and closing"):
        replacing.replace_reader(
            own=reader(study, "R01"),
            actor=coordinator,
            newcomer=newcomer(),
            site="http://x/",
        )
    assert not Enrolment.objects.filter(user__username="new@example.org").exists()


def test_a_lock_is_said_on_the_page_and_nothing_changes(study, coordinator_client):
    Study.objects.filter(pk=study.pk).update(state="locked")

    page = coordinator_client.post(
        address(study, "R01"), NEW | {"reason": WHY}, follow=True
    )

    assert "Readers are replaced between freezing and closing" in page.text
    assert study.enrolments.count() == 2


def test_a_reason_is_needed_and_nobody_is_replaced_twice(replaced, coordinator):
    old, other = reader(replaced, "R01"), reader(replaced, "R03")
    factories.rate_next(factories.begun(other.sessions.first()), 31)

    with pytest.raises(WrongState, match="replaced already, by R03"):
        replacing.replace_reader(
            own=old, actor=coordinator, newcomer=newcomer(), site="http://x/"
        )
    with pytest.raises(WrongReaders, match="reads in this study already"):
        replacing.replace_reader(
            own=other, actor=coordinator, newcomer=newcomer(), site="http://x/"
        )
    with pytest.raises(WrongReaders, match="Say in a sentence"):
        replacing.replace_reader(
            own=other,
            actor=coordinator,
            newcomer=Newcomer("further@example.org", Decimal(5), "no"),
            site="http://x/",
        )
    assert replaced.enrolments.count() == 3


def test_the_reader_s_page_tells_both_and_what_can_be_done(
    replaced, coordinator_client
):
    old = coordinator_client.get(address(replaced, "R01", "reader")).text
    new = coordinator_client.get(address(replaced, "R03", "reader")).text

    assert WHY in old
    assert address(replaced, "R03", "reader") in old
    assert "Invite in this place" not in old
    assert "Took the place of R01" in new
    assert "Send a new link" in new
    assert ">97<" not in old


def test_a_report_says_who_left_why_and_who_came(replaced, coordinator):
    session = first_of(replaced, "R03")
    factories.rate_next(factories.begun(session), 31)
    studies.close_study(study=replaced, user=coordinator)
    locking.lock_study(study=Study.objects.get(pk=replaced.pk), user=coordinator)

    study = Study.objects.get(pk=replaced.pk)
    found = build_result(study, None, compare(study, readings_table(study)))

    assert [one["reader"] for one in found["study"]["readers"]] == ["R02", "R03"]
    assert found["study"]["left"][0]["replaced_by"] == "R03"
    told = " ".join(found["warnings"])
    assert f"R01 was excluded and is left out: {WHY}" in told
    assert "R03 took the place of R01." in told
