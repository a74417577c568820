"""Train a detector on twins around the loop of `forgery.imaging.training`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from detector.network import (
    copies,
    judgement,
    losses,
    metrics,
    networks,
    pruning,
    torchrun,
)
from detector.network.configs import DetectorSettings, ForensicSettings
from detector.network.copies import CopyRule
from detector.network.examples import Examples, check_split
from detector.network.inference import in_chunks
from detector.network.judgement import Judgement, Score, of_network
from detector.network.trace_head import Describe, Washed
from detector.network.traces import Traces
from forgery.imaging import checkpoints, parallel
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.seeding import seeded
from forgery.imaging.training import (
    Loss,
    Progress,
    Run,
    Trainer,
    ignore_progress,
    never_stop,
)

BUNDLE_FILE = "detector.safetensors"
"""Name of the bundle in the folder of a run."""


@dataclass(frozen=True)
class TrainedDetector:
    """What a training makes."""

    path: Path
    """The bundle."""
    sha256: str
    """Digest of the bundle."""
    threshold: float
    """Logit at and above which an image is called manipulated, from validation."""
    temperature: float
    """Divisor of logits on the way to probabilities, from validation."""
    metrics: dict[str, float]
    """Figures on validation, the last loss, seconds."""
    loss_curve: list[tuple[int, float]]
    """Step and loss."""


def train(  # noqa: PLR0913 - data, settings, and one wish of the job each
    train: Examples,
    validation: Examples,
    settings: DetectorSettings,
    *,
    workdir: Path | str,
    start: Path | None = None,
    on_progress: Callable[[int, int, float, dict[str, float]], None] = ignore_progress,
    should_stop: Callable[[], bool] = never_stop,
    device: str | None = None,
    describe: Describe | None = None,
) -> TrainedDetector:
    """
    Train a detector; a resume state of the same run in ``workdir`` is continued.

    Parameters
    ----------
    train : Examples
        What the weights learn from.
    validation : Examples
        What threshold and temperature are chosen on; other clusters.
    settings : DetectorSettings
        From ``configs.get(...).settings(preset)``.
    workdir : Path or str
        Folder of this run: resume state and bundle.
    start : Path or None
        Bundle of the same recipe whose weights the run starts from; None draws them.
    on_progress : callable
        Called after every step with step, total, loss and further figures.
    should_stop : callable
        Asked before every step.
    device : str or None
        Name of the device; None chooses.
    describe : callable or None
        Gives the traces of laundered examples, where something remembers them from
        one training to the next; None computes them.

    Returns
    -------
    TrainedDetector
        The bundle, its threshold and how training went.

    Raises
    ------
    ClusterOverlap
        If training and validation share a patient cluster.
    ValueError
        If a part lacks originals or manipulated images.
    TrainingCancelled
        If ``should_stop`` said so; the next call continues.
    """
    check_split(train, validation)
    with seeded(settings.seed):
        network = networks.build(settings.recipe)
    begun, learned = "", set(train.family[train.truth].tolist())
    if start is not None:
        begun = _start(network, start, settings.recipe)
        learned |= set(families_of(start))
    run = Run(Path(workdir), on_progress, should_stop, device)
    data = {"train": train.digest, "validation": validation.digest}
    processes = parallel.wanted()
    if processes > 1 and start is None and isinstance(settings, ForensicSettings):
        torchrun.launch(train, settings, run, processes)  # the rest resumes from it
    trainer = Trainer(network, settings, run, data["train"] + begun)
    progress = _fit(trainer, losses.loss_of(train, settings, trainer.device))

    costs: dict[str, float] = {}
    if settings.prune > 0:
        scores = in_chunks(network, validation.images, trainer.device)
        costs["validation_auc_dense"] = metrics.auc(validation.truth, scores)
        progress.seconds += pruning.prune(network, train, settings, run).seconds
        costs["zeros"] = pruning.zeros(network)

    judged = _judged(
        lambda images: in_chunks(network, images, trainer.device),
        (train, validation),
        settings,
        _stoppable(describe or Washed(settings.seed), should_stop),
    )
    figures = {
        "loss": float(np.mean([loss for _, loss in progress.curve[-5:]])),
        **judged.figures,
        "n_train": float(len(train)),
        "n_validation": float(len(validation)),
        **costs,
    }
    path = run.workdir / BUNDLE_FILE
    described = {
        "kind": "detector",
        "recipe": settings.recipe,
        "config": network.config.to_dict(),
        "settings": settings.to_dict(),
        "seed": settings.seed,
        "data_sha256": data,
        "started_from": begun,
        "families": sorted(learned),
        **judged.chosen,
        "metrics": figures,
        "clusters": {
            "train": sorted(set(train.cluster.tolist())),
            "validation": sorted(set(validation.cluster.tolist())),
        },
    }
    tensors = network.state_dict() | judged.tensors
    return TrainedDetector(
        path=path,
        sha256=checkpoints.save(path, tensors, described),
        threshold=judged.chosen["threshold"],
        temperature=judged.chosen["temperature"],
        metrics=figures | {"seconds": progress.seconds},
        loss_curve=progress.curve,
    )


@dataclass(frozen=True)
class _Judged:
    """What validation decided, and how well that fits it."""

    chosen: dict[str, Any]
    tensors: dict[str, torch.Tensor]
    figures: dict[str, float]


def _judged(
    score: Score,
    parts: tuple[Examples, Examples],
    settings: DetectorSettings,
    describe: Describe,
) -> _Judged:
    validation = parts[1]
    truth, wanted = validation.truth, settings.most_false
    beside = Judgement()
    if isinstance(settings, ForensicSettings):
        beside, scores = judgement.with_traces(score, parts, settings, describe)
        found = copies.areas(validation.images)
        # copies are worth what lifts a typical original over the threshold without
        threshold = metrics.best_threshold(truth, scores, most_false=wanted)
        rule = CopyRule.fit(scores, found, truth, threshold)
        beside, scores = replace(beside, copies=rule), rule.apply(scores, found)
    else:
        scores = score(validation.images)
    threshold = metrics.best_threshold(truth, scores, most_false=wanted)
    offset, temperature = metrics.best_calibration(truth, scores)
    return _Judged(
        beside.described()
        | {"threshold": threshold, "offset": offset, "temperature": temperature},
        beside.tensors(),
        {
            "validation_auc": metrics.auc(truth, scores),
            "validation_balanced_accuracy": metrics.balanced_accuracy(
                truth, scores >= threshold
            ),
        },
    )


def _stoppable(describe: Describe, should_stop: Callable[[], bool]) -> Describe:
    def described(examples: Examples, number: int) -> Traces:
        if should_stop():
            msg = "the training was cancelled"
            raise TrainingCancelled(msg)
        return describe(examples, number)

    return described


def _fit(trainer: Trainer, loss: Loss) -> Progress:
    # to the last step, or to where the settings stop before it
    stop = getattr(trainer.settings, "stop", 0)
    if not stop:
        return trainer.fit(loss)
    asked = trainer.run.should_stop
    trainer.run = replace(
        trainer.run, should_stop=lambda: trainer.progress.step >= stop or asked()
    )
    try:
        return trainer.fit(loss)
    except TrainingCancelled:
        if trainer.progress.step < stop:
            raise
    if trainer.average is not None:
        trainer.network.load_state_dict(trainer.average)
    trainer.network.eval()
    return trainer.progress


def families_of(bundle: Path) -> list[str]:
    """
    Tell which families a bundle's weights have learned, its start's included.

    Parameters
    ----------
    bundle : Path
        What `train` wrote.

    Returns
    -------
    list of str
        Their names.

    Raises
    ------
    ValueError
        If the bundle does not say: weights of before this was kept.
    """
    _, described = checkpoints.load(bundle, checkpoints.digest(bundle))
    if "families" not in described:
        msg = f"{bundle.name} does not say what families it has learned; train it anew"
        raise ValueError(msg)
    return [str(name) for name in described["families"]]


def _start(network: nn.Module, bundle: Path, recipe: str) -> str:
    # give the network a bundle's weights; returns the bundle's digest
    digest = checkpoints.digest(bundle)
    tensors, described = checkpoints.load(bundle, digest)
    if described.get("recipe") != recipe:
        msg = f"{bundle.name} holds weights of {described.get('recipe')}, not {recipe}"
        raise ValueError(msg)
    network.load_state_dict(of_network(tensors))
    return digest
