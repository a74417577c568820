"""What a manipulator learns: to reproduce its photograph in colours and grey."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from forgery.imaging.configs import ManipulatorSettings
from forgery.imaging.seeding import batch_of

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the grey channel (ITU-R BT.601)."""

Images = NDArray[np.uint8]


def with_grey(images: Images) -> torch.Tensor:
    """
    Make the network's input: colours and grey in [0, 1].

    Parameters
    ----------
    images : ndarray of uint8, shape (N, H, W, 3)
        RGB images.

    Returns
    -------
    torch.Tensor of float32, shape (N, 4, H, W)
        Red, green, blue, grey; in channels-last memory.
    """
    colours = images.astype(np.float32) / 255.0
    grey = colours @ np.array(LUMA, np.float32)
    planes = np.concatenate([colours, grey[..., None]], axis=-1)
    return torch.from_numpy(planes).permute(0, 3, 1, 2)  # (N, H, W, 4) -> (N, 4, H, W)


class ReconstructionLoss:
    """
    L1, SSIM, colour of coarse blocks, and agreement of grey with the colours.

    Parameters
    ----------
    images : ndarray of uint8, shape (N, S, S, 3)
        Photographs to reproduce.
    settings : ManipulatorSettings
        Weights, batch size, crop and seed.
    device : torch.device
        Where the network computes.
    """

    def __init__(
        self, images: Images, settings: ManipulatorSettings, device: torch.device
    ) -> None:
        self.images, self.settings, self.device = images, settings, device
        self.luma = torch.tensor(LUMA, device=device).view(1, 3, 1, 1)

    def __call__(
        self, network: nn.Module, rng: np.random.Generator, step: int
    ) -> torch.Tensor:
        """
        Draw the batch of a step and compare it with what the network makes of it.

        Parameters
        ----------
        network : torch.nn.Module
            The manipulator.
        rng : numpy.random.Generator
            Source of crops and mirrors.
        step : int
            Number of the step, from 0.

        Returns
        -------
        torch.Tensor, shape ()
            The loss.
        """
        s = self.settings
        picked = self.images[batch_of(s.seed, step, s.batch_size, len(self.images))]
        size = min(s.crop, picked.shape[1])
        top, left = rng.integers(picked.shape[1] - size + 1, size=2)
        picked = picked[:, top : top + size, left : left + size]
        if rng.integers(2):
            picked = picked[:, :, ::-1]
        x = with_grey(np.ascontiguousarray(picked)).to(self.device)
        y: torch.Tensor = network(x).float()
        x = x[:, : y.shape[1]]  # a painter of colours alone gives no grey
        coarse = functional.avg_pool2d(y, 16) - functional.avg_pool2d(x, 16)
        loss: torch.Tensor = (
            (y - x).abs().mean()
            + s.ssim_weight * (1 - block_ssim(y, x))
            + s.colour_weight * coarse.abs().mean()
        )
        if y.shape[1] > 3:
            grey = (y[:, :3] * self.luma).sum(1, keepdim=True)
            loss = loss + s.grey_weight * (y[:, 3:] - grey).abs().mean()
        return loss


def block_ssim(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """
    Structural similarity over 8 x 8 blocks, 4 pixels apart: SSIM made cheap.

    Parameters
    ----------
    y, x : torch.Tensor, shape (N, C, H, W)
        Images in [0, 1].

    Returns
    -------
    torch.Tensor, shape ()
        Mean similarity, 1 for equal images.

    References
    ----------
    .. [1] Wang Z, Bovik AC, Sheikh HR, Simoncelli EP (2004). Image quality
       assessment: from error visibility to structural similarity. IEEE
       Transactions on Image Processing 13: 600-612.
    """

    def mean(z: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = functional.avg_pool2d(z, 8, stride=4)
        return pooled

    my, mx = mean(y), mean(x)
    vy, vx, c = mean(y * y) - my * my, mean(x * x) - mx * mx, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2  # constants of [1]_, eq. 13
    similarity = (2 * mx * my + c1) * (2 * c + c2)
    index = similarity / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return index.mean()
