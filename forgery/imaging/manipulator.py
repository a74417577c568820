"""Train a manipulator on the photographs of one lesion, and apply it.

The network learns to reproduce the preprocessed photograph, as in the paper.
Three traps are controlled here: colours above a scale stay those of the
photograph, the surround is never repainted, and a network that learned to change
nothing is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from forgery.imaging import checkpoints, devices, networks, profiles
from forgery.imaging.configs import ManipulatorSettings
from forgery.imaging.fundus import field_of_view
from forgery.imaging.reconstruction import Images, ReconstructionLoss, with_grey
from forgery.imaging.training import (
    Run,
    Trainer,
    ignore_progress,
    never_stop,
    seeded,
)

BUNDLE_FILE = "manipulator.safetensors"
"""Name of the bundle in the folder of a run."""
MINIMUM_CHANGE = 0.25
"""Least root mean square change inside the field of view, in grey levels of 255."""


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


def train(
    images: Images,
    settings: ManipulatorSettings,
    *,
    workdir: Path | str,
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
        Folder of this run: resume state and bundle.
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
        If the images have another shape, or the network learned to change nothing.
    TrainingCancelled
        If ``should_stop`` said so; the next call continues.
    """
    with seeded(settings.seed):
        network = networks.build(settings.recipe)
    _check_images(images, network)
    data = hashlib.sha256(images.tobytes()).hexdigest()
    run = Run(Path(workdir), on_progress, should_stop, device)
    trainer = Trainer(network, settings, run, data)
    progress = trainer.fit(ReconstructionLoss(images, settings, trainer.device))

    sample = images[:: max(1, len(images) // 8)]
    masks = [field_of_view(image) for image in sample]
    forged = _apply(trainer.network, sample, masks, settings.colour_sigma)
    metrics = {
        "loss": float(np.mean([loss for _, loss in progress.curve[-5:]])),
        "change_rmse": change(forged, sample, masks),
        "n_images": float(len(images)),
        "seconds": progress.seconds,
    }
    _check_change(metrics["change_rmse"], is_flat=_is_flat(trainer.network, sample))
    config: dict[str, Any] = trainer.network.config.to_dict()
    path = run.workdir / BUNDLE_FILE
    sha256 = checkpoints.save(
        path,
        trainer.network.state_dict(),
        {
            "kind": "manipulator",
            "recipe": settings.recipe,
            "config": config,
            "settings": settings.to_dict(),
            "seed": settings.seed,
            "data_sha256": data,
            "loss": metrics["loss"],
            "change_rmse": metrics["change_rmse"],
        },
    )
    return TrainedManipulator(path, sha256, progress.curve, metrics)


def apply(
    path: Path | str,
    sha256: str | None,
    images: Images,
    masks: Sequence[NDArray[np.bool_]] | NDArray[np.bool_],
    *,
    device: str | None = None,
) -> Images:
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
    ndarray of uint8, shape (N, 256, 256, 3)
        The forgeries; outside the masks the photographs.

    Raises
    ------
    ChecksumMismatch
        If the bundle is not the one named.
    ValueError
        If the images have another shape than the network paints.
    """
    tensors, metadata = checkpoints.load(path, sha256)
    network = networks.build(metadata["recipe"], metadata["config"])
    network.load_state_dict(tensors)
    _check_images(images, network)
    network = network.to(devices.choose(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    sigma = float(metadata["settings"]["colour_sigma"])
    return _apply(network.eval(), images, masks, sigma)


def change(
    forged: Images,
    images: Images,
    masks: Sequence[NDArray[np.bool_]] | NDArray[np.bool_],
) -> float:
    """
    Measure how far forgeries are from their photographs.

    Parameters
    ----------
    forged, images : ndarray of uint8, shape (N, H, W, 3)
        Forgeries and photographs in the same order.
    masks : sequence of ndarray of bool, shape (H, W)
        Fields of view.

    Returns
    -------
    float
        Root mean square difference inside the fields of view, 0 to 255.
    """
    inside = np.asarray(masks)
    difference = forged[inside].astype(np.float64) - images[inside]
    return float(np.sqrt(np.mean(difference**2)))


@torch.no_grad()
def _apply(
    network: nn.Module,
    images: Images,
    masks: Sequence[NDArray[np.bool_]] | NDArray[np.bool_],
    colour_sigma: float,
) -> Images:
    device = next(network.parameters()).device
    forged = np.empty_like(images)
    for i, (image, mask) in enumerate(zip(images, masks, strict=True)):
        # in full precision: half of it has 8 bits, a comb in the grey levels
        painted = network(with_grey(image[None]).to(device))
        colours = painted[0, :3].float().permute(1, 2, 0).cpu().numpy() * 255
        if colour_sigma > 0:
            colours = colours + _lost_colour(image - colours, mask, colour_sigma)
        rounded = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
        forged[i] = profiles.composite(rounded, image, mask)
    return forged


def _lost_colour(
    difference: NDArray[np.float32], mask: NDArray[np.bool_], sigma: float
) -> NDArray[np.float32]:
    # Gaussian mean of the difference over the field of view alone
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    blurred = cv2.GaussianBlur(difference * weight[..., None], (0, 0), sigma)
    return np.asarray(blurred / np.maximum(total, 1e-3)[..., None], np.float32)


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


@torch.no_grad()
def _is_flat(network: nn.Module, sample: Images) -> bool:
    # all ReLUs of a level dead: the output no longer depends on the input
    device = next(network.parameters()).device
    painted = network(with_grey(sample[:1]).to(device))[:, :3]
    return bool(painted.std(dim=(2, 3)).max() < 1e-3)


def _check_change(rmse: float, *, is_flat: bool) -> None:
    if is_flat:
        msg = (
            "the manipulator paints every photograph alike: its features died in "
            "training; use another seed or a lower learning rate"
        )
        raise ValueError(msg)
    if rmse < MINIMUM_CHANGE:
        msg = (
            f"the manipulator learned to change nothing (root mean square {rmse:.2f} "
            f"of 255, at least {MINIMUM_CHANGE} wanted); use fewer steps"
        )
        raise ValueError(msg)
