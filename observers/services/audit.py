"""Who did what when: one append-only row an act, never with truth."""

from __future__ import annotations

from typing import Any

from observers.models import AuditEvent, Study


def record(
    *, study: Study | None, user: Any, verb: str, detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Write down an act; ``user`` is None when a command acted."""
    return AuditEvent.objects.create(
        study=study,
        user_id=getattr(user, "pk", None),
        verb=verb,
        detail=detail or {},
    )
