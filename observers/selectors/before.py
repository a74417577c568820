"""What a reader has still to do before the first case, and what is shown for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from observers.models import ConditionsCheck, Enrolment, Session, Study
from observers.models.protocol_parts import KEEP
from observers.selectors.reading import sessions

CONSENT, CONDITIONS = "consent", "conditions"


def own_enrolment(name: str, user: Any) -> Enrolment:
    """Return the user's place in a study; ``Enrolment.DoesNotExist`` without one."""
    found = Enrolment.objects.select_related("study", "group")
    return found.get(study__name=name, user_id=user.pk)


def own_session(enrolment: Enrolment, token: str) -> Session | None:
    """Return the reader's own session of that token, if there is one."""
    return sessions().filter(enrolment=enrolment, token=token).first()


def missing_step(session: Session, device: UUID | None) -> str:
    """Name the page that comes before the first case; empty when there is none."""
    enrolment = session.enrolment
    rules = enrolment.study.rules
    has_left = enrolment.withdrawn_at or enrolment.excluded_at
    if enrolment.study.state != Study.State.OPEN or has_left:
        return ""
    if rules.consent and enrolment.consented_at is None:
        return CONSENT
    if rules.conditions_check and not is_checked(enrolment, device):
        return CONDITIONS
    return ""


def is_checked(enrolment: Enrolment, device: UUID | None) -> bool:
    """Whether the reader's device was checked for the study."""
    if device is None:
        return False
    checks = ConditionsCheck.objects.filter(enrolment=enrolment, device=device)
    return checks.exists()


def consent_text(study: Study) -> str:
    """Write what a reader agrees to: the protocol's text and what withdrawing means."""
    rules = study.rules
    what = (
        _("If you withdraw, you read no more; the ratings given until then are kept.")
        if rules.withdrawal == KEEP
        else _(
            "If you withdraw, you read no more; the ratings given until then are left "
            "out of the analysis. The record that they were given is not erased. Once "
            "the ratings of the study are locked, they can no longer be taken out."
        )
    )
    written = _(rules.consent) if rules.consent else ""
    return f"{written}\n\n{what}".strip()
