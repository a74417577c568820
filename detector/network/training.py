"""Train a detector on twins around the loop of `forgery.imaging.training`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from detector.network import metrics, networks
from detector.network.augmentation import Augmentation, TwinBatches, to_tensor
from detector.network.configs import DetectorSettings, ForensicSettings
from detector.network.examples import Examples, check_split
from detector.network.inference import in_chunks
from detector.network.losses import ForensicLoss
from forgery.imaging import checkpoints
from forgery.imaging.seeding import seeded
from forgery.imaging.training import Loss, Run, Trainer, ignore_progress, never_stop

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
    on_progress: Callable[[int, int, float, dict[str, float]], None] = ignore_progress,
    should_stop: Callable[[], bool] = never_stop,
    device: str | None = None,
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
    on_progress : callable
        Called after every step with step, total, loss and further figures.
    should_stop : callable
        Asked before every step.
    device : str or None
        Name of the device; None chooses.

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
    run = Run(Path(workdir), on_progress, should_stop, device)
    data = {"train": train.digest, "validation": validation.digest}
    trainer = Trainer(network, settings, run, data["train"])
    progress = trainer.fit(loss_of(train, settings, trainer.device))

    scores = in_chunks(network, validation.images, trainer.device)
    threshold = metrics.best_threshold(validation.truth, scores)
    temperature = metrics.best_temperature(validation.truth, scores, threshold)
    figures = {
        "loss": float(np.mean([loss for _, loss in progress.curve[-5:]])),
        "validation_auc": metrics.auc(validation.truth, scores),
        "validation_balanced_accuracy": metrics.balanced_accuracy(
            validation.truth, scores >= threshold
        ),
        "n_train": float(len(train)),
        "n_validation": float(len(validation)),
    }
    path = run.workdir / BUNDLE_FILE
    described = {
        "kind": "detector",
        "recipe": settings.recipe,
        "config": network.config.to_dict(),
        "settings": settings.to_dict(),
        "seed": settings.seed,
        "data_sha256": data,
        "threshold": threshold,
        "temperature": temperature,
        "metrics": figures,
        "clusters": {
            "train": sorted(set(train.cluster.tolist())),
            "validation": sorted(set(validation.cluster.tolist())),
        },
    }
    sha256 = checkpoints.save(path, network.state_dict(), described)
    figures = figures | {"seconds": progress.seconds}
    return TrainedDetector(
        path, sha256, threshold, temperature, figures, progress.curve
    )


def loss_of(
    examples: Examples, settings: DetectorSettings, device: torch.device
) -> Loss:
    """
    Choose what a recipe learns by.

    Parameters
    ----------
    examples : Examples
        What the weights learn from.
    settings : DetectorSettings
        The recipe's settings.
    device : torch.device
        Where the network computes.

    Returns
    -------
    callable
        Draws the batch of a step and returns the loss of the network on it.
    """
    if isinstance(settings, ForensicSettings):
        return ForensicLoss(examples, settings, device)
    return _TwinLoss(examples, settings, device)


class _TwinLoss:
    # cross-entropy, and a forgery shall score above its own original
    def __init__(
        self, examples: Examples, settings: DetectorSettings, device: torch.device
    ) -> None:
        self.examples, self.settings, self.device = examples, settings, device
        self.augment = Augmentation(settings.gain, settings.processing)
        self.batches = TwinBatches(examples, settings.batch_size, settings.seed)

    def __call__(
        self, network: nn.Module, rng: np.random.Generator, step: int
    ) -> torch.Tensor:
        s = self.settings
        indices, twins = self.batches.draw(step)
        batch = self.augment(self.examples.images[indices], twins, rng)
        logits = network(to_tensor(batch).to(self.device)).float()  # (B,)
        truth = self.examples.truth[indices].astype(np.float32)
        target = torch.from_numpy(truth * (1 - 2 * s.smoothing) + s.smoothing)
        loss = functional.binary_cross_entropy_with_logits(
            logits, target.to(self.device)
        )
        if len(twins) and s.rank_weight > 0:
            pairs = torch.from_numpy(twins).to(self.device)
            lead = logits[pairs[:, 1]] - logits[pairs[:, 0]]  # (T,)
            loss = loss + s.rank_weight * functional.softplus(-lead).mean()
        return loss
