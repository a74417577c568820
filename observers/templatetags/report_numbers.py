"""Numbers as a report prints them: fixed digits, an en dash for what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from observers.reports.cells import fixed

register = template.Library()
register.filter(fixed)


@register.filter
def at(container: Any, key: str) -> Any:
    """Entry ``key`` of a mapping, or None."""
    return container.get(key) if isinstance(container, Mapping) else None


@register.filter
def interval(ends: Any) -> str:
    """Both ends of an interval in brackets, or nothing."""
    if not isinstance(ends, Sequence) or len(ends) != 2:
        return ""
    return f"[{fixed(ends[0], 3)}, {fixed(ends[1], 3)}]"
