"""Draw the pairs of a step that turns one lesion's photographs into another's."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from forgery.imaging.reconstruction import Images
from forgery.imaging.seeding import batch_of
from forgery.imaging.translation_configs import TranslationSettings


class TranslationLoss:
    """
    Unpaired crops of two lesions, handed to a network that measures itself on them.

    Parameters
    ----------
    sources, targets : ndarray of uint8, shape (N, S, S, 3)
        Photographs of the lesion to turn, and of the lesion wanted.
    settings : TranslationSettings
        Batch size, crop and seed.
    device : torch.device
        Where the network computes.
    wanted : ndarray of uint8, shape of ``sources``, or None
        What the network shall make of the sources, where it is taught by examples.
    """

    def __init__(
        self,
        sources: Images,
        targets: Images,
        settings: TranslationSettings,
        device: torch.device,
        wanted: Images | None = None,
    ) -> None:
        # what belongs together is cut alike
        shown = (sources,) if wanted is None else (sources, wanted)
        self.sides = (shown, (targets,))
        self.settings, self.device = settings, device

    def __call__(
        self, network: nn.Module, rng: np.random.Generator, step: int
    ) -> torch.Tensor:
        """
        Draw the pairs of a step and measure the network on them.

        Parameters
        ----------
        network : torch.nn.Module
            Takes crops of both lesions and returns its loss.
        rng : numpy.random.Generator
            Source of crops and mirrors.
        step : int
            Number of the step, from 0.

        Returns
        -------
        torch.Tensor, shape ()
            The loss.
        """
        (a, *wanted), (b,) = (self._crops(side, rng, step) for side in self.sides)
        if not wanted:
            return torch.as_tensor(network(a, b))
        alone = step < self.settings.alone_share * self.settings.steps
        return torch.as_tensor(network(a, b, *wanted, alone=alone))

    def _crops(
        self, side: tuple[Images, ...], rng: np.random.Generator, step: int
    ) -> list[torch.Tensor]:
        s = self.settings
        which = batch_of(s.seed, step, s.batch_size, len(side[0]))
        whole = side[0].shape[1]
        size = min(s.crop, whole)
        top, left = rng.integers(whole - size + 1, size=2)
        is_mirrored = bool(rng.integers(2))
        crops = []
        for images in side:
            picked = images[which, top : top + size, left : left + size]
            picked = picked[:, :, ::-1] if is_mirrored else picked
            planes = torch.from_numpy(np.ascontiguousarray(picked)).to(self.device)
            # (N, H, W, 3) -> (N, 3, H, W)
            crops.append(planes.permute(0, 3, 1, 2).float().div_(255))
        return crops
