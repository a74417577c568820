"""Train a manipulator on the photographs of one lesion, and apply it.

The paper's network learns to reproduce the preprocessed photograph; others paint
softened photographs anew, or turn one lesion into another. Three traps are
controlled here: colours above a scale stay those of the photograph, the surround is
never repainted, and a network that learned to change nothing is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from forgery.imaging import checkpoints, devices, lessons, networks, recipes
from forgery.imaging.configs import ManipulatorSettings
from forgery.imaging.fundus import field_of_view
from forgery.imaging.painting import Masks, Painted, is_flat, paint
from forgery.imaging.painting import change as change
from forgery.imaging.reconstruction import Images, ReconstructionLoss
from forgery.imaging.samples import SampleSheets
from forgery.imaging.training import (
    Loss,
    Run,
    Trainer,
    ignore_progress,
    never_stop,
    seeded,
)
from forgery.imaging.translation import TranslationLoss
from forgery.imaging.translation_configs import TranslationSettings

BUNDLE_FILE = "manipulator.safetensors"
"""Name of the bundle in the folder of a run."""


@dataclass(frozen=True)
class TrainedManipulator:
    """What a training makes."""

    path: Path
    """The bundle."""
    sha256: str
    """Digest of the bundle."""
    loss_curve: list[tuple[int, float]]
    """Step and loss."""
    metrics: dict[str, float]
    """Last loss, change in grey levels on training photographs, seconds."""


@dataclass(frozen=True)
class Painter:
    """A bundle that was read: ready to forge."""

    network: nn.Module
    """The network on its device."""
    recipe: str
    """Name of the recipe."""
    settings: Mapping[str, Any]
    """What it was trained by."""

    @property
    def target(self) -> str:
        """
        Give the lesion that forgeries shall show.

        Returns
        -------
        str
            Its key, empty where the recipe has none.
        """
        return str(self.settings.get("target", ""))

    def forge(self, images: Images, masks: Masks) -> Painted:
        """
        Manipulate photographs inside their fields of view.

        Parameters
        ----------
        images : ndarray of uint8, shape (N, S, S, 3)
            Photographs from `profiles.prepare`.
        masks : sequence of ndarray of bool, shape (S, S)
            Their fields of view.

        Returns
        -------
        Painted
            The forgeries, outside the masks the photographs; and which pixels differ.
        """
        _check_images(images, self.network)
        sigma = float(self.settings["colour_sigma"])
        return paint(self.network, images, masks, colour_sigma=sigma)


def load(path: Path | str, sha256: str | None, *, device: str | None = None) -> Painter:
    """
    Read a bundle once, to forge with it many times.

    Parameters
    ----------
    path : Path or str
        The bundle.
    sha256 : str or None
        The digest it must have.
    device : str or None
        Name of the device; None chooses.

    Returns
    -------
    Painter
        The network with its weights, and what it was trained by.

    Raises
    ------
    ChecksumMismatch
        If the bundle is not the one named.
    """
    tensors, metadata = checkpoints.load(path, sha256)
    network = networks.build(metadata["recipe"], metadata["config"])
    network.load_state_dict(tensors)
    network = network.to(devices.choose(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Painter(network.eval(), metadata["recipe"], metadata["settings"])


def train(  # noqa: PLR0913 - what is trained, on what, and who hears of it
    images: Images,
    settings: ManipulatorSettings,
    *,
    workdir: Path | str,
    targets: Images | None = None,
    on_progress: Callable[[int, int, float, dict[str, float]], None] = ignore_progress,
    should_stop: Callable[[], bool] = never_stop,
    device: str | None = None,
) -> TrainedManipulator:
    """
    Train a manipulator; a resume state of the same run in ``workdir`` is continued.

    Parameters
    ----------
    images : ndarray of uint8, shape (N, 256, 256, 3)
        Photographs of one lesion from `profiles.prepare`.
    settings : ManipulatorSettings
        From `recipes.get(...).settings(preset)`.
    workdir : Path or str
        Folder of this run: resume state, sheets of samples and bundle.
    targets : ndarray of uint8, shape (M, 256, 256, 3), or None
        Photographs of the lesion that forgeries shall show, for recipes that have one.
    on_progress : callable
        Called after every step with step, total, loss and further figures.
    should_stop : callable
        Asked before every step.
    device : str or None
        Name of the device; None chooses.

    Returns
    -------
    TrainedManipulator
        The bundle and how training went.

    Raises
    ------
    ValueError
        If the images have another shape, targets are missing, or the network learned
        to change nothing.
    TrainingCancelled
        If ``should_stop`` said so; the next call continues.
    """
    with seeded(settings.seed):
        painter = networks.build(settings.recipe, preset=settings.preset)
        trainee = networks.trainee(painter, settings)
    sides = _checked(painter, settings, images, targets)
    data = hashlib.sha256(b"".join(side.tobytes() for side in sides)).hexdigest()
    run = Run(Path(workdir), on_progress, should_stop, device)
    sheets = SampleSheets(
        run.on_progress, painter, images, run.workdir, settings.colour_sigma
    )
    run = replace(run, on_progress=sheets)
    trainer = Trainer(trainee, settings, run, data)
    progress = trainer.fit(loss_of(sides, settings, trainer.device))

    sample = images[:: max(1, len(images) // 8)]
    masks = [field_of_view(image) for image in sample]
    made = paint(painter, sample, masks, colour_sigma=settings.colour_sigma)
    metrics = {
        "loss": float(np.mean([loss for _, loss in progress.curve[-5:]])),
        "change_rmse": change(made.images, sample, masks),
        "n_images": float(sum(map(len, sides))),
        "seconds": progress.seconds,
    }
    _check_change(settings, metrics["change_rmse"], dead=is_flat(painter, sample))
    path, sha256 = _save(painter, settings, run.workdir, data, metrics)
    return TrainedManipulator(path, sha256, progress.curve, metrics)


def forge(
    path: Path | str,
    sha256: str | None,
    images: Images,
    masks: Masks,
    *,
    device: str | None = None,
) -> Painted:
    """
    Manipulate photographs inside their fields of view.

    The Gaussian blur of the paper is not applied: `profiles.finish` does that, to
    both classes.

    Parameters
    ----------
    path : Path or str
        The bundle.
    sha256 : str or None
        The digest it must have.
    images : ndarray of uint8, shape (N, 256, 256, 3)
        Photographs from `profiles.prepare`.
    masks : sequence of ndarray of bool, shape (256, 256)
        Their fields of view.
    device : str or None
        Name of the device; None chooses.

    Returns
    -------
    Painted
        The forgeries, outside the masks the photographs; and which pixels differ.

    Raises
    ------
    ChecksumMismatch
        If the bundle is not the one named.
    ValueError
        If the images have another shape than the network paints.
    """
    return load(path, sha256, device=device).forge(images, masks)


def loss_of(
    sides: Sequence[Images], settings: ManipulatorSettings, device: torch.device
) -> Loss:
    """
    Choose what a recipe learns by.

    Parameters
    ----------
    sides : sequence of ndarray of uint8, shape (N, S, S, 3)
        Photographs; then those of the target, where the recipe has one.
    settings : ManipulatorSettings
        The recipe's settings.
    device : torch.device
        Where the network computes.

    Returns
    -------
    callable
        Draws the batch of a step and returns the loss of the network on it.
    """
    if isinstance(settings, TranslationSettings):
        shown, targets = sides
        wanted = None
        if recipes.get(settings.recipe).is_taught:
            shown, wanted = lessons.pairs(
                shown, targets, settings.target, seed=settings.seed
            )
        return TranslationLoss(shown, targets, settings, device, wanted)
    return ReconstructionLoss(sides[0], settings, device)


def _save(
    painter: nn.Module,
    settings: ManipulatorSettings,
    workdir: Path,
    data: str,
    metrics: dict[str, float],
) -> tuple[Path, str]:
    shape: Any = painter.config
    path = workdir / BUNDLE_FILE
    sha256 = checkpoints.save(
        path,
        painter.state_dict(),
        {
            "kind": "manipulator",
            "recipe": settings.recipe,
            "config": shape.to_dict(),
            "settings": settings.to_dict(),
            "seed": settings.seed,
            "data_sha256": data,
            "loss": metrics["loss"],
            "change_rmse": metrics["change_rmse"],
        },
    )
    return path, sha256


def _checked(
    painter: nn.Module,
    settings: ManipulatorSettings,
    images: Images,
    targets: Images | None,
) -> list[Images]:
    _check_images(images, painter)
    if not recipes.get(settings.recipe).has_target:
        return [images]
    if targets is None:
        msg = f"{settings.recipe} needs photographs of the lesion it shall show"
        raise ValueError(msg)
    _check_images(targets, painter)
    return [images, targets]


def _check_images(images: Images, network: nn.Module) -> None:
    size = network.config.size
    if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3):
        msg = (
            f"a manipulator needs uint8 images of shape (N, {size}, {size}, 3), not "
            f"{images.dtype} {images.shape}; prepare them by profiles.prepare"
        )
        raise ValueError(msg)
    if len(images) == 0:
        msg = "a manipulator needs at least one photograph; the list is empty"
        raise ValueError(msg)


def _check_change(settings: ManipulatorSettings, rmse: float, *, dead: bool) -> None:
    if dead:
        msg = (
            "the manipulator paints every photograph alike: its features died in "
            "training; use another seed or a lower learning rate"
        )
        raise ValueError(msg)
    least = recipes.get(settings.recipe).least_change
    if rmse < least:
        msg = (
            f"the manipulator learned to change nothing (root mean square {rmse:.2f} "
            f"of 255, at least {least} wanted); use another seed, or more or fewer "
            "steps"
        )
        raise ValueError(msg)
