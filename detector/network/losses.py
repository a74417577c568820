"""What `default` learns: score, twin ranking and tamper map, on laundered crops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from detector.network.augmentation import Augmentation, TwinBatches, to_tensor
from detector.network.configs import DetectorSettings, ForensicSettings
from detector.network.curriculum import Draw, Twins
from detector.network.examples import MASK_STRIDE, Examples, Images
from forgery.imaging import parallel
from forgery.imaging.parallel import Team
from forgery.imaging.training import Loss


class ForensicLoss:
    """
    Cross-entropy of the score and of the tamper map, and the rank of twins.

    Parameters
    ----------
    examples : Examples
        What to learn from.
    settings : ForensicSettings
        Weights, curriculum and seed.
    device : torch.device
        Where the network computes.
    """

    def __init__(
        self, examples: Examples, settings: ForensicSettings, device: torch.device
    ) -> None:
        self.examples, self.settings, self.device = examples, settings, device
        self.twins = Twins(examples, settings)

    def __call__(
        self, network: nn.Module, rng: np.random.Generator, step: int
    ) -> torch.Tensor:
        """
        Draw the batch of a step and compute the loss of the network on it.

        Parameters
        ----------
        network : torch.nn.Module
            The detector.
        rng : numpy.random.Generator
            Source of the change of brightness and colours.
        step : int
            Number of the step, from 0.

        Returns
        -------
        torch.Tensor, shape ()
            The loss.
        """
        now, batch, pairs = self.twins.draw(step)
        gains = self._gains(len(batch), pairs, rng)
        mine = own_part(batch, pairs, parallel.team())
        batch = [batch[i] for i in mine.places]
        images, masks = cut(self.examples, batch, now.size)
        gains = gains[mine.places][:, None, None, :]
        x = to_tensor(np.minimum(images * gains, 1)).to(self.device)
        logits, tampered = network(x, mapped=True)
        truth = self.examples.truth[[one.index for one in batch]]
        return self.of(
            logits.float(),
            tampered,
            (
                torch.from_numpy(truth.astype(np.float32)).to(self.device),
                torch.from_numpy(masks).to(self.device),
                torch.from_numpy(mine.pairs).to(self.device),
            ),
            (mine.image_weight, mine.pair_weight),
        )

    def of(
        self,
        logits: torch.Tensor,
        tampered: torch.Tensor,
        known: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> torch.Tensor:
        """
        Compare scores and maps with what is known.

        Parameters
        ----------
        logits : torch.Tensor, shape (B,)
            Scores.
        tampered : torch.Tensor, shape (B, S / 4, S / 4)
            Logits of the tamper map.
        known : tuple of torch.Tensor
            Truth (B,), masks in [0, 1] (B, S / 4, S / 4), twins (T, 2).
        weights : tuple of float
            Of the means over images and over twins: 1 for a whole batch.

        Returns
        -------
        torch.Tensor, shape ()
            The loss.
        """
        s = self.settings
        truth, masks, pairs = known
        cross = functional.binary_cross_entropy_with_logits
        loss = cross(logits, truth * (1 - 2 * s.smoothing) + s.smoothing)
        weight = tampered.new_tensor(s.mask_positive)
        loss = loss + s.mask_weight * cross(tampered, masks, pos_weight=weight)
        loss = weights[0] * loss
        if len(pairs) and s.rank_weight > 0:
            lead = logits[pairs[:, 1]] - logits[pairs[:, 0]]  # (T,)
            rank = s.rank_weight * functional.softplus(-lead).mean()
            loss = loss + weights[1] * rank
        return loss

    def _gains(
        self, n: int, pairs: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        # brightness, then each colour; twins alike
        gain = self.settings.gain
        gains = 1 + rng.uniform(-gain, gain, (n, 1)) / 2
        gains = gains + rng.uniform(-gain, gain, (n, 3)) / 2
        gains[pairs[:, 1]] = gains[pairs[:, 0]]
        return (gains / 255).astype(np.float32)


@dataclass(frozen=True)
class Part:
    """What one process of a team learns from a batch."""

    places: list[int]
    """Its images, as places in the batch."""
    pairs: NDArray[np.int64]
    """Its twins, as places among its images; shape (T, 2)."""
    image_weight: float
    """Of its mean over images, so that the team's mean is the batch's."""
    pair_weight: float
    """Of its mean over twins."""


def own_part(batch: list[Draw], pairs: NDArray[np.int64], team: Team) -> Part:
    """
    Choose what a process learns from a batch: every so-manieth group of twins.

    Parameters
    ----------
    batch : list of Draw
        The whole batch.
    pairs : ndarray of int, shape (T, 2)
        Its twins, as places in the batch.
    team : Team
        Which process it is, of how many.

    Returns
    -------
    Part
        All of it for a team of one.

    Raises
    ------
    ValueError
        If there are fewer groups of twins than processes.
    """
    groups = sorted({one.group for one in batch})
    if len(groups) < team.size:
        msg = f"{len(groups)} twins a step cannot be shared by {team.size} processes"
        raise ValueError(f"{msg}; raise batch_size")
    own = set(groups[team.rank :: team.size])
    places = [i for i, one in enumerate(batch) if one.group in own]
    place_of = {i: place for place, i in enumerate(places)}
    mine = [
        [place_of[int(i)] for i in pair] for pair in pairs if int(pair[0]) in place_of
    ]
    return Part(
        places,
        np.array(mine, np.int64).reshape(-1, 2),
        team.size * len(places) / len(batch),
        team.size * len(mine) / max(1, len(pairs)),
    )


def cut(
    examples: Examples, batch: list[Draw], size: int
) -> tuple[Images, NDArray[np.float32]]:
    """
    Cut, turn and launder the images of a batch.

    Parameters
    ----------
    examples : Examples
        Where they come from.
    batch : list of Draw
        Which, and how.
    size : int
        Side of the cut in pixels.

    Returns
    -------
    images : ndarray of uint8, shape (B, size, size, 3)
        The crops.
    masks : ndarray of float32, shape (B, size / 4, size / 4)
        What was changed, 0 to 1; a place counts fully from half its pixels on.
    """
    images = np.empty((len(batch), size, size, 3), np.uint8)
    places = size // MASK_STRIDE
    masks = np.empty((len(batch), places, places), np.float32)
    for i, one in enumerate(batch):
        rows = slice(one.top, one.top + size)
        columns = slice(one.left, one.left + size)
        part = turned(examples.images[one.index][rows, columns], one.turn)
        images[i] = one.laundering.apply(part)
        top, left = one.top // MASK_STRIDE, one.left // MASK_STRIDE
        mask = examples.mask[one.index][top : top + places, left : left + places]
        masks[i] = turned(mask, one.turn)
    return images, np.minimum(masks / np.float32(127.5), 1)


def turned(image: Images, turn: int) -> Images:
    """
    Turn and mirror an image.

    Parameters
    ----------
    image : ndarray of uint8, shape (S, S) or (S, S, 3)
        The image.
    turn : int
        0 to 7: quarter turns, from 4 on mirrored too.

    Returns
    -------
    ndarray of uint8, shape of ``image``
        The turned image.
    """
    out = np.rot90(image, turn % 4)
    return np.ascontiguousarray(out[::-1] if turn >= 4 else out)


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
