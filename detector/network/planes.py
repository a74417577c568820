"""What `default` sees beside the colours: residuals of three kinds, not rounded.

The papers are named in `forensic.py`.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

_SRM = (
    # second differences across a square, over 4
    ((0, 0, 0, 0, 0), (0, -1, 2, -1, 0), (0, 2, -4, 2, 0), (0, -1, 2, -1, 0), (0,) * 5),
    # third differences across a square, over 12
    (
        (-1, 2, -2, 2, -1),
        (2, -6, 8, -6, 2),
        (-2, 8, -12, 8, -2),
        (2, -6, 8, -6, 2),
        (-1, 2, -2, 2, -1),
    ),
    # second difference along a row, over 2
    ((0,) * 5, (0,) * 5, (0, 1, -2, 1, 0), (0,) * 5, (0,) * 5),
)
_SRM_SCALE = (4.0, 12.0, 2.0)
_LEVELS = 255.0
_CLAMP = 3.0  # grey levels: beyond it a residual is an edge, not noise


class ResidualPlanes(nn.Module):
    """
    Put residuals of three kinds beside the colours.

    Parameters
    ----------
    channels : int
        Channels of the image.
    constrained : int
        Constrained convolutions.
    """

    srm: torch.Tensor

    def __init__(self, channels: int, constrained: int) -> None:
        super().__init__()
        kernels = torch.tensor(_SRM, dtype=torch.float32)
        kernels = kernels / torch.tensor(_SRM_SCALE).view(-1, 1, 1)
        # each kernel on each channel alone, as one dense weight (3 C, C, 5, 5)
        dense = torch.zeros(len(_SRM) * channels, channels, 5, 5)
        for channel in range(channels):
            rows = slice(channel * len(_SRM), (channel + 1) * len(_SRM))
            dense[rows, channel] = kernels
        self.register_buffer("srm", dense, persistent=False)
        self.free = nn.Parameter(torch.randn(constrained, channels, 5, 5) / 24)
        self.planes = channels * (2 + len(_SRM)) + constrained

    def constrained(self) -> torch.Tensor:
        """
        Project the free weights: centre -1, the others sum to 1.

        Returns
        -------
        torch.Tensor, shape (constrained, C, 5, 5)
            The nearest weights that keep both rules in every kernel.
        """
        others = self.free.new_ones(5, 5)
        others[2, 2] = 0
        rest = self.free * others
        rest = rest + others * (1 - rest.sum((2, 3), keepdim=True)) / 24
        return rest - (1 - others)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Append residuals, in single precision: half would round grey levels away.

        Parameters
        ----------
        x : torch.Tensor, shape (N, C, H, W)
            Values in [0, 1]; H and W even.

        Returns
        -------
        torch.Tensor, shape (N, 5 C + constrained, H, W)
            Colours around 0, SRM, constrained and nearest-pixel residuals.
        """
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            padded = functional.pad(x, (2, 2, 2, 2), mode="replicate") * _LEVELS
            weights = torch.cat([self.srm, self.constrained()])
            found = functional.conv2d(padded, weights)
            n = len(self.srm)
            coarse = functional.interpolate(x[:, :, ::2, ::2], scale_factor=2)
            return torch.cat(
                [
                    2 * x - 1,
                    found[:, :n].clamp(-_CLAMP, _CLAMP) / _CLAMP,
                    found[:, n:] / 16,
                    (x - coarse) * 16,
                ],
                dim=1,
            )

    def folded(self, x: torch.Tensor) -> torch.Tensor:
        """
        Compute what `forward` and a fold of 2 x 2 pixels into channels would.

        All but the clamp is linear, so one convolution of stride 2 writes the planes of
        four pixels where they belong. On a processor, folding them took longer than
        finding them.

        Parameters
        ----------
        x : torch.Tensor, shape (N, C, H, W)
            Values in [0, 1]; H and W even.

        Returns
        -------
        torch.Tensor, shape (N, 4 (5 C + constrained), H / 2, W / 2)
            As ``PixelUnshuffle(2)`` orders them, in single precision.
        """
        with torch.autocast(x.device.type, enabled=False):
            x = x.float().contiguous(memory_format=torch.channels_last)
            weights, bias = self._four()
            padded = functional.pad(x, (2, 2, 2, 2), mode="replicate")
            # (N, 3, H + 4, W + 4) -> (N, 84, H / 2, W / 2)
            found = functional.conv2d(padded, weights, bias, stride=2)
            first = 4 * x.shape[1]
            found[:, first : first + 4 * len(self.srm)].clamp_(-1, 1)
            return found

    def _four(self) -> tuple[torch.Tensor, torch.Tensor]:
        # every plane of a square's four pixels as 6 x 6 kernels on values in [0, 1]
        c = self.srm.shape[1]
        one = torch.eye(c, device=self.srm.device)
        itself = functional.pad(one.view(c, c, 1, 1), (2, 2, 2, 2))
        fixed = self.srm * (_LEVELS / _CLAMP)
        free = self.constrained() * (_LEVELS / 16)
        each = torch.cat([2 * itself, fixed, free, 16 * itself])
        four = each.new_zeros(self.planes, 2, 2, c, 6, 6)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            four[:, i, j, :, i : i + 5, j : j + 5] = each
        # the coarse pixel nearest to all four is the first
        four[-c:, :, :, :, 2, 2] -= 16 * one.view(c, 1, 1, c)
        bias = each.new_zeros(4 * self.planes)
        bias[: 4 * c] = -1  # colours around 0
        return four.flatten(0, 2), bias
