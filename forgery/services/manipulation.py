"""Manipulate images with a manipulator: torch; tasks and commands only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.db import transaction

from forgery.imaging import recipes
from forgery.imaging.forged import Forged, NothingToForge, Scene
from forgery.imaging.forging import Forger, Weights
from forgery.models import FundusImage, Manipulation, Manipulator
from forgery.services import intake
from forgery.services.files import local_path
from forgery.services.jobs import JobContext
from forgery.services.manipulation_plan import ManipulationPlan, plan
from forgery.services.rendering import profile_of_manipulator, working

DONORS = 3
"""Photographs of other patients that a splice may choose from."""


def manipulate_work(context: JobContext) -> dict[str, Any]:
    """Manipulate the planned images: the work of ``forgery.manipulate``."""
    planned = plan(context.job.arguments)
    manipulator = planned.manipulator
    made = set(manipulator.manipulations.values_list("source_id", flat=True))
    todo = [image for image in planned.images if image.pk not in made]
    done, total = len(planned.images) - len(todo), len(planned.images)
    new = 0
    with forger_of(
        manipulator, planned.seed, context.job.arguments["device"]
    ) as forger:
        for image in todo:
            context.stop_if_asked()
            new += _manipulate(forger, planned, image, context)
            done += 1
            context.progress(done, total, image.cluster.name)
    return {
        "manipulator": manipulator.name,
        "new": new,
        "in_all": manipulator.manipulations.count(),
    }


@contextmanager
def forger_of(
    manipulator: Manipulator, seed: int, device: str | None = None
) -> Iterator[Forger]:
    """Make a manipulator ready to forge photographs one by one."""
    if not manipulator.file:
        yield Forger(manipulator.recipe, seed)
        return
    with local_path(manipulator.file) as path:
        weights = Weights(path, manipulator.sha256, device)
        yield Forger(manipulator.recipe, seed, weights)


def _manipulate(
    forger: Forger, planned: ManipulationPlan, image: FundusImage, context: JobContext
) -> bool:
    """Forge and store one image; say why not where there is nothing to forge."""
    manipulator = planned.manipulator
    profile = profile_of_manipulator(manipulator)
    scene = Scene(
        lesion=image.lesion,
        target=manipulator.target or None,
        donors=[working(one, profile) for one in _donors(planned, image)],
        is_sharpened=profile.sharpen,
    )
    try:
        forged = forger.forge(working(image, profile), scene)
    except NothingToForge as error:
        context.log(f"{image.cluster.name}: {error}")
        return False
    with transaction.atomic():
        _keep(planned, image, forged)
    return True


def _donors(planned: ManipulationPlan, image: FundusImage) -> list[FundusImage]:
    if planned.manipulator.recipe != recipes.SPLICE.key:
        return []
    others = planned.donors(image)
    rng = np.random.default_rng([planned.seed, image.pk])
    order = rng.permutation(len(others)).tolist()
    return [others[k] for k in itertools.islice(order, DONORS)]


def _keep(planned: ManipulationPlan, image: FundusImage, forged: Forged) -> None:
    digest = intake.content_hash(forged.image)
    stem = f"manipulations/{digest[:2]}/{digest}"
    mask = forged.mask.astype(np.uint8) * np.uint8(255)
    Manipulation.objects.get_or_create(
        manipulator=planned.manipulator,
        source=image,
        defaults={
            "seed": planned.seed,
            "file": intake.store_png(f"{stem}.png", forged.image),
            "content_hash": digest,
            "target": forged.target,
            "mask": intake.store_png(f"{stem}-mask.png", mask),
            "parameters": dict(forged.parameters),
        },
    )
