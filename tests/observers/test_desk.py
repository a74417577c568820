"""The coordinator's pages: create, edit, enrol, freeze, open, watch, close, lock."""

import pytest
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from observers.models import AuditEvent, Enrolment, Study
from observers.selectors import studies as selectors
from observers.services import locking, studies
from tests import factories

GROUPS = {
    "groups-TOTAL_FORMS": "2",
    "groups-INITIAL_FORMS": "2",
    "groups-0-name": "Ophthalmologists",
    "groups-0-key": "ophthalmologists",
    "groups-0-n_readers": "1",
    "groups-0-min_years": "10",
    "groups-1-name": "Doctors in training",
    "groups-1-n_readers": "0",
    "groups-1-min_years": "0",
}


@pytest.fixture
def form(db):
    return {
        "name": "pilot",
        "title": "A pilot",
        "pool": factories.tiny_pool().pool.name,
        "n_original": "3",
        "n_manipulated": "1",
        "question": "Manipulated?",
        "set_order": "latin-square",
        "filters": "matched",
        "undo_seconds": "5",
        "review": "none",
        "seed": "4",
        **GROUPS,
    }


@pytest.fixture
def draft(coordinator) -> Study:
    return factories.StudyFactory(owner=coordinator)


def at(name, study, *arguments):
    return reverse(f"observers:{name}", args=[study.name, *arguments])


def test_coordinator_creates_a_study(coordinator_client, form):
    answer = coordinator_client.post(reverse("observers:create"), form)

    study = Study.objects.get()
    assert answer.status_code == 302
    assert answer.url == study.get_absolute_url()
    assert study.rules.n_original == 3
    assert [g.key for g in study.groups.all()] == [
        "ophthalmologists",
        "doctors-in-training",
    ]
    assert len(study.rules.lesions) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "new study!"}, "letters, numbers, underscores or hyphens"),
        ({"n_original": "0"}, "greater than or equal to 1"),
        ({"pool": "none"}, "not one of the available choices"),
        ({"groups-0-name": "", "groups-1-name": ""}, "at least one group"),
        ({"groups-1-key": "ophthalmologists"}, "names the same thing twice"),
    ],
)
def test_wrong_form_says_what_is_wrong(coordinator_client, form, change, sentence):
    answer = coordinator_client.post(reverse("observers:create"), form | change)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Study.objects.exists()


def test_new_study_page_has_the_papers_values(coordinator_client):
    page = coordinator_client.get(reverse("observers:create")).content.decode()

    assert 'value="45"' in page
    assert 'value="Ophthalmologists"' in page


def test_taken_name_is_refused(coordinator_client, form, draft):
    answer = coordinator_client.post(
        reverse("observers:create"), form | {"name": draft.name}
    )

    assert "There is a study of this name already" in answer.content.decode()


def test_draft_is_edited(coordinator_client, draft, form):
    form |= {"n_original": "2", "title": "Changed"}

    answer = coordinator_client.post(at("edit", draft), form)

    draft.refresh_from_db()
    assert answer.status_code == 302
    assert draft.title == "Changed"
    assert draft.rules.n_original == 2
    assert draft.rules.lesions == ("glaucoma", "normal")
    assert AuditEvent.objects.filter(verb="protocol changed").exists()


def test_group_with_readers_cannot_go(coordinator_client, draft, form):
    factories.enrol(draft, group="gp")

    answer = coordinator_client.post(at("edit", draft), form)

    assert "has readers and cannot go" in answer.content.decode()


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


def test_progress_is_counted_without_looking_at_scores(coordinator_client, coordinator):
    study = factories.open_study(owner=coordinator)
    session = factories.started_session(study)
    factories.rate_next(session, 97)

    rows = selectors.progress(study)
    page = coordinator_client.get(study.get_absolute_url()).content.decode()

    assert [(row.rated, row.total) for row in rows] == [(1, 8), (0, 8)]
    assert "1 / 4" in page
    assert "97" not in page.replace(study.name, "")


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


def test_margin_and_claim_are_set_on_the_form_and_shown(db, client_of):
    study = factories.StudyFactory()
    client = client_of(study.owner)
    form = client.get(reverse("observers:edit", args=[study.name])).context["form"]
    data = {
        name: form.get_initial_for_field(f, name) for name, f in form.fields.items()
    }
    rows = {"groups-TOTAL_FORMS": 1, "groups-INITIAL_FORMS": 0}
    group = {"groups-0-name": "Doctors", "groups-0-n_readers": 2}
    group |= {"groups-0-min_years": 0, "groups-0-key": "doctors"}
    data = {k: v for k, v in data.items() if v not in (None, False)}
    data |= {"hypothesis": "non-inferiority", "margin": "0.08", **rows, **group}

    answer = client.post(reverse("observers:edit", args=[study.name]), data)
    page = client.get(reverse("observers:protocol", args=[study.name])).content.decode()

    assert answer.status_code == 302
    study.refresh_from_db()
    assert study.rules.analysis.hypothesis == "non-inferiority"
    assert study.rules.analysis.margin == 0.08
    assert "non-inferiority" in page
    assert "0.08" in page
