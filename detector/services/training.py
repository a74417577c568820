"""Train a detector on reserved clusters, and record all that it has seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.core.files import File
from django.db import transaction

from detector.exceptions import NothingToTrainOn
from detector.models import DetectorModel
from detector.network import configs, metrics
from detector.network import training as network_training
from detector.network.baseline import DetailBaseline
from detector.network.dataset import Examples
from detector.network.inference import Detector
from detector.network.training import TrainedDetector
from detector.services.examples import (
    UNMATCHED_WAYS,
    images_of,
    manipulators_of,
    twin_examples,
)
from forgery.exceptions import WrongInput
from forgery.imaging.versions import code_version
from forgery.models import Manipulator, PatientCluster, Pool, Reservation
from forgery.services.job_context import JobContext
from forgery.services.reservations import check_training, clusters_for, pin

Role = Reservation.Role


@dataclass(frozen=True)
class DetectorOrder:
    """What somebody asked for, as command, page or API hand it over."""

    pool: str
    name: str
    recipe: str = "paper-sparse-cnn"
    preset: str = "full"
    seed: int = 1
    held_out_fold: int | None = None


@dataclass(frozen=True)
class Material:
    """The clusters and manipulators of one training run."""

    pool: Pool
    train: list[PatientCluster]
    validation: list[PatientCluster]
    manipulators: dict[str, Manipulator]


def train_detector(order: DetectorOrder, context: JobContext) -> dict[str, Any]:
    """Train, store and describe a detector; returns its key and its figures."""
    settings = _settings(order)
    material = _material(order)
    lesions = material.manipulators
    images = images_of(material.pool, material.train, lesions)
    held_back = images_of(material.pool, material.validation, lesions)
    train = twin_examples(images, lesions, context.progress)
    validation = twin_examples(held_back, lesions, context.progress)
    context.log(f"{len(train)} examples to train on, {len(validation)} to validate")
    trained = network_training.train(
        train,
        validation,
        settings,
        workdir=context.workdir,
        on_progress=lambda step, total, loss, _: context.progress(
            step, total, f"loss {loss:.4f}"
        ),
        should_stop=context.should_stop,
    )
    unmatched = twin_examples(held_back, lesions, context.progress, ways=UNMATCHED_WAYS)
    figures = trained.metrics | _baselines(trained, validation, unmatched)
    model = _store(order, material, trained, figures)
    return {"detector": model.pk, "name": model.name, "metrics": figures}


def _settings(order: DetectorOrder) -> configs.DetectorSettings:
    """Look the preset up, and refuse a name that is taken."""
    taken = DetectorModel.objects.filter(
        name=order.name, held_out_fold=order.held_out_fold
    )
    if taken.exists():
        msg = f"a detector called {order.name!r} exists: choose another --name"
        raise WrongInput(msg)
    try:
        return configs.get(order.recipe).settings(order.preset, seed=order.seed)
    except KeyError as error:
        raise WrongInput(str(error.args[0])) from error


def _material(order: DetectorOrder) -> Material:
    """Find what may be trained on; the reservations refuse all else."""
    pool = Pool.objects.filter(name=order.pool).first()
    if pool is None:
        msg = f"no pool is called {order.pool!r}: import it first (import_pool --help)"
        raise WrongInput(msg)
    fold = order.held_out_fold
    train = list(clusters_for(pool, Role.DETECTOR_TRAIN, held_out_fold=fold))
    validation = list(clusters_for(pool, Role.VALIDATION, held_out_fold=fold))
    if fold is not None:
        train, validation = _apart(train, validation)
    if not train or not validation:
        msg = (
            f"pool {pool.name} has {len(train)} clusters reserved for detector "
            f"training and {len(validation)} for validation; both are needed: run "
            "reserve, or bring more patients"
        )
        raise NothingToTrainOn(msg)
    check_training(train, role=Role.DETECTOR_TRAIN, held_out_fold=fold)
    check_training(validation, role=Role.VALIDATION, held_out_fold=fold)
    return Material(pool, train, validation, manipulators_of(pool, fold))


def _apart(
    train: list[PatientCluster], validation: list[PatientCluster]
) -> tuple[list[PatientCluster], list[PatientCluster]]:
    """Cross-fitted clusters answer for both roles: one in four validates."""
    both = sorted({c.pk for c in train} & {c.pk for c in validation})
    validates = set(both[::4])
    return (
        [c for c in train if c.pk not in validates],
        [c for c in validation if c.pk in validates or c.pk not in both],
    )


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


@transaction.atomic
def _store(
    order: DetectorOrder,
    material: Material,
    trained: TrainedDetector,
    figures: dict[str, Any],
) -> DetectorModel:
    """Save the bundle and the row; what it relies on cannot change any more."""
    model = DetectorModel(
        name=order.name,
        pool=material.pool,
        recipe=order.recipe,
        preset=order.preset,
        config=configs.get(order.recipe).settings(order.preset).to_dict(),
        seed=order.seed,
        held_out_fold=order.held_out_fold,
        sha256=trained.sha256,
        threshold=trained.threshold,
        temperature=trained.temperature,
        data_hash=material.pool.data_hash,
        code_version=code_version(),
        metrics=figures,
        loss_curve=[list(point) for point in trained.loss_curve],
    )
    with trained.path.open("rb") as bundle:
        model.file.save(f"{trained.sha256[:16]}.safetensors", File(bundle), save=False)
    model.save()
    model.clusters.set([*material.train, *material.validation])
    model.manipulators.set(material.manipulators.values())
    pin([*material.train, *material.validation])
    return model


def train_work(context: JobContext) -> dict[str, Any]:
    """Train as a job's row says."""
    return train_detector(DetectorOrder(**context.job.arguments), context)
