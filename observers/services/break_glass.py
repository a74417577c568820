"""Truth before the lock: for a superuser alone, with a reason, written down first."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from observers import policies
from observers.models import CaseTruth, Study
from observers.services import audit

LEAST_REASON = 15
"""Letters of a reason: 'test' is none."""


def open_truth(*, study: Study, user: Any, reason: str) -> list[CaseTruth]:
    """Record who opened the truth and why, and give it out once."""
    policies.check_can_break_glass(user, study)
    told = " ".join(reason.split())
    if len(told) < LEAST_REASON:
        raise WrongInput(_("Give the reason in a sentence: it is kept with your name."))
    with transaction.atomic():
        audit.record(
            study=study, user=user, verb="truth opened", detail={"reason": told}
        )
    truths = CaseTruth.objects.filter(case__opt_set__study=study)
    return list(
        truths.select_related("case__opt_set").order_by(
            "case__opt_set__position", "case__code"
        )
    )
