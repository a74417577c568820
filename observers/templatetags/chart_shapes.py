"""Curves of a chart as SVG; 200 readers have a thousand, too many for a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
Shape = Mapping[str, Any]


@register.simple_tag
def curves(series: Iterable[Shape]) -> SafeString:
    """Draw bands, curves and calls in this order."""
    heads: dict[tuple[str, str], SafeString] = {}  # the same for a group's readers
    rows = []
    for one in series:
        kind = one["kind"], one["key"]
        if kind not in heads:
            heads[kind] = _head(one)
        if one["points"]:
            rows.append((heads[kind], _curve(one)))
        elif one["kind"] == "call":
            rows.append((heads[kind], _call(one)))
    return format_html_join("", "<{}{}>", rows)


def _head(one: Shape) -> SafeString:
    names = {"band": "polygon", "call": "circle"}
    return format_html(
        '{} class="{} {}" data-series="{}" data-kind="{}"',
        names.get(one["kind"], "polyline"),
        one["kind"],
        one["mark"],
        one["key"],
        one["kind"],
    )


def _curve(one: Shape) -> SafeString:
    label = escape(one["label"])
    return SafeString(f' data-label="{label}" points="{one["points"]}"/')


def _call(one: Shape) -> SafeString:
    end = ' cx="{}" cy="{}" r="4.5"><title>{}</title></circle'
    return format_html(end, one["x"], one["y"], one["label"])
