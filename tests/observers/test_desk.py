"""The coordinator's pages: create, edit, enrol, freeze, open, watch, close, lock."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from observers.models import AuditEvent, Enrolment, Study
from observers.selectors import studies as selectors
from observers.services import locking, studies
from tests import factories


@pytest.fixture
def draft(coordinator) -> Study:
    return factories.StudyFactory(owner=coordinator)


def at(name, study, *arguments):
    return reverse(f"observers:{name}", args=[study.name, *arguments])


def test_new_reader_gets_a_password_that_is_shown_once(coordinator_client, draft):
    answer = coordinator_client.post(
        at("enrol", draft), {"username": "kim", "group": "gp", "years": "7.5"}
    )

    user = get_user_model().objects.get(username="kim")
    password = answer.context["enrolled"].password
    assert user.check_password(password)
    assert password in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    again = coordinator_client.get(draft.get_absolute_url()).content.decode()
    assert password not in again
    assert "R01" in again


def test_existing_account_is_enrolled_without_a_password(coordinator_client, draft):
    user = factories.UserFactory(username="lee")

    answer = coordinator_client.post(
        at("enrol", draft), {"username": "lee", "group": "gp", "years": "7"}
    )

    assert answer.status_code == 302
    assert Enrolment.objects.get(user=user).pseudonym == "R01"
    assert AuditEvent.objects.filter(verb="reader enrolled").count() == 1


@pytest.mark.parametrize(
    ("username", "sentence"),
    [("coordinator", "cannot be its reader"), ("lee", "reads in this study already")],
)
def test_person_who_cannot_read_is_refused_in_words(
    coordinator_client, draft, username, sentence
):
    factories.enrol(draft, factories.UserFactory(username="lee"))

    answer = coordinator_client.post(
        at("enrol", draft), {"username": username, "group": "gp", "years": "7"}
    )

    assert sentence in answer.content.decode()
    assert Enrolment.objects.count() == 1


def test_removed_reader_leaves_no_gap(coordinator_client, draft):
    for _ in range(3):
        factories.enrol(draft)

    coordinator_client.post(at("remove-reader", draft, "R02"))

    assert list(draft.enrolments.values_list("pseudonym", "position")) == [
        ("R01", 0),
        ("R02", 1),
    ]


def test_role_is_given_and_unknown_account_is_named(coordinator_client, draft):
    factories.UserFactory(username="ana")
    for name in ("ana", "nobody"):
        answer = coordinator_client.post(
            at("give-role", draft), {"username": name, "role": "analyst"}, follow=True
        )

    assert draft.roles.filter(user__username="ana", role="analyst").exists()
    assert "There is no account called nobody" in answer.content.decode()


def test_study_goes_its_way_by_the_buttons(coordinator_client, draft):
    factories.enrol(draft)
    for state in ("frozen", "open", "closed", "locked"):
        page = coordinator_client.get(draft.get_absolute_url()).content.decode()
        assert at("move", draft, state) in page
        coordinator_client.post(at("move", draft, state))
        draft.refresh_from_db()
        assert draft.state == state

    page = coordinator_client.get(draft.get_absolute_url()).content.decode()
    assert draft.lock.data_hash in page


def test_move_that_is_refused_is_said_in_words(coordinator_client, draft):
    answer = coordinator_client.post(at("move", draft, "open"), follow=True)

    assert "is draft and cannot become open now" in answer.content.decode()
    assert coordinator_client.post(at("move", draft, "nowhere")).status_code == 404


def test_draft_page_says_what_is_missing(coordinator_client, coordinator):
    study = factories.StudyFactory(
        owner=coordinator, protocol=factories.tiny_protocol(n_original=40)
    )

    page = coordinator_client.get(study.get_absolute_url()).content.decode()

    assert "No reader is enrolled." in page
    assert "8 of 41 clusters" in page
    assert "Freeze for good" not in page


def test_every_step_of_a_study_is_asked_for_once_more(coordinator_client, coordinator):
    study = factories.StudyFactory(owner=coordinator)
    for group in study.groups.all():
        factories.enrol(study, group=group.key)

    for state, sure in (
        ("frozen", "This cannot be undone."),
        ("open", "an open study can only be closed."),
        ("closed", "This cannot be undone."),
        ("locked", "This cannot be undone."),
    ):
        page = coordinator_client.get(study.get_absolute_url()).text
        asked = [
            part
            for part in re.findall(r"<details>.*?</details>", page, re.DOTALL)
            if at("move", study, state) in part
        ]
        assert len(asked) == page.count(at("move", study, state)) == 1
        assert sure in asked[0]
        coordinator_client.post(at("move", study, state))


def test_progress_is_counted_without_looking_at_scores(coordinator_client, coordinator):
    study = factories.open_study(owner=coordinator)
    session = factories.started_session(study)
    factories.rate_next(session, 97)

    rows = selectors.progress(study)
    page = coordinator_client.get(study.get_absolute_url()).content.decode()

    assert [(row.rated, row.total) for row in rows] == [(1, 8), (0, 8)]
    assert "1 / 4" in page
    assert not re.search(r"(?<![\d-])97(?!\d)", page.replace(study.name, ""))


def test_analyst_sees_pseudonyms_and_no_accounts(client_of, coordinator):
    study = factories.open_study(owner=coordinator)
    analyst = factories.UserFactory(username="ana")
    factories.give_role(study, analyst, "analyst")
    factories.started_session(study)

    page = client_of(analyst).get(study.get_absolute_url()).content.decode()

    assert "R01" in page
    for enrolment in study.enrolments.all():
        assert enrolment.user.username not in page
    assert "End the reading" not in page


def test_protocol_page_shows_words_hash_and_warning(coordinator_client, coordinator):
    study = factories.frozen_study(
        owner=coordinator, protocol=factories.tiny_protocol(filters="unequal")
    )

    page = coordinator_client.get(at("protocol", study)).content.decode()

    assert study.protocol_hash in page
    assert "sharpness alone" in page
    assert "Readers are not told how many are manipulated." in page


def test_queries_of_the_study_page_do_not_grow_with_readers(
    coordinator_client, coordinator
):
    from django.db import connection

    counts = []
    for n in (1, 4):
        study = factories.open_study(n, owner=coordinator)
        with CaptureQueriesContext(connection) as queries:
            coordinator_client.get(study.get_absolute_url())
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_home_queries_do_not_grow_with_studies(coordinator_client, coordinator):
    from django.db import connection

    counts = []
    for _ in range(2):
        factories.StudyFactory(owner=coordinator)
        with CaptureQueriesContext(connection) as queries:
            page = coordinator_client.get(reverse("observers:home"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert page.content.decode().count("studies/study-") == 2


def test_lock_is_refused_when_the_evidence_does_not_verify(db):
    from observers import triggers
    from observers.exceptions import WrongState
    from observers.models import Rating

    study = factories.open_study()
    session = factories.started_session(study)
    factories.rate_next(session)
    with triggers.lifted():
        Rating.objects.update(score=99)
    closed = studies.close_study(study=study, user=study.owner)

    with pytest.raises(WrongState, match="was changed after it was recorded"):
        locking.lock_study(study=closed, user=study.owner)

    closed.refresh_from_db()
    assert closed.state == "closed"


def test_data_hash_follows_every_rating(db):
    from observers import triggers
    from observers.models import Rating
    from observers.services.verification import verify_study

    study = factories.open_study()
    factories.rate_next(factories.started_session(study))
    closed = studies.close_study(study=study, user=None)
    locking.lock_study(study=closed, user=None)
    sound = verify_study(study=Study.objects.get(pk=study.pk))
    with triggers.lifted():
        Rating.objects.update(score=99)

    changed = verify_study(study=Study.objects.get(pk=study.pk))

    assert sound.is_sound
    assert any("not those that were locked" in fault for fault in changed.faults)


def test_table_has_pseudonyms_missing_cells_and_the_last_version(db):
    from observers.selectors.readings import COLUMNS, readings_table, tidy_rows
    from observers.services import reading

    study = factories.open_study()
    session = factories.started_session(study)
    factories.rate_next(session, 10)
    reading.undo_rating(token=session.token, reader=session.enrolment.user)
    factories.rate_next(session, 30, version=2)
    factories.rate_next(session, None, cannot_rate="Technical fault")

    rows = list(tidy_rows(study))
    table = readings_table(study)
    people = {e.user.username for e in study.enrolments.all()}

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 16
    assert sorted(row["score"] for row in rows)[-1] == "30"
    assert [row["score"] for row in rows].count("") == 15
    assert table.readers == ("R01", "R02")
    assert table.n_missing == 15
    assert not people & {str(value) for row in rows for value in row.values()}
    assert len({row["patient"] for row in rows}) == 8
