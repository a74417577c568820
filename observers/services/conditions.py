"""The screen in front of a reader: checked once a study and device, and kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from observers import policies
from observers.models import ConditionsCheck, Enrolment, Session


def store_conditions(
    *,
    enrolment: Enrolment,
    reader: Any,
    session: Session | None,
    device: UUID,
    found: dict[str, Any],
) -> ConditionsCheck:
    """Append what was measured and answered, with the session that it is for."""
    policies.check_is_enrolled(reader, enrolment)
    return ConditionsCheck.objects.create(
        enrolment=enrolment, session=session, device=device, **found
    )
