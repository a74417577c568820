"""The last audit of a study's blinding, as the trail keeps it."""

from __future__ import annotations

from typing import Any

from observers.models import AuditEvent, Study

AUDITED = "blinding audited"


def last_audit(study: Study) -> dict[str, Any] | None:
    """Return the newest verdict: names and figures, or None before any audit."""
    event = AuditEvent.objects.filter(study=study, verb=AUDITED).first()
    return event.detail if event else None
