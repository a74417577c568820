"""Questions about manipulators and their images; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import recipes
from forgery.models import Manipulation, Manipulator

PAPER_TABLE2 = {
    "normal": {"rmse": 38.58, "ssim": 0.65, "fid": 254.32},
    "glaucoma": {"rmse": 39.93, "ssim": 0.65, "fid": 310.90},
    "diabetic-retinopathy": {"rmse": 36.76, "ssim": 0.61, "fid": 284.28},
    "macular-degeneration": {"rmse": 37.78, "ssim": 0.64, "fid": 253.49},
}
"""Quality of the paper's forgeries, its Table 2."""


def manipulator_called(name: str) -> Manipulator:
    """Find a manipulator by name, or say which there are."""
    try:
        return Manipulator.objects.select_related("pool").get(name=name)
    except Manipulator.DoesNotExist:
        names = Manipulator.objects.values_list("name", flat=True)
        known = ", ".join(names) or _("none yet; train one first")
        raise WrongInput(
            _("No manipulator {name!r}; there are: {known}.").format(
                name=name, known=known
            )
        ) from None


def matched_pairs(
    manipulator: Manipulator, role: str | None = None
) -> QuerySet[Manipulation]:
    """Find a manipulator's images, each with its original."""
    found = manipulator.manipulations.select_related(
        "source__cluster__reservation", "manipulator"
    )
    if role is not None:
        found = found.filter(source__cluster__reservation__role=role)
    return found


def quality_summary(manipulators: Iterable[Manipulator]) -> dict[str, dict[str, Any]]:
    """Give the measured quality by manipulator, the paper's Table 2 beside it."""
    summary = {}
    for manipulator in manipulators:
        try:
            metrics = manipulator.quality.metrics
        except ObjectDoesNotExist:
            metrics = {}
        summary[manipulator.name] = {
            "lesion": manipulator.lesion,
            "metrics": metrics,
            "paper": PAPER_TABLE2.get(manipulator.lesion, {}),
        }
    return summary


def manipulators_with_counts() -> QuerySet[Manipulator]:
    """List manipulators, each with its numbers of images and clusters."""
    return Manipulator.objects.select_related("pool", "quality").annotate(
        n_manipulations=Count("manipulations", distinct=True),
        n_clusters=Count("clusters", distinct=True),
    )


@dataclass(frozen=True)
class Curve:
    """A loss curve as the points of an SVG polyline, with its axes' ends."""

    points: str
    width: int
    height: int
    last_step: int
    highest: float
    lowest: float


def loss_curve(pairs: Sequence[Sequence[float]]) -> Curve | None:
    """Scale pairs of step and loss to a drawing of 640 x 160 pixels."""
    if len(pairs) < 2:
        return None
    width, height = 640, 160
    steps = [float(step) for step, _ in pairs]
    losses = [float(loss) for _, loss in pairs]
    low, high = min(losses), max(losses)
    span = (high - low) or 1.0
    points = " ".join(
        f"{width * step / steps[-1]:.1f},{height * (high - loss) / span:.1f}"
        for step, loss in zip(steps, losses, strict=True)
    )
    return Curve(points, width, height, int(steps[-1]), high, low)


PAPER_TIMES = 4
"""A CycleGAN trains this many times as long as the U-Net, says the paper."""


def times_of_unet(manipulator: Manipulator) -> float | None:
    """Compare the time of a CycleGAN's training with the U-Net's of the same pool."""
    if manipulator.recipe != recipes.CYCLEGAN.key:
        return None
    unets = Manipulator.objects.filter(
        pool=manipulator.pool, recipe=recipes.PAPER_UNET.key, preset=manipulator.preset
    )
    same = unets.filter(lesion=manipulator.lesion).last() or unets.last()
    seconds = manipulator.metrics.get("seconds")
    theirs = same.metrics.get("seconds") if same else None
    return seconds / theirs if seconds and theirs else None


@dataclass(frozen=True)
class Table2Row:
    """One view of a manipulator's quality, ready for a table."""

    name: str
    values: dict[str, Any]
    is_paper: bool = False


def table2(manipulator: Manipulator) -> list[Table2Row]:
    """Give a manipulator's measured quality row by row, the paper's last."""
    summary = quality_summary([manipulator])[manipulator.name]
    views = summary["metrics"].get("views", {})
    names = {
        "raw": _("Against the original"),
        "processed": _("Against the matched original"),
    }
    rows = [Table2Row(names[key], values) for key, values in views.items()]
    if rows and summary["metrics"]["floor"].get("kid") is not None:
        floor = summary["metrics"]["floor"]
        name = _("Original against original, n = {n}").format(n=floor["n"])
        rows.append(Table2Row(name, floor))
    if summary["paper"]:
        rows.append(Table2Row(_("The paper"), summary["paper"], is_paper=True))
    return rows


def roles_of(manipulator: Manipulator) -> list[tuple[str, int]]:
    """Count a manipulator's images by the role of their clusters."""
    counts = manipulator.manipulations.values_list(
        "source__cluster__reservation__role"
    ).annotate(Count("id"))
    return [(role or "-", n) for role, n in counts.order_by(*["-id__count"])]


def neighbours(manipulation: Manipulation) -> dict[str, Manipulation | None]:
    """Find the manipulator's images before and after one."""
    siblings = Manipulation.objects.filter(manipulator=manipulation.manipulator)
    return {
        "previous": siblings.filter(pk__lt=manipulation.pk).order_by("-pk").first(),
        "following": siblings.filter(pk__gt=manipulation.pk).order_by("pk").first(),
    }
