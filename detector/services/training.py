"""Train a detector on reserved clusters, and record all that it has seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from detector.models import DetectorModel
from detector.network import metrics
from detector.network import training as network_training
from detector.network.baseline import DetailBaseline
from detector.network.examples import Examples
from detector.network.inference import Detector
from detector.network.training import TrainedDetector
from detector.services.examples import UNMATCHED_WAYS, Progress, twin_examples
from detector.services.training_plan import DetectorOrder, Role, TrainingPlan, plan
from detector.services.twins import Twinner
from forgery.imaging.versions import code_version
from forgery.models import Manipulator
from forgery.services.job_context import JobContext
from forgery.services.reservations import check_training, pin


def train_work(context: JobContext) -> dict[str, Any]:
    """Train, store and describe a detector: the work of ``detector.train_detector``."""
    planned = plan(DetectorOrder.from_arguments(context.job.arguments))
    if planned.existing is not None:
        return _result(planned.existing, is_new=False)
    train, validation, unmatched = _twins(planned, _teller(context))
    text = _("{train} examples to train on, {validation} to validate")
    context.log(text.format(train=len(train), validation=len(validation)))
    trained = network_training.train(
        train,
        validation,
        planned.settings,
        workdir=context.workdir,
        on_progress=lambda step, total, loss, _: context.loss(
            step, total, loss, f"loss {loss:.4f}"
        ),
        should_stop=context.should_stop,
    )
    figures = trained.metrics | _baselines(trained, validation, unmatched)
    return _result(_keep(planned, trained, figures), is_new=True)


def _twins(planned: TrainingPlan, tell: Progress) -> tuple[Examples, ...]:
    """Make what is learned from, validated on, and the unmatched view of the latter."""
    learned, held_back = (
        planned.images(planned.train),
        planned.images(planned.validation),
    )
    if planned.learns_all_families:
        twinner = Twinner(planned.bundles, planned.order.seed, tell)
        return (
            twinner.training(learned),
            twinner.validation(held_back, for_study=True),
            twinner.unmatched(held_back),
        )
    by = planned.manipulators
    return (
        twin_examples(learned, by, tell),
        twin_examples(held_back, by, tell),
        twin_examples(held_back, by, tell, ways=UNMATCHED_WAYS),
    )


class _teller:  # noqa: N801 - used as a function
    """Tell how the twins come along, and leave the work when it should stop."""

    def __init__(self, context: JobContext) -> None:
        self.context = context

    def __call__(self, done: int, total: int, message: str) -> None:
        self.context.stop_if_asked()
        self.context.progress(done, total, message)


def _baselines(
    trained: TrainedDetector, validation: Examples, unmatched: Examples
) -> dict[str, Any]:
    """Choose the one-feature baseline and the unmatched threshold on validation."""
    is_paper = [pair.endswith("/paper") for pair in validation.pair.tolist()]
    matched = validation.take(np.array(is_paper))
    detector = Detector.load(trained.path, trained.sha256)
    scores = detector.score(unmatched.images)
    return {
        "baseline": {
            "matched": asdict(DetailBaseline.fit(matched)),
            "unmatched": asdict(DetailBaseline.fit(unmatched)),
        },
        "unmatched_threshold": metrics.best_threshold(unmatched.truth, scores),
    }


def _keep(
    planned: TrainingPlan, trained: TrainedDetector, figures: dict[str, Any]
) -> DetectorModel:
    """Save the bundle and the row; what it relies on cannot change any more."""
    order = planned.order
    model = DetectorModel(
        name=order.name,
        pool=planned.pool,
        recipe=order.recipe,
        preset=order.preset,
        config=planned.settings.to_dict(),
        seed=order.seed,
        held_out_fold=order.held_out_fold,
        sha256=trained.sha256,
        threshold=trained.threshold,
        temperature=trained.temperature,
        data_hash=planned.data_hash,
        code_version=code_version(),
        metrics=figures,
        loss_curve=[list(point) for point in trained.loss_curve],
    )
    with transaction.atomic():
        with trained.path.open("rb") as bundle:
            name = f"{trained.sha256[:16]}.safetensors"
            model.file.save(name, File(bundle), save=False)
        model.save()
        model.clusters.set([*planned.train, *planned.validation])
        model.manipulators.set(_manipulators(planned))
        for clusters, role in (
            (planned.train, Role.DETECTOR_TRAIN),
            (planned.validation, Role.VALIDATION),
        ):
            check_training(clusters, role=role, held_out_fold=order.held_out_fold)
            pin(clusters)
    return model


def _manipulators(planned: TrainingPlan) -> list[Manipulator]:
    """List the stored manipulators that the twins were made by."""
    if not planned.learns_all_families:
        return planned.forgers
    images = planned.images([*planned.train, *planned.validation])
    used = {
        bundle.sha256: bundle.manipulator
        for image in images
        for bundle in planned.bundles.of(image).values()
    }
    return [one for one in used.values() if one is not None]


def _result(model: DetectorModel, *, is_new: bool) -> dict[str, Any]:
    return {
        "detector": model.pk,
        "name": model.name,
        "is_new": is_new,
        "sha256": model.sha256,
        "metrics": model.metrics,
    }
