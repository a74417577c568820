"""Who may do what with studies, in sentences and in pairs.

Creating a study needs the permission ``observers.create_study``, and is closed to
readers of studies that are not locked; whoever creates one coordinates it.
Coordinators of a study edit its protocol and enrol readers while it is a draft, and
move it along its states; a superuser stands in for a coordinator. Analysts and
coordinators see results once the study is locked.

A reader sees nothing but the reading room. Nobody is both reader and coordinator
or analyst of one study, and whoever reads in a study that is not yet locked sees
no results of any study: the images may be the same.

A reader may start a session once the consent that the study asks for is given, while
the study is open, the earlier sessions of the order are finished and the washout since
the last reading of the set is over. Who withdraws consent reads no more. The newest
page that a reader opened holds the session: an older one rates nothing new. A reader
may see the image of the case whose turn it is and of the
next ones only; and may rate only the case whose turn it is. A further version of a
rating is possible only for the case that was reopened: by undo (the last rating,
within the protocol's seconds), or by review (any rating until the session is
finished, where the protocol allows it). Practice, where truth is told after each
answer, is neither taken back nor reviewed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from observers.exceptions import (
    ConsentMissing,
    NotInThisStudy,
    NotThisReader,
    NotYetShown,
    OptSetFrozen,
    ReaderMustStayBlind,
    SessionClosed,
    TakenOver,
    WashoutNotOver,
    WrongState,
)
from observers.models import Enrolment, PlanItem, Rating, Session, Study, StudyRole
from observers.visibility import LOOK_AHEAD, may_review, opens_at, undo_is_open

User = AbstractUser | AnonymousUser
State = Study.State
Role = StudyRole.Role

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


def can(check: Callable[..., None], *arguments: Any) -> bool:
    """Turn a check into an answer, for templates and selectors."""
    try:
        check(*arguments)
    except PermissionDenied:
        return False
    return True


def is_blinded(user: Any) -> bool:
    """Whether the user reads in a study that is not locked."""
    if not user.is_authenticated:
        return False
    return (
        Enrolment.objects.filter(user_id=user.pk)
        .exclude(study__state=State.LOCKED)
        .exists()
    )


def has_role(user: User, study: Study, *roles: Role) -> bool:
    """Whether the user has one of the roles; a superuser counts as coordinator."""
    if user.is_superuser and Role.COORDINATOR in roles:
        return not is_reader(user, study)
    return StudyRole.objects.filter(
        study=study, user_id=user.pk or 0, role__in=roles
    ).exists()


def is_reader(user: User, study: Study) -> bool:
    """Whether the user is enrolled in the study."""
    return Enrolment.objects.filter(study=study, user_id=user.pk or 0).exists()


def runs_studies(user: User) -> bool:
    """Whether the user is staff, may create studies, or has a role in one."""
    if user.is_staff or user.has_perm("observers.create_study"):
        return True
    return StudyRole.objects.filter(user_id=user.pk or 0).exists()


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


def check_can_be_reader(user: User, study: Study) -> None:
    """Whoever runs or analyses a study cannot be its reader."""
    if has_role(user, study, Role.COORDINATOR, Role.ANALYST):
        raise ReaderMustStayBlind(
            _(
                "{user} coordinates or analyses this study and cannot be its reader."
            ).format(user=user.get_username())
        )


def check_can_take_role(user: User, study: Study) -> None:
    """Keep readers of a study from coordinating or analysing it."""
    if is_reader(user, study):
        raise ReaderMustStayBlind(
            _("{user} reads in this study and cannot take another role in it.").format(
                user=user.get_username()
            )
        )


def check_own_session(user: User, session: Session) -> None:
    """Keep a session to its own reader."""
    if session.enrolment.user_id != user.pk:
        raise NotThisReader(_("This is another reader's session."))


def check_study_open(session: Session) -> None:
    """Refuse reading while the study is not open."""
    study = session.enrolment.study
    if study.state != State.OPEN:
        raise SessionClosed(
            _("The study is not open for reading now. Your ratings so far are safe.")
        )


def lacks_consent(enrolment: Enrolment) -> bool:
    """Whether the study asks for a consent that the reader has not given yet."""
    if enrolment.is_simulated or enrolment.consented_at is not None:
        return False
    return bool(enrolment.study.rules.consent)


def check_is_enrolled(user: User, enrolment: Enrolment) -> None:
    """Keep consent and conditions to the reader they belong to."""
    if enrolment.user_id != user.pk:
        raise NotThisReader(_("This is another reader's place in the study."))


def check_can_consent(user: User, enrolment: Enrolment) -> None:
    """Whoever withdrew does not come back: the sessions are closed."""
    check_is_enrolled(user, enrolment)
    if enrolment.withdrawn_at is not None:
        raise ConsentMissing(
            _("You have withdrawn from this study; there is nothing more to read.")
        )


def check_can_withdraw(user: User, enrolment: Enrolment) -> None:
    """Consent is withdrawn until the ratings are locked."""
    check_is_enrolled(user, enrolment)
    if enrolment.study.state == State.LOCKED:
        raise WrongState(
            _("The ratings of this study are locked and can no longer be taken out.")
        )


def check_can_debrief(user: User, session: Session) -> None:
    """Show readers their own result after the lock, where the protocol says so."""
    check_own_session(user, session)
    study = session.enrolment.study
    if study.state != State.LOCKED or not study.rules.debrief:
        raise WrongState(_("Your own result is not shown now."))


def check_consent(session: Session) -> None:
    """Nobody reads before agreeing, nor after withdrawing."""
    if session.enrolment.withdrawn_at is not None:
        raise ConsentMissing(
            _("You have withdrawn from this study; there is nothing more to read.")
        )
    if lacks_consent(session.enrolment):
        raise ConsentMissing(_("Read and accept the consent of this study first."))


def check_can_start(user: User, session: Session) -> None:
    """Let a session start in its turn, and after its washout."""
    check_own_session(user, session)
    check_study_open(session)
    check_consent(session)
    if session.started_at is not None:
        return
    if has_earlier_unfinished(session):
        raise WashoutNotOver(_("Finish the earlier set first; this one opens then."))
    opens = washout_ends(session)
    if opens is not None and timezone.now() < opens:
        raise WashoutNotOver(
            _("This set opens on {day}: a pause between two readings.").format(
                day=date_format(timezone.localtime(opens), "DATETIME_FORMAT")
            )
        )


def can_start(user: User, session: Session) -> bool:
    """Whether the reader may begin or go on."""
    return can(check_can_start, user, session)


def has_earlier_unfinished(session: Session) -> bool:
    """Whether a session before this one in the reader's order is unfinished."""
    return Session.objects.filter(
        enrolment_id=session.enrolment_id,
        position__lt=session.position,
        finished_at=None,
    ).exists()


