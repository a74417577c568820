"""Questions about detectors."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from detector.exceptions import NoSuchDetector
from detector.models import DetectorModel
from forgery.models import PatientCluster, Reservation

NONE_YET = (
    "no detector has been trained here: train one with train_detector --pool POOL, "
    "or name a bundle file with --detector FILE"
)


def detectors_with_counts() -> QuerySet[DetectorModel]:
    """All detectors with their pool and the number of clusters they have seen."""
    return DetectorModel.objects.select_related("pool").annotate(
        n_clusters=Count("clusters")
    )


def detector_family(name: str | None) -> list[DetectorModel]:
    """
    List the models that share ``name``: one, or one a held-out fold.

    Without a name, the newest detector's.
    """
    if name is None:
        newest = DetectorModel.objects.order_by("-created_at").first()
        if newest is None:
            raise NoSuchDetector(NONE_YET)
        name = newest.name
    family = list(DetectorModel.objects.filter(name=name).order_by("held_out_fold"))
    if not family:
        names = DetectorModel.objects.values_list("name", flat=True).distinct()
        known = ", ".join(names)
        msg = f"no detector is called {name!r}; there are: {known}"
        raise NoSuchDetector(msg if known else NONE_YET)
    return family


def model_for(family: list[DetectorModel], cluster: PatientCluster) -> DetectorModel:
    """
    Choose the member that may score a cluster: the one that held its fold out.

    A cluster that is not cross-fitted was never trained on by any member; the
    first scores it.
    """
    reservation = Reservation.objects.filter(cluster=cluster).first()
    if reservation is not None and reservation.fold is not None:
        for model in family:
            if model.held_out_fold == reservation.fold:
                return model
    return family[0]


def model_card(detector: DetectorModel) -> dict[str, Any]:
    """Collect what a detector's page shows: data, training, figures, limits."""
    by_role = (
        detector.clusters.values("reservation__role")
        .annotate(n=Count("pk"))
        .order_by("reservation__role")
    )
    return {
        "detector": detector,
        "clusters": [(row["reservation__role"], row["n"]) for row in by_role],
        "manipulators": detector.manipulators.order_by("name"),
        "curve": curve_points(detector.loss_curve),
    }


def curve_points(curve: list[list[float]], width: int = 640, height: int = 160) -> str:
    """Scale a loss curve to the points of an SVG polyline, lowest loss at the foot."""
    if len(curve) < 2:
        return ""
    steps, losses = zip(*curve, strict=True)
    span = max(steps) - min(steps) or 1
    top, foot = max(losses), min(losses)
    rise = top - foot or 1
    return " ".join(
        f"{(step - min(steps)) / span * width:.1f},{(top - loss) / rise * height:.1f}"
        for step, loss in curve
    )
