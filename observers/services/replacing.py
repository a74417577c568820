"""Give a reader's place to somebody else while the study is being read.

A place in which nothing was rated is handed over as it is: plan, order and pseudonym
stay, so that the seal of the plan holds. Where something was rated, nothing of it may
change: the reader is excluded with a reason, and a new one, with a pseudonym and an
order of cases of their own, takes the same group and the same order of the sets. That
new plan gets a seal beside the first. Of two coordinators who replace the same reader
at once, one does; the other is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import WrongReaders, WrongState
from observers.models import Enrolment, Rating, Study
from observers.services import audit, enrolment, invitations, leaving, plans, sealing
from observers.services.consent import locked

State = Study.State


@dataclass(frozen=True)
class Newcomer:
    """Who takes the place, as the coordinator's form gives it."""

    email: str
    years: Decimal
    reason: str = ""
    """Why the reader before is excluded; needed where something was rated."""
    instead_of: int | None = None
    """Key of the account that the coordinator saw in the place, if a page says so."""


def check_can_replace(actor: Any, own: Enrolment) -> None:
    """Coordinators replace people, once each, while somebody can still read."""
    policies.check_can_coordinate(actor, own.study)
    if own.study.state not in {State.FROZEN, State.OPEN}:
        raise WrongState(
            _(
                "Readers are replaced between freezing and closing; {study} is {state}."
            ).format(study=own.study.name, state=own.study.get_state_display())
        )
    if own.is_simulated:
        raise WrongState(_("A program reads in this place; it is not replaced."))
    successor = Enrolment.objects.filter(replaces=own).first()
    if successor is not None:
        raise WrongState(
            _("{reader} is replaced already, by {other}.").format(
                reader=own.pseudonym, other=successor.pseudonym
            )
        )


def can_replace(actor: Any, own: Enrolment) -> bool:
    """Whether the reader's place may be given to somebody else."""
    return policies.can(check_can_replace, actor, own)


def replace_reader(
    *, own: Enrolment, actor: Any, newcomer: Newcomer, site: str
) -> Enrolment:
    """Give the place away and send the invitation; return who reads there now."""
    seen = newcomer.instead_of or own.user_id
    with transaction.atomic():
        own = locked(own)
        heads = leaving.heads(own)
        # Sessions first, then their study: the order in which closing locks them.
        study = Study.objects.select_for_update(no_key=True).get(pk=own.study_id)
        own.study = study
        check_can_replace(actor, own)
        if own.user_id != seen:
            raise WrongState(
                _("Somebody else was given this place meanwhile; nothing was changed.")
            )
        user = account_of(own, newcomer)
        if Rating.objects.filter(session__enrolment=own).exists():
            made = succeed(own, user, newcomer)
            detail = {"by": made.pseudonym, "heads": heads}
        else:
            detail = {"from": own.user.get_username()}
            made = hand_over(own, user, newcomer)
        detail |= {"reader": own.pseudonym, "to": user.get_username()}
        detail |= {"reason": own.excluded_because} if own.excluded_because else {}
        audit.record(study=study, user=actor, verb="reader replaced", detail=detail)
        if made != own:
            sealing.seal_place(made, actor)
        invitations.send(enrolment=made, actor=actor, site=site)
    return made


def account_of(own: Enrolment, newcomer: Newcomer) -> Any:
    """Find or make the newcomer's account; refuse who reads or runs the study."""
    email = newcomer.email.lower()
    reader = enrolment.NewReader(
        email, own.group.key, newcomer.years, email, is_invited=True
    )
    user: Any = enrolment.account(reader, is_simulated=False)[0]
    policies.check_can_be_reader(user, own.study)
    if policies.is_reader(user, own.study):
        raise WrongReaders(_("This person reads in this study already."))
    return user


def hand_over(own: Enrolment, user: Any, newcomer: Newcomer) -> Enrolment:
    """Let somebody else read in a place where nothing was rated."""
    invitations.end_open(own)
    own.user, own.years = user, newcomer.years
    own.consented_at = own.withdrawn_at = own.excluded_at = None
    own.excluded_because = ""
    own.save()
    return own


def succeed(own: Enrolment, user: Any, newcomer: Newcomer) -> Enrolment:
    """Exclude who has rated, and plan the same sets for the newcomer."""
    if own.excluded_at is None:
        leaving.end_part(own, leaving.checked_reason(newcomer.reason))
    made = enrolment.add(own.study, own.group, user, newcomer.years, replaces=own)
    before = own.sessions.select_related("opt_set").prefetch_related("opt_set__cases")
    for session in before.order_by("position"):
        plans.make_session(
            own.study,
            made,
            session.opt_set,
            position=session.position,
            reading_round=session.round,
        )
    return made
