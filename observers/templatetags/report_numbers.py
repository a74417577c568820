"""Numbers as a report prints them: fixed digits, an en dash for what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from observers.reports.cells import NOTHING, fixed

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


@register.filter
def estimates(areas: Any) -> SafeString:
    """Write a cell for each area with its interval: 200 readers have a thousand."""
    pairs = ((at(area, "auc"), at(area, "ci")) for area in areas)
    cells = [
        f'<td class="number">{fixed(auc, 3)}'
        f' <span class="interval">{interval(ends)}</span></td>'
        for auc, ends in pairs
    ]
    return SafeString("".join(cells))  # digits alone: nothing to escape


@register.filter
def percent(value: Any) -> str:
    """Write a share in per cent, or a dash."""
    return f"{fixed(100 * value, 0)} %" if isinstance(value, int | float) else NOTHING


@register.filter
def minus(key: str) -> str:
    """Name the falling order of a column."""
    return f"-{key}"


@register.filter
def name_of(parts: Any, key: str) -> str:
    """Find the name of the part with this key."""
    return next((str(part["name"]) for part in parts if part["key"] == key), key)


@register.filter
def add_text(text: str, more: Any) -> str:
    """Join two texts, whatever the second was."""
    return f"{text}{more}"
