"""Truth for practice: the one place where a reader is told it while reading.

It asks the case's own set, not the caller, whether it is practice.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from observers.models import CaseTruth, OptSet, Rating


def feedback_payload(rating: Rating) -> dict[str, Any]:
    """Say what a practice case was, beside what the reader said."""
    truth = CaseTruth.objects.get(
        case=rating.item.case_id, case__opt_set__block=OptSet.Block.PRACTICE
    )
    is_manipulated = truth.truth == CaseTruth.Truth.MANIPULATED
    message = (
        _("This image was manipulated.")
        if is_manipulated
        else _("This image was as the camera took it.")
    )
    return {"truth": truth.truth, "message": message}
