"""Who may create, edit, move and see a study; its states as a dict."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from observers.exceptions import (
    NotInThisStudy,
    OptSetFrozen,
    ReaderMustStayBlind,
    WrongState,
)
from observers.models import Study
from observers.policies.people import (
    Role,
    State,
    User,
    can,
    has_role,
    is_blinded,
    runs_studies,
)

TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.FROZEN}),
    State.FROZEN: frozenset({State.OPEN}),
    State.OPEN: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.LOCKED}),
    State.LOCKED: frozenset(),
}


def states_diagram() -> str:
    """Draw the transitions as Mermaid text for the README."""
    arrows = [
        f"    {source.value} --> {target.value}"
        for source, targets in TRANSITIONS.items()
        for target in sorted(targets)
    ]
    first, last = next(iter(TRANSITIONS)), [s for s, t in TRANSITIONS.items() if not t]
    return "\n".join(
        [
            "stateDiagram-v2",
            f"    [*] --> {first.value}",
            *arrows,
            *(f"    {state.value} --> [*]" for state in last),
        ]
    )


def check_can_create(user: User) -> None:
    """Refuse accounts without the right to create studies."""
    if not user.has_perm("observers.create_study"):
        raise PermissionDenied(
            _("Your account may not create studies; ask an administrator.")
        )
    if is_blinded(user):
        raise ReaderMustStayBlind(
            _(
                "You read in a study that is still running, so you cannot set up "
                "another one from the pools until it is locked."
            )
        )


def can_create(user: User) -> bool:
    """Whether the user may create studies."""
    return can(check_can_create, user)


def check_can_coordinate(user: User, study: Study) -> None:
    """Keep the desk of a study to its coordinators."""
    if not has_role(user, study, Role.COORDINATOR):
        raise NotInThisStudy(_("You do not coordinate this study."))


def can_coordinate(user: User, study: Study) -> bool:
    """Whether the user coordinates the study."""
    return can(check_can_coordinate, user, study)


def check_can_copy(user: User, study: Study) -> None:
    """Coordinators who may create studies take their own as a pattern."""
    check_can_coordinate(user, study)
    check_can_create(user)


def can_copy(user: User, study: Study) -> bool:
    """Whether the user may make a draft of the study's protocol."""
    return can(check_can_copy, user, study)


def check_can_see_study(user: User, study: Study) -> None:
    """Keep the study's page to its coordinators and analysts."""
    if not has_role(user, study, Role.COORDINATOR, Role.ANALYST):
        raise NotInThisStudy(_("You have no role in this study."))


def can_see_study(user: User, study: Study) -> bool:
    """Whether the user may open the study's page."""
    return can(check_can_see_study, user, study)


def check_is_draft(study: Study) -> None:
    """Protocol and readers change only before freezing."""
    if study.state != State.DRAFT:
        raise OptSetFrozen(
            _("{study} is {state}: its protocol and readers no longer change.").format(
                study=study.name, state=study.get_state_display()
            )
        )


def check_can_amend(user: User, study: Study) -> None:
    """Coordinators amend a protocol between freezing and closing."""
    check_can_coordinate(user, study)
    if study.state not in {State.FROZEN, State.OPEN}:
        raise WrongState(
            _("A protocol is amended between freezing and closing; a draft is edited.")
        )


def can_amend(user: User, study: Study) -> bool:
    """Whether the user may amend the protocol."""
    return can(check_can_amend, user, study)


def check_can_edit(user: User, study: Study) -> None:
    """Coordinators edit drafts."""
    check_can_coordinate(user, study)
    check_is_draft(study)


def can_edit(user: User, study: Study) -> bool:
    """Whether the user may change protocol and readers."""
    return can(check_can_edit, user, study)


def check_transition(study: Study, target: State) -> None:
    """Refuse every move that is not in `TRANSITIONS`."""
    if target not in TRANSITIONS[State(study.state)]:
        raise WrongState(
            _("{study} is {state} and cannot become {target} now.").format(
                study=study.name, state=study.get_state_display(), target=target.label
            )
        )


def check_can_move(user: User, study: Study, target: State) -> None:
    """Coordinators move a study along its states."""
    check_can_coordinate(user, study)
    check_transition(study, target)


def can_move(user: User, study: Study, target: State) -> bool:
    """Whether the user may bring the study to the state."""
    return can(check_can_move, user, study, target)


def check_can_see_results(user: User, study: Study) -> None:
    """Results exist after the lock, for those whose eyes are not needed blind."""
    check_can_see_study(user, study)
    if study.state != State.LOCKED:
        raise WrongState(_("Results are shown once the study is locked."))
    if is_blinded(user):
        raise ReaderMustStayBlind(
            _("You read in a study that is still running, so results stay closed.")
        )


def can_see_results(user: User, study: Study) -> bool:
    """Whether the user may open the results."""
    return can(check_can_see_results, user, study)


def check_can_break_glass(user: User, study: Study) -> None:
    """Only a superuser who does not read opens truth before the lock."""
    if not user.is_superuser:
        raise NotInThisStudy(_("Only an administrator may open the truth."))
    if is_blinded(user):
        raise ReaderMustStayBlind(
            _("You read in a study that is still running, so the truth stays closed.")
        )
    if study.state == State.DRAFT:
        raise WrongState(_("A draft has no cases yet."))


def check_can_check_images(user: User) -> None:
    """Whoever runs or analyses studies may ask the detector, unless blinded."""
    if not runs_studies(user):
        raise NotInThisStudy(
            _("Only coordinators and analysts may ask the detector about images.")
        )
    if is_blinded(user):
        raise ReaderMustStayBlind(
            _(
                "You read in a study that is still running, so the detector gives you "
                "no opinion until it is locked."
            )
        )


def can_check_images(user: User) -> bool:
    """Whether the user may ask the detector about images."""
    return can(check_can_check_images, user)
