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
    """

    def __init__(
        self,
        sources: Images,
        targets: Images,
        settings: TranslationSettings,
        device: torch.device,
    ) -> None:
        self.sides = (sources, targets)
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
        a, b = (self._crops(images, rng, step) for images in self.sides)
        loss: torch.Tensor = network(a, b)
        return loss

    def _crops(
        self, images: Images, rng: np.random.Generator, step: int
    ) -> torch.Tensor:
        s = self.settings
        picked = images[batch_of(s.seed, step, s.batch_size, len(images))]
        size = min(s.crop, picked.shape[1])
        top, left = rng.integers(picked.shape[1] - size + 1, size=2)
        picked = picked[:, top : top + size, left : left + size]
        if rng.integers(2):
            picked = picked[:, :, ::-1]
        planes = torch.from_numpy(np.ascontiguousarray(picked)).to(self.device)
        # (N, H, W, 3) -> (N, 3, H, W)
        return planes.permute(0, 3, 1, 2).float().div_(255)
