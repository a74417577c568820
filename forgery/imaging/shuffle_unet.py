"""`residual-unet` and the painter of `unet-convert`: a U-Net on shuffled pixels.

2 x 2 pixels become channels, so nothing is lost and no convolution runs at the
full size [1]_; then levels of two 3 x 3 convolutions as in any U-Net, and what
comes out is added to the photograph. 2.0 M weights at the defaults.

References
----------
.. [1] Shi W et al. (2016). Real-time single image and video super-resolution using
   an efficient sub-pixel convolutional neural network. CVPR 2016: 1874-1883.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from forgery.imaging.translation_configs import ShuffleUNetConfig

WIDER = 2.6
"""How much wider the Gaussian is that texture is measured from."""
_FINE = 8
"""Channels at the image's full size."""
_LARGEST_STEP = 0.6
"""Most that a pixel in [0, 1] can be changed by."""


class Level(nn.Sequential):
    """
    Two 3 x 3 convolutions with group normalisation.

    Parameters
    ----------
    before, width : int
        Channels before and after.
    """

    def __init__(self, before: int, width: int) -> None:
        super().__init__(
            nn.Conv2d(before, width, 3, padding=1),
            nn.GroupNorm(_groups(width), width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.SiLU(),
        )


class ShuffleUNet(nn.Module):
    """
    The painter.

    Parameters
    ----------
    config : ShuffleUNetConfig
        Its shape.
    """

    def __init__(self, config: ShuffleUNetConfig) -> None:
        super().__init__()
        self.config = config
        widths, shown = config.widths, 4 * (3 + len(config.textures))
        self.down = nn.ModuleList(map(Level, (shown, *widths[:-1]), widths))
        self.grow = nn.ModuleList(
            nn.Conv2d(deep, shallow, 1) for shallow, deep in pairwise(widths)
        )
        self.up = nn.ModuleList(Level(2 * width, width) for width in widths[:-1])
        self.spread = nn.Conv2d(widths[0], 4 * _FINE, 3, padding=1)
        self.head = nn.Conv2d(_FINE, 3 + config.maps, 3, padding=1)
        nn.init.normal_(self.head.weight, 0, 0.01)
        with torch.no_grad():  # alike within 2 x 2 pixels: no checkerboard to unlearn
            first = self.spread.weight[::4].repeat_interleave(4, dim=0)
            self.spread.weight.copy_(first)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Repaint images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3 or more, S, S)
            Red, green, blue in [0, 1]; further channels are not looked at.

        Returns
        -------
        torch.Tensor, shape (N, 3 + maps, S, S)
            The images repainted, not clipped; then the change map in [0, 1], if any.
        """
        colours = soften(x[:, :3], self.config.blur)
        painted = self._paint(colours)  # (N, 3 + maps, S, S)
        step = _LARGEST_STEP * torch.tanh(painted[:, :3])
        if not self.config.maps:
            return colours + step
        # what fools a critic is dotted; what the eye sees is not
        step = functional.avg_pool2d(0.5 * step, 3, 1, 1, count_include_pad=False)
        change = torch.sigmoid(4 * functional.avg_pool2d(painted[:, 3:], 5, 1, 2))
        return torch.cat([colours + change * step, change], dim=1)

    def _paint(self, colours: torch.Tensor) -> torch.Tensor:
        planes = [2 * colours - 1]
        planes += [texture(colours[:, 1:2], scale) for scale in self.config.textures]
        # (N, 3 + textures, S, S) -> (N, 4 (3 + textures), S / 2, S / 2)
        x = functional.pixel_unshuffle(torch.cat(planes, dim=1), 2)
        kept = []
        for number, level in enumerate(self.down):
            x = level(x if number == 0 else functional.avg_pool2d(x, 2))
            kept.append(x)  # (N, w, S / 2^(n + 1), .)
        for grow, level, skip in zip(
            reversed(self.grow), reversed(self.up), kept[-2::-1], strict=True
        ):
            larger = functional.interpolate(grow(x), scale_factor=2, mode="nearest")
            x = level(torch.cat([larger, skip], dim=1))
        fine = functional.pixel_shuffle(self.spread(x), 2)  # (N, _FINE, S, S)
        painted: torch.Tensor = self.head(functional.silu(fine))
        return painted


def soften(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """
    Blur images by a Gaussian, so that there is something to paint.

    A network that is given the photograph itself learns to change nothing.

    Parameters
    ----------
    x : torch.Tensor, shape (N, C, H, W)
        Images.
    sigma : float
        Standard deviation in pixels; 0 for none.

    Returns
    -------
    torch.Tensor, shape (N, C, H, W)
        The blurred images; edges are repeated.
    """
    if sigma == 0:
        return x
    reach = int(3 * sigma + 0.5)
    place = torch.arange(-reach, reach + 1, device=x.device, dtype=torch.float32)
    bell = torch.exp(-0.5 * (place / sigma) ** 2)
    bell = (bell / bell.sum()).to(x.dtype)
    channels = x.shape[1]
    rows = bell.view(1, 1, -1, 1).repeat(channels, 1, 1, 1)
    x = functional.pad(x, (reach,) * 4, mode="replicate")
    x = functional.conv2d(x, rows, groups=channels)
    return functional.conv2d(x, rows.transpose(2, 3), groups=channels)


def texture(x: torch.Tensor, scale: float) -> torch.Tensor:
    """
    Show the texture of a scale, alike in strength on any photograph.

    Parameters
    ----------
    x : torch.Tensor, shape (N, 1, H, W)
        A channel in [0, 1].
    scale : float
        Standard deviation in pixels of the finer Gaussian.

    Returns
    -------
    torch.Tensor, shape (N, 1, H, W)
        Difference of two Gaussians in its own standard deviation, -1 to 1 for three.
    """
    found = soften(x, scale) - soften(x, WIDER * scale)
    spread = found.std(dim=(2, 3), keepdim=True) + 1e-4
    return torch.clamp(found / (3 * spread), -1, 1)


def _groups(width: int) -> int:
    return next(n for n in (8, 4, 2, 1) if width % n == 0)
