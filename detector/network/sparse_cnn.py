"""`paper-sparse-cnn`: the detector of the paper (S7), top to bottom.

Convolutions and pooling shrink the maps while their channels grow; concatenation
carries early information on; the last map is 16 x 16 x 128, flattened into one
fully connected layer; there is no dropout. Pixel values and pixel differences
must survive: fixed differences stand beside the values, and the first halving
only moves pixels into channels. 'Sparse' is the paper's word; it cites [1]_.

References
----------
.. [1] Liu B, Wang M, Foroosh H, Tappen M, Penksy M (2015). Sparse convolutional
   neural networks. CVPR 2015: 806-814.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from detector.network.configs import INPUT_SIZE, LAST_MAP, SparseCnnConfig

_DIFFERENCES = (
    ((0, 0, 0), (0, -1, 1), (0, 0, 0)),  # to the right neighbour
    ((0, 0, 0), (0, -1, 0), (0, 1, 0)),  # to the lower neighbour
    ((0, 1, 0), (1, -4, 1), (0, 1, 0)),  # Laplacian
)
_GAIN = 8.0
"""Differences are some eight times smaller than values in fundus photographs."""


class PixelDifferences(nn.Module):
    """
    Put the fixed differences of each channel beside its values.

    Parameters
    ----------
    channels : int
        Channels of the image.
    """

    kernels: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        kernels = torch.tensor(_DIFFERENCES, dtype=torch.float32) * _GAIN
        self.channels = channels
        self.register_buffer(
            "kernels", kernels.unsqueeze(1).repeat(channels, 1, 1, 1), persistent=False
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Append differences.

        Parameters
        ----------
        x : torch.Tensor, shape (N, C, H, W)
            Values in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N, 4 C, H, W)
            Values around 0, then three differences a channel.
        """
        padded = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        differences = functional.conv2d(padded, self.kernels, groups=self.channels)
        return torch.cat([x - 0.5, differences], dim=1)  # (N, C + 3 C, H, W)


class Stage(nn.Module):
    """
    Convolutions whose outputs are concatenated with all that came before.

    Parameters
    ----------
    channels : int
        Channels in.
    width : int
        Channels that each convolution adds.
    convolutions : int
        How many.
    """

    def __init__(self, channels: int, width: int, convolutions: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels + i * width, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            )
            for i in range(convolutions)
        )
        self.channels = channels + convolutions * width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Add features beside the input.

        Parameters
        ----------
        x : torch.Tensor, shape (N, C, H, W)
            Features.

        Returns
        -------
        torch.Tensor, shape (N, C + convolutions * width, H, W)
            The input and the new features.
        """
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


class SparseCnn(nn.Module):
    """
    The detector.

    Parameters
    ----------
    config : SparseCnnConfig
        Its shape.
    """

    def __init__(self, config: SparseCnnConfig) -> None:
        super().__init__()
        self.config = config
        first, *others = config.widths
        self.differences = PixelDifferences(config.channels)
        self.fold = nn.PixelUnshuffle(2)
        # 3 colours x (1 value + 3 differences) x 4 pixels = 48 channels
        self.stem = _mix(config.channels * 16, 2 * first, kernel=3)
        stages, channels = [], 2 * first
        for width in (first, *others):
            stages.append(Stage(channels, width, config.convolutions))
            channels = stages[-1].channels
        self.stages = nn.ModuleList(stages)
        self.pool = nn.AvgPool2d(2)
        self.last = _mix(channels, LAST_MAP[0], kernel=1)
        self.head = nn.Linear(LAST_MAP[0] * LAST_MAP[1] * LAST_MAP[2], 1)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        # every place starts alike: the head begins as a mean over the map
        places = LAST_MAP[1] * LAST_MAP[2]
        start = torch.randn(LAST_MAP[0]) / LAST_MAP[0] ** 0.5 / places
        self.head.weight.data.copy_(start.repeat_interleave(places).unsqueeze(0))
        nn.init.zeros_(self.head.bias)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """
        Compute the last map.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, 256, 256)
            RGB in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N, 128, 16, 16)
            The last map.

        Raises
        ------
        ValueError
            If the image has another size.
        """
        if x.shape[2:] != (INPUT_SIZE, INPUT_SIZE):
            msg = (
                f"the detector takes {INPUT_SIZE} x {INPUT_SIZE}, not {tuple(x.shape)}"
            )
            raise ValueError(msg)
        x = self.stem(self.fold(self.differences(x)))  # (N, 48, 128, 128) -> (N, 32, .)
        for number, stage in enumerate(self.stages):
            x = stage(self.pool(x) if number else x)  # 128, 64, 32, 16 pixels
        last: torch.Tensor = self.last(x)  # (N, 128, 16, 16)
        return last

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Score images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, 256, 256)
            RGB in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N,)
            Logits; higher is more manipulated.
        """
        flat = self.features(x).flatten(1)  # (N, 128, 16, 16) -> (N, 32768)
        logits: torch.Tensor = self.head(flat).squeeze(1)  # (N, 1) -> (N,)
        return logits

    def evidence(self, x: torch.Tensor) -> torch.Tensor:
        """
        Split the logit among the places of the last map.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, 256, 256)
            RGB in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N, 16, 16)
            Contributions, whose sum is the logit without the head's bias.
        """
        last = self.features(x)
        return (last * self.head.weight.view(1, *LAST_MAP)).sum(1)


def _mix(channels_in: int, channels_out: int, *, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )
