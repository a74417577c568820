"""Training runs side by side: loss curves in one drawing, figures in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forgery.models import Manipulator

WIDTH, HEIGHT = 640, 200
MOST = 6
"""Runs in one drawing: as many as there are markers and colours."""


@dataclass(frozen=True)
class Line:
    """One run's loss curve."""

    number: int
    name: str
    points: str


@dataclass(frozen=True)
class Drawing:
    """The curves of several runs on the same axes."""

    lines: Sequence[Line]
    last_step: int
    highest: float
    lowest: float


@dataclass(frozen=True)
class Row:
    """One figure of every run; an empty cell where a run lacks it."""

    name: str
    values: Sequence[Any]


def drawing(curves: Mapping[str, Sequence[Sequence[float]]]) -> Drawing | None:
    """Scale the curves that have two points to the same axes."""
    known = {name: pairs for name, pairs in curves.items() if len(pairs) > 1}
    if not known:
        return None
    last = max(float(pairs[-1][0]) for pairs in known.values()) or 1.0
    losses = [float(loss) for pairs in known.values() for _step, loss in pairs]
    low, high = min(losses), max(losses)
    span = (high - low) or 1.0
    lines = [
        Line(
            number,
            name,
            " ".join(
                f"{WIDTH * float(step) / last:.1f},{HEIGHT * (high - loss) / span:.1f}"
                for step, loss in curves[name]
            ),
        )
        for number, name in enumerate(curves, start=1)
        if name in known
    ]
    return Drawing(lines, int(last), high, low)


def rows_of(runs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """List every plain figure that a run has, in the order of the first that does."""
    names: dict[str, None] = {}
    for run in runs:
        plain = (int, float, str)
        names |= dict.fromkeys(k for k, v in run.items() if isinstance(v, plain))
    return [Row(name, [run.get(name, "") for run in runs]) for name in names]


def manipulators_named(names: Sequence[str]) -> list[Manipulator]:
    """Find manipulators in the order they were asked for."""
    found = Manipulator.objects.select_related("pool", "quality").in_bulk(
        list(names)[:MOST], field_name="name"
    )
    return [found[name] for name in names[:MOST] if name in found]


def figures_of(manipulator: Manipulator) -> dict[str, Any]:
    """Collect a manipulator's figures: how it was trained, how good its images are."""
    quality = getattr(manipulator, "quality", None)
    measured = quality.metrics if quality is not None else {}
    return {
        "pool": manipulator.pool.name,
        "lesion": manipulator.lesion,
        "recipe": manipulator.recipe,
        "preset": manipulator.preset,
        "seed": manipulator.seed,
        **manipulator.metrics,
        **{name: measured[name] for name in QUALITY if measured.get(name) is not None},
    }


QUALITY = ("rmse", "psnr", "ssim", "kid", "frechet", "fid")
