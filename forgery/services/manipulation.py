"""Manipulate images with a trained manipulator: torch; tasks and commands only."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from forgery.imaging import manipulator as network
from forgery.imaging.fundus import Image, field_of_view
from forgery.models import FundusImage, Manipulation, Manipulator
from forgery.services import intake
from forgery.services.files import local_path
from forgery.services.jobs import JobContext
from forgery.services.manipulation_plan import ManipulationPlan, plan
from forgery.services.rendering import profile_of_manipulator, working

BATCH = 8


def manipulate_work(context: JobContext) -> dict[str, Any]:
    """Manipulate the planned images: the work of ``forgery.manipulate``."""
    planned = plan(context.job.arguments)
    made = set(planned.manipulator.manipulations.values_list("source_id", flat=True))
    todo = [image for image in planned.images if image.pk not in made]
    total, done = len(planned.images), len(planned.images) - len(todo)
    for start in range(0, len(todo), BATCH):
        context.stop_if_asked()
        batch = todo[start : start + BATCH]
        _manipulate(planned, batch, context.job.arguments["device"])
        done += len(batch)
        context.progress(done, total, batch[-1].cluster.name)
    return {
        "manipulator": planned.manipulator.name,
        "new": len(todo),
        "in_all": planned.manipulator.manipulations.count(),
    }


def _manipulate(
    planned: ManipulationPlan, batch: list[FundusImage], device: str | None
) -> None:
    manipulator = planned.manipulator
    profile = profile_of_manipulator(manipulator)
    prepared = np.stack([working(image, profile) for image in batch])
    masks = [field_of_view(image) for image in prepared]
    with local_path(manipulator.file) as path:
        forged = network.apply(path, manipulator.sha256, prepared, masks, device=device)
    with transaction.atomic():
        for image, pixels in zip(batch, forged, strict=True):
            _keep(manipulator, image, pixels, planned.seed)


def _keep(
    manipulator: Manipulator, image: FundusImage, pixels: Image, seed: int
) -> None:
    digest = intake.content_hash(pixels)
    name = intake.store_png(f"manipulations/{digest[:2]}/{digest}.png", pixels)
    Manipulation.objects.get_or_create(
        manipulator=manipulator,
        source=image,
        defaults={"seed": seed, "file": name, "content_hash": digest},
    )
