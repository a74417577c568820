"""`paper-unet`: the U-Net manipulator of the paper (S3), top to bottom.

Input and output are 256 x 256 x 4, red, green, blue and grey. Seven levels of
two 3 x 3 convolutions with ReLU; max-pooling halves the size while the channels
double, up-sampling does the reverse, and each level of the way up sees the level
of the way down [1]_. Dropout acts in levels 6 and 7 alone. There is no residual
path: all that comes out has been painted by the network.

References
----------
.. [1] Ronneberger O, Fischer P, Brox T (2015). U-Net: convolutional networks for
   biomedical image segmentation. MICCAI 2015, LNCS 9351: 234-241.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from forgery.imaging.configs import UNetConfig


class Level(nn.Sequential):
    """
    Two 3 x 3 convolutions, each followed by ReLU.

    Parameters
    ----------
    channels_in, channels_out : int
        Channels before and after.
    dropout : float
        Chance of a feature to be set to zero in training; 0 adds no layer.
    """

    def __init__(self, channels_in: int, channels_out: int, dropout: float) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(channels_in, channels_out, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels_out, channels_out, 3, padding=1),
            nn.ReLU(),
        ]
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        super().__init__(*layers)


class UNet(nn.Module):
    """
    The manipulator.

    Parameters
    ----------
    config : UNetConfig
        Its shape.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths  # (4, 8, 16, 32, 64, 128, 256)
        rates = [
            config.dropout if level in config.dropout_levels else 0.0
            for level in range(1, config.levels + 1)
        ]
        before = (config.channels, *widths[:-1])
        self.down = nn.ModuleList(map(Level, before, widths, rates))
        self.pool = nn.MaxPool2d(2)
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(deep, shallow, 2, stride=2)
            for shallow, deep in pairwise(widths)
        )
        self.up = nn.ModuleList(
            Level(2 * width, width, rate)
            for width, rate in zip(widths[:-1], rates, strict=False)
        )
        self.head = nn.Conv2d(widths[0], config.channels, 1)
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Repaint images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 4, 256, 256)
            Red, green, blue and grey in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N, 4, 256, 256)
            The same, repainted; not clipped.
        """
        kept = []
        for number, level in enumerate(self.down):
            x = level(x if number == 0 else self.pool(x))  # (N, 4 * 2^n, 256 / 2^n, .)
            kept.append(x)
        for grow, level, skip in zip(
            reversed(self.grow), reversed(self.up), kept[-2::-1], strict=True
        ):
            x = level(torch.cat([grow(x), skip], dim=1))  # (N, c, 2s, 2s)
        painted: torch.Tensor = self.head(x)
        return painted


def _initialise(module: nn.Module) -> None:
    # Orthogonal weights carry the picture through four channels from the first step;
    # with independent draws the narrow levels often died, and all came out flat.
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.orthogonal_(module.weight, gain=2**0.5)
        if module.bias is not None:
            nn.init.constant_(module.bias, 0.05)
