"""The policy as a table: role x state -> allowed."""

import pytest
from django.contrib.auth.models import AnonymousUser

from forgery import policies as forgery_policies
from observers import policies
from observers.exceptions import ReaderMustStayBlind, WrongState
from observers.models import Study
from observers.policies import State
from observers.services import studies
from tests import factories

ROLES = ("owner", "coordinator", "analyst", "reader", "stranger", "superuser")
STATES = tuple(State.values)
DESK = {"owner", "coordinator", "superuser"}
TEAM = DESK | {"analyst"}


@pytest.fixture
def world(db):
    study = factories.StudyFactory()
    people = {
        "owner": study.owner,
        "coordinator": factories.UserFactory(),
        "analyst": factories.UserFactory(),
        "reader": factories.enrol(study).user,
        "stranger": factories.coordinator_user(),
        "superuser": factories.UserFactory(is_superuser=True),
    }
    factories.give_role(study, people["coordinator"], "coordinator")
    factories.give_role(study, people["analyst"], "analyst")
    return study, people


def in_state(study: Study, state: str) -> Study:
    """Put the row into a state without doing what leads there."""
    Study.objects.filter(pk=study.pk).update(state=state, protocol_hash="0" * 64)
    study.refresh_from_db()
    return study


EXPECTED = {
    policies.can_coordinate: dict.fromkeys(STATES, DESK),
    policies.can_see_study: dict.fromkeys(STATES, TEAM),
    policies.can_edit: {state: DESK if state == "draft" else set() for state in STATES},
    policies.can_see_results: {
        state: TEAM if state == "locked" else set() for state in STATES
    },
}


@pytest.mark.parametrize("can", EXPECTED, ids=lambda can: can.__name__)
def test_role_by_state(world, can):
    study, people = world
    allowed = {
        state: {role for role in ROLES if can(people[role], in_state(study, state))}
        for state in STATES
    }

    assert allowed == EXPECTED[can]


def test_move_by_role_and_state(world):
    study, people = world
    order = [*STATES[1:], None]
    for state, following in zip(STATES, order, strict=True):
        in_state(study, state)
        for role in ROLES:
            allowed = {t for t in State if policies.can_move(people[role], study, t)}
            may = role in DESK and following is not None
            assert allowed == ({State(following)} if may else set()), (state, role)


def test_create_by_role(world):
    _study, people = world

    allowed = {role for role in ROLES if policies.can_create(people[role])}

    assert allowed == {"owner", "stranger", "superuser"}
    assert not policies.can_create(AnonymousUser())


@pytest.mark.parametrize("state", STATES)
def test_readers_are_blinded_until_the_lock(world, state):
    study, people = world
    in_state(study, state)

    blinded = {role for role in ROLES if policies.is_blinded(people[role])}

    assert blinded == (set() if state == "locked" else {"reader"})
    assert not policies.is_blinded(AnonymousUser())
    assert forgery_policies.is_blinded(people["reader"]) is (state != "locked")


def test_blinded_coordinator_of_another_study_sees_neither_pools_nor_results(world):
    study, people = world
    other = factories.StudyFactory(owner=people["stranger"])
    in_state(other, "locked")
    assert policies.can_see_results(people["stranger"], other)
    assert forgery_policies.can(forgery_policies.check_can_look, people["stranger"])

    factories.enrol(study, people["stranger"])

    assert not policies.can_see_results(people["stranger"], other)
    assert not policies.can_create(people["stranger"])
    assert not forgery_policies.can(forgery_policies.check_can_look, people["stranger"])


@pytest.mark.parametrize("role", ["owner", "coordinator", "analyst"])
def test_team_of_a_study_cannot_read_in_it(world, role):
    study, people = world

    with pytest.raises(ReaderMustStayBlind):
        factories.enrol(study, people[role])


def test_reader_cannot_take_a_role(world):
    study, people = world

    with pytest.raises(ReaderMustStayBlind):
        factories.give_role(study, people["reader"], "analyst")


def test_superuser_who_reads_does_not_coordinate(world):
    study, people = world
    Study.objects.filter(pk=study.pk).update(state="draft")
    reader = people["reader"]
    reader.is_superuser = True
    reader.save()

    assert not policies.can_coordinate(reader, study)


def test_transitions_lead_from_draft_to_locked_one_by_one():
    path, state = [State.DRAFT], State.DRAFT
    while policies.TRANSITIONS[state]:
        (state,) = policies.TRANSITIONS[state]
        path.append(state)

    assert path == list(State)


def test_diagram_draws_every_transition():
    diagram = policies.states_diagram()

    assert diagram.startswith("stateDiagram-v2\n    [*] --> draft\n")
    assert diagram.endswith("locked --> [*]")
    for source, targets in policies.TRANSITIONS.items():
        for target in targets:
            assert f"{source.value} --> {target.value}" in diagram


def test_study_is_not_opened_before_it_is_frozen(world):
    study, people = world

    with pytest.raises(WrongState, match="cannot become open"):
        studies.open_study(study=study, user=people["owner"])
