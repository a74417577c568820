"""A reader who cannot go on: excluded with a reason, or replaced before a rating.

Nothing is deleted. An excluded reader's ratings stay with their chains, whose heads go
into the audit trail, and are left out of the analysis. A place in which nothing was
rated yet can be handed to somebody else: plan, order and pseudonym stay, so that the
seal of the plan holds.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import WrongReaders, WrongState
from observers.models import Enrolment, Rating, Study
from observers.services import audit, invitations
from observers.services.consent import locked
from observers.services.enrolment import NewReader, account, group_of
from observers.services.invitations import Guest

State = Study.State
LEAST_REASON = 8
"""Letters of a reason: a word is not one."""


def check_can_leave(actor: Any, enrolment: Enrolment) -> None:
    """Coordinators exclude between freezing and lock; a draft's readers are removed."""
    policies.check_can_coordinate(actor, enrolment.study)
    if enrolment.study.state in {State.DRAFT, State.LOCKED}:
        raise WrongState(
            _(
                "Readers are excluded between freezing and lock: from a draft they are "
                "removed, and a lock stays as it is."
            )
        )


def exclude_reader(*, enrolment: Enrolment, actor: Any, reason: str) -> Enrolment:
    """End a reader's part for a reason; again is the same as once."""
    reason = reason.strip()
    if len(reason) < LEAST_REASON:
        raise WrongReaders(_("Say in a sentence why the reader is excluded."))
    with transaction.atomic():
        own = locked(enrolment)
        check_can_leave(actor, own)
        if own.excluded_at is not None:
            return own
        sessions = own.sessions.select_for_update().order_by("pk")
        heads = {s.token: [s.length, s.head] for s in sessions}
        own.excluded_at, own.excluded_because = timezone.now(), reason[:500]
        own.save(update_fields=["excluded_at", "excluded_because"])
        invitations.end_open(own)
        audit.record(
            study=own.study,
            user=actor,
            verb="reader excluded",
            detail={"reader": own.pseudonym, "reason": reason[:500], "heads": heads},
        )
    return own


def replace_reader(
    *, enrolment: Enrolment, actor: Any, guest: Guest, site: str
) -> Enrolment:
    """Hand a place in which nothing was rated to somebody else, and invite them."""
    with transaction.atomic():
        own = locked(enrolment)
        check_can_leave(actor, own)
        group = group_of(own.study, guest.group)
        if Rating.objects.filter(session__enrolment=own).exists():
            raise WrongState(
                _(
                    "{reader} has rated already, so the place cannot be handed over: "
                    "exclude the reader instead."
                ).format(reader=own.pseudonym)
            )
        email = guest.email.lower()
        reader = NewReader(email, group.key, guest.years, email, is_invited=True)
        user: Any = account(reader, is_simulated=False)[0]
        policies.check_can_be_reader(user, own.study)
        if policies.is_reader(user, own.study):
            raise WrongReaders(_("This person reads in this study already."))
        invitations.end_open(own)
        detail = {"reader": own.pseudonym, "from": own.user.get_username()}
        own.user, own.group, own.years = user, group, guest.years
        own.consented_at = own.withdrawn_at = own.excluded_at = None
        own.excluded_because = ""
        own.save()
        audit.record(
            study=own.study,
            user=actor,
            verb="reader replaced",
            detail=detail | {"to": user.get_username()},
        )
        invitations.send(enrolment=own, actor=actor, site=site)
    return own
