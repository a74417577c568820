"""A reader who cannot go on: excluded with a reason, for good.

Nothing is deleted. An excluded reader's ratings stay with their chains, whose heads go
into the audit trail, and are left out of the analysis.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import WrongReaders, WrongState
from observers.models import Enrolment, Study
from observers.services import audit, invitations
from observers.services.consent import locked

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


def can_leave(actor: Any, enrolment: Enrolment) -> bool:
    """Whether the reader may be excluded, and is not yet."""
    is_in = enrolment.excluded_at is None and not enrolment.is_simulated
    return is_in and policies.can(check_can_leave, actor, enrolment)


def exclude_reader(*, enrolment: Enrolment, actor: Any, reason: str) -> Enrolment:
    """End a reader's part for a reason; again is the same as once."""
    reason = checked_reason(reason)
    with transaction.atomic():
        own = locked(enrolment)
        check_can_leave(actor, own)
        if own.excluded_at is not None:
            return own
        end_part(own, reason)
        audit.record(
            study=own.study,
            user=actor,
            verb="reader excluded",
            detail={"reader": own.pseudonym, "reason": reason, "heads": heads(own)},
        )
    return own


def checked_reason(reason: str) -> str:
    """Return the reason as it is kept; a word is not one."""
    reason = reason.strip()[:500]
    if len(reason) < LEAST_REASON:
        raise WrongReaders(_("Say in a sentence why the reader is excluded."))
    return reason


def end_part(own: Enrolment, reason: str) -> None:
    """Mark as excluded and end the links; runs in the caller's transaction."""
    own.excluded_at, own.excluded_because = timezone.now(), reason
    own.save(update_fields=["excluded_at", "excluded_because"])
    invitations.end_open(own)


def heads(own: Enrolment) -> dict[str, list[Any]]:
    """Give length and head of every chain as it stands, under a lock."""
    sessions = own.sessions.select_for_update().order_by("pk")
    return {session.token: [session.length, session.head] for session in sessions}
