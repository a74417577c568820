"""What a reader may do: agree, start, see, rate, take back, review."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from observers.exceptions import (
    ConsentMissing,
    NotThisReader,
    NotYetShown,
    SessionClosed,
    TakenOver,
    WashoutNotOver,
    WrongState,
)
from observers.models import Enrolment, PlanItem, Rating, Session
from observers.policies.people import State, User, can
from observers.visibility import LOOK_AHEAD, may_review, opens_at, undo_is_open


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


def check_is_in(enrolment: Enrolment) -> None:
    """Whoever withdrew or was excluded reads no more; the ratings so far stay."""
    if enrolment.withdrawn_at is not None:
        raise ConsentMissing(
            _("You have withdrawn from this study; there is nothing more to read.")
        )
    if enrolment.excluded_at is not None:
        raise ConsentMissing(
            _(
                "Your part in this study has ended; there is nothing more to read. "
                "Your ratings so far are kept. Ask your coordinator if you wonder why."
            )
        )


def check_can_consent(user: User, enrolment: Enrolment) -> None:
    """Whoever withdrew does not come back: the sessions are closed."""
    check_is_enrolled(user, enrolment)
    check_is_in(enrolment)


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
    """Nobody reads before agreeing, nor after withdrawing or being excluded."""
    check_is_in(session.enrolment)
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


def check_can_see_image(session: Session, item: PlanItem, turn: int) -> None:
    """Show the case whose turn it is, the next few, and a reopened one; no other."""
    if item.pk == session.reopened_id:
        return
    if not turn <= item.position <= turn + LOOK_AHEAD:
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
