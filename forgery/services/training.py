"""Train a manipulator as a job: torch lives below here; tasks and commands only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from forgery.exceptions import WrongInput
from forgery.imaging import manipulator as network
from forgery.imaging.versions import code_version
from forgery.models import FundusImage, Manipulator
from forgery.services import reservations, starting
from forgery.services.jobs import JobContext
from forgery.services.rendering import working
from forgery.services.training_plan import PROFILE, TrainingPlan, plan


def train_work(context: JobContext) -> dict[str, Any]:
    """Train a manipulator, and let it manipulate where that was asked for."""
    result = _trained(context)
    if context.job.arguments.get("manipulate"):
        try:
            starting.start_manipulation(
                owner=context.job.owner, manipulator=result["manipulator"]
            )
        except WrongInput as error:
            context.log(str(error))
    return result


def _trained(context: JobContext) -> dict[str, Any]:
    """Train one manipulator: the work of ``forgery.train_manipulator``."""
    planned = plan(context.job.arguments)
    if planned.existing is not None:
        return _result(planned.existing, is_new=False)
    if not planned.images:
        return _result(_record(planned), is_new=True)
    images = _prepare(planned.images, context)
    text = _("{n} images of {clusters} clusters")
    context.log(text.format(n=len(images), clusters=len(planned.clusters)))
    second: dict[str, Any] = {}
    if planned.targets:
        second["targets"] = _prepare(planned.targets, context)
    trained = network.train(
        images,
        planned.settings,
        workdir=context.workdir,
        on_progress=lambda step, total, loss, _metrics: context.loss(
            step, total, loss, _("loss {loss:.4f}").format(loss=loss)
        ),
        should_stop=context.should_stop,
        device=context.job.arguments["device"],
        **second,
    )
    return _result(_keep(planned, trained), is_new=True)


def _record(planned: TrainingPlan) -> Manipulator:
    """Store a recipe that needs no training, ready to manipulate."""
    made = _row(planned)
    made.metrics = {"n_images": 0}
    made.save()
    return made


def _prepare(planned: Sequence[FundusImage], context: JobContext) -> NDArray[np.uint8]:
    images = []
    for image in planned:
        context.stop_if_asked()
        images.append(working(image, PROFILE))
    return np.stack(images)


def _keep(planned: TrainingPlan, trained: network.TrainedManipulator) -> Manipulator:
    """Store the bundle and its record, and fix the roles it relies on."""
    with transaction.atomic():
        made = _row(planned)
        made.sha256 = trained.sha256
        made.metrics = trained.metrics
        made.loss_curve = [list(point) for point in trained.loss_curve]
        with Path(trained.path).open("rb") as bundle:
            made.file.save(f"{planned.name}.safetensors", File(bundle), save=False)
        made.save()
        made.clusters.set(planned.clusters)
        reservations.check_training(
            planned.clusters,
            role=reservations.Role.MANIPULATOR_TRAIN,
            held_out_fold=planned.held_out_fold,
        )
        reservations.pin(planned.clusters)
    return made


def _row(planned: TrainingPlan) -> Manipulator:
    return Manipulator(
        name=planned.name,
        pool=planned.pool,
        lesion=planned.lesion,
        target=getattr(planned.settings, "target", ""),
        recipe=planned.settings.recipe,
        preset=planned.settings.preset,
        config=planned.settings.to_dict(),
        profile=PROFILE.to_dict(),
        seed=planned.settings.seed,
        held_out_fold=planned.held_out_fold,
        data_hash=planned.data_hash,
        code_version=code_version(),
    )


def _result(made: Manipulator, *, is_new: bool) -> dict[str, Any]:
    return {
        "manipulator": made.name,
        "is_new": is_new,
        "sha256": made.sha256,
        "metrics": made.metrics,
    }
