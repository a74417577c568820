"""Questions about detectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from detector.exceptions import NoSuchDetector, NothingToTrainOn
from detector.models import DetectorModel, DetectorScore
from forgery.imaging import recipes
from forgery.models import FundusImage, Manipulator, PatientCluster, Pool
from forgery.selectors.comparing import MOST
from forgery.selectors.manipulators import loss_curve

AT_ONCE = [key for key, recipe in recipes.RECIPES.items() if not recipe.is_trained]
"""Recipes without weights."""


def detectors_with_counts() -> QuerySet[DetectorModel]:
    """All detectors with their pool and the number of clusters they have seen."""
    return DetectorModel.objects.select_related("pool").annotate(
        n_clusters=Count("clusters")
    )


def detector_names() -> list[str]:
    """Name the detectors that were trained here, the newest first."""
    rows = DetectorModel.objects.order_by("-created_at")
    return list(dict.fromkeys(rows.values_list("name", flat=True)))


def detector_family(name: str | None) -> list[DetectorModel]:
    """
    List the models that share ``name``: one, or one a held-out fold.

    Without a name, the newest detector's.
    """
    known = detector_names()
    if not known:
        text = _("No detector has been trained here: train one first.")
        raise NoSuchDetector(text)
    wanted = DetectorModel.objects.filter(name=known[0] if name is None else name)
    family = list(wanted.order_by("held_out_fold"))
    if not family:
        msg = _("No detector is called {name!r}; there are: {known}.").format(
            name=name, known=", ".join(sorted(known))
        )
        raise NoSuchDetector(msg)
    return family


def model_for(family: list[DetectorModel], cluster: PatientCluster) -> DetectorModel:
    """
    Choose the member that may score a cluster: the one that held its fold out.

    A cluster that is not cross-fitted was never trained on by any member; the
    first scores it.
    """
    reservation = getattr(cluster, "reservation", None)
    fold = None if reservation is None else reservation.fold
    held_out = (m for m in family if fold is not None and m.held_out_fold == fold)
    return next(held_out, family[0])


def manipulators_of(
    pool: Pool, held_out_fold: int | None
) -> dict[str, tuple[Manipulator, ...]]:
    """
    Find each lesion's newest manipulator of every recipe, by the fold held out.

    Lesions that are not cross-fitted have manipulators that held nothing out; a
    fold's own win over them. Recipes without weights are left out: some are kept for
    tests alone, and twins are made from bundles.
    """
    trained = Manipulator.objects.filter(pool=pool).exclude(recipe__in=AT_ONCE)
    found = _newest(trained.filter(held_out_fold=None))
    found |= _newest(trained.filter(held_out_fold=held_out_fold))
    if not found:
        if held_out_fold is None:
            msg = _("Pool {pool} has no manipulator: train one first.")
        else:
            msg = _(
                "Pool {pool} has no manipulator that held fold {fold} out: train one "
                "first."
            )
        msg = msg.format(pool=pool.name, fold=held_out_fold)
        raise NothingToTrainOn(msg)
    return found


def _newest(manipulators: QuerySet[Manipulator]) -> dict[str, tuple[Manipulator, ...]]:
    """Keep the newest of each lesion and recipe, in the order of the recipes."""
    newest = {
        (m.lesion, m.recipe): m for m in manipulators.order_by("created_at", "pk")
    }
    found: dict[str, tuple[Manipulator, ...]] = {}
    for lesion, recipe in sorted(newest):
        found[lesion] = (*found.get(lesion, ()), newest[lesion, recipe])
    return found


def images_of(
    pool: Pool, clusters: Iterable[PatientCluster], lesions: Iterable[str]
) -> QuerySet[FundusImage]:
    """Good photographs of the clusters, ordered by lesion and then by content."""
    return (
        FundusImage.objects.filter(
            pool=pool,
            cluster__in=list(clusters),
            lesion__in=list(lesions),
            is_trainable=True,
        )
        .select_related("cluster")
        .defer("thumbnail", "measures")
        .order_by("lesion", "content_hash", "pk")
    )


def pool_scores(detector: DetectorModel) -> QuerySet[DetectorScore]:
    """Find a detector's scores of its folds' and its own test images, matched view."""
    return (
        DetectorScore.objects.filter(
            detector__name=detector.name, view=DetectorScore.View.MATCHED
        )
        .select_related(
            "detector", "image__cluster__reservation", "manipulation__manipulator"
        )
        .defer("image__thumbnail", "image__measures")
        .order_by("image__cluster__name", "image_id", F("manipulation").asc())
    )


def model_card(detector: DetectorModel) -> dict[str, Any]:
    """Collect what a detector's page shows: data, training, figures, limits."""
    by_role = (
        detector.clusters.values("reservation__role")
        .annotate(n=Count("pk"))
        .order_by("reservation__role")
    )
    figures = {
        name: value
        for name, value in detector.metrics.items()
        if isinstance(value, int | float)
    }
    return {
        "detector": detector,
        "clusters": [(row["reservation__role"], row["n"]) for row in by_role],
        "manipulators": detector.manipulators.order_by("name"),
        "figures": figures,
        "curve": loss_curve(detector.loss_curve),
        "n_scores": pool_scores(detector).count(),
    }


def detectors_numbered(numbers: Sequence[str]) -> list[DetectorModel]:
    """Find detectors in the order they were asked for."""
    keys = [int(number) for number in numbers if number.isdecimal()][:MOST]
    found = DetectorModel.objects.select_related("pool").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def figures_of(detector: DetectorModel) -> dict[str, Any]:
    """Collect a detector's figures: how it was trained, how well it does."""
    return {
        "pool": detector.pool.name,
        "recipe": detector.recipe,
        "preset": detector.preset,
        "seed": detector.seed,
        "threshold": detector.threshold,
        "temperature": detector.temperature,
        **detector.metrics,
    }