def washout_ends(session: Session) -> datetime | None:
    """Return when a further reading of a set may begin; None for the first."""
    if session.round == 1:
        return None
    before = Session.objects.filter(
        enrolment_id=session.enrolment_id,
        opt_set_id=session.opt_set_id,
        round=session.round - 1,
    ).values_list("finished_at", flat=True)
    return opens_at(before.get(), session.enrolment.study.rules.washout_days)


def check_can_read(user: User, session: Session) -> None:
    """Cases are shown and rated in an own, started, unfinished, open session."""
    check_own_session(user, session)
    check_study_open(session)
    check_consent(session)
    if session.started_at is None:
        raise SessionClosed(_("Begin this set first."))
    if session.finished_at is not None:
        raise SessionClosed(_("This set is finished; its ratings no longer change."))


def check_holds(session: Session, room: UUID | None) -> None:
    """Only the newest page rates; one that was taken over keeps what it has."""
    if session.holder not in (None, room):
        raise TakenOver(
            _("This set was opened in another window, which goes on from here.")
        )


def check_can_see_image(session: Session, item: PlanItem, turn: int | None) -> None:
    """Show the case whose turn it is, the next few, and a reopened one; no other."""
    if item.pk == session.reopened_id:
        return
    last = turn + LOOK_AHEAD if turn else 0
    if not (turn or 1) <= item.position <= last:
        raise NotYetShown(_("This case is not open now."))


def check_can_undo(session: Session, last: Rating | None, now: datetime) -> None:
    """Let the last rating be taken back within the protocol's seconds."""
    seconds = session.enrolment.study.rules.undo_seconds
    if session.opt_set.is_practice:
        raise SessionClosed(_("Practice cases stay as they were answered."))
    if last is None or not undo_is_open(last.received_at, seconds, now):
        raise SessionClosed(
            _("The time to take the last rating back is over; the rating stands.")
        )


def check_can_review(session: Session) -> None:
    """Earlier ratings may be looked at again only where the protocol says so."""
    if not may_review(session):
        raise SessionClosed(
            _("This study is read forward only; earlier cases stay closed.")
        )
