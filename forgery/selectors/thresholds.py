"""How a pool's quality measures lie, and what other bounds would leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forgery.imaging.selection import RULES, THRESHOLDS, Rule, Thresholds
from forgery.models import Pool

BINS = 40
NAMES: Mapping[str, str | Promise] = {
    "side": _("Size of the field of view, in pixels"),
    "black": _("Black share of the frame"),
    "roundness": _("Roundness of the field of view"),
    "visible": _("Share of the disc in the frame"),
    "brightness": _("Brightness, 0 to 255"),
    "sharpness": _("Sharpness"),
    "vessels": _("Visibility of vessels"),
}
REASONS = tuple(rule.reason for rule in RULES)
JUDGED = ("", *REASONS, "near-duplicate", "not-drawn")
"""Fates that bounds may change: nothing else speaks against those images."""


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram in a drawing of 400 x 100."""

    x: float
    width: float
    y: float
    height: float
    low: float
    high: float


@dataclass(frozen=True)
class Histogram:
    """One measure of a pool's images with its bound."""

    rule: Rule
    name: str | Promise
    bars: Sequence[Bar]
    low: float
    high: float
    bound: float
    default: float
    n_out: int

    @property
    def step(self) -> float:
        """Step of the movable cut."""
        return (self.high - self.low) / 400 or 1

    @property
    def is_most(self) -> bool:
        """Whether what lies above the cut falls out, not below."""
        return self.rule.bound.startswith("most")

    @property
    def place(self) -> float:
        """Where the cut stands in the drawing."""
        return 400 * (self.bound - self.low) / (self.high - self.low)


def thresholds_of(pool: Pool) -> Thresholds:
    """Return the bounds that a pool's images are judged by."""
    return replace(THRESHOLDS, **pool.options.get("thresholds", {}))


def measured(pool: Pool) -> list[dict[str, Any]]:
    """List what the bounds judge: measures and fate of each image."""
    rows = pool.images.filter(excluded_because__in=JUDGED).exclude(measures={})
    return [
        {"id": key, "fate": fate, **measures}
        for key, fate, measures in rows.order_by("id").values_list(
            "id", "excluded_because", "measures"
        )
    ]


def histograms(pool: Pool, rows: Sequence[Mapping[str, Any]]) -> list[Histogram]:
    """Draw each measure with the bound that holds."""
    bounds = thresholds_of(pool)
    return [_histogram(rule, rows, bounds) for rule in RULES] if rows else []


def _histogram(
    rule: Rule, rows: Sequence[Mapping[str, Any]], bounds: Thresholds
) -> Histogram:
    values = np.array([row[rule.measure] for row in rows], float)
    bound = float(getattr(bounds, rule.bound))
    low, high = float(min(values.min(), bound)), float(max(values.max(), bound))
    room = (high - low or 1.0) * 0.03
    low, high = low - room, high + room
    counts, edges = np.histogram(values, BINS, (low, high))
    tallest = max(int(counts.max()), 1)
    width = 400 / BINS
    bars = [
        Bar(
            x=round(width * i + 0.5, 2),
            width=round(width - 1, 2),
            y=round(100 - 100 * float(n) / tallest, 2),
            height=round(100 * float(n) / tallest, 2),
            low=float(edges[i]),
            high=float(edges[i + 1]),
        )
        for i, n in enumerate(counts)
        if n
    ]
    is_most = rule.bound.startswith("most")
    out = values > bound if is_most else values < bound
    return Histogram(
        rule=rule,
        name=NAMES[rule.measure],
        bars=bars,
        low=low,
        high=high,
        bound=bound,
        default=float(getattr(THRESHOLDS, rule.bound)),
        n_out=int(out.sum()),
    )
