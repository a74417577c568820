"""`default`: a detector of noise residuals with a tamper map, top to bottom.

Fixed SRM filters [1]_, constrained convolutions that learn to predict a pixel from
its neighbours [2]_, and the difference from the nearest coarse pixel [3]_ stand
beside the colours (`planes.py`). Pixels move into channels instead of being skipped;
densely concatenated stages lead to 16 x 16 x 128; a map of tampering at a quarter of
the resolution is read off three stages; the score sees averages and maxima of the
last map and of the tamper map. Any size that 16 divides is accepted, and every layer
treats each image alone, so a score depends neither on its batch nor on how many
processes trained the weights.

References
----------
.. [1] Fridrich J, Kodovsky J (2012). Rich models for steganalysis of digital
   images. IEEE Transactions on Information Forensics and Security 7: 868-882.
.. [2] Bayar B, Stamm MC (2018). Constrained convolutional neural networks. IEEE
   Transactions on Information Forensics and Security 13: 2691-2706.
.. [3] Tan C et al. (2024). Rethinking the up-sampling operations in CNN-based
   generative network. CVPR 2024: 28130-28139.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from detector.network.configs import LAST_MAP, ForensicConfig
from detector.network.planes import ResidualPlanes

MAP_STRIDE = 4
"""Pixels a place of the tamper map."""
_AT_ONCE = 2
"""Images scored at once: a processor's caches hold the maps of two, not of eight."""
_SMALL = 2**17
"""Values of an image up to which torch 2.13 takes bfloat16 faster by way of single."""
_TOP_SHARE = 0.02  # of the tamper map's places


class Norm(nn.GroupNorm):
    """Group normalisation whose small maps of half precision pass through single."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 (torch's name)
        """
        Normalise each image by itself.

        Parameters
        ----------
        input : torch.Tensor, shape (N, C, H, W)
            Features.

        Returns
        -------
        torch.Tensor, shape (N, C, H, W)
            Of the same precision.
        """
        is_small = input[0].numel() <= _SMALL
        if is_small and input.dtype == torch.bfloat16 and _only_scores(input):
            return super().forward(input.float()).to(input.dtype)
        return super().forward(input)


class DenseStage(nn.Module):
    """
    Convolutions whose outputs are concatenated with all before them, then mixed.

    Parameters
    ----------
    channels : int
        Channels in.
    growth : int
        Channels that each convolution adds.
    layers : int
        How many.
    out : int
        Channels out, mixed by a 1 x 1 convolution.
    """

    def __init__(self, channels: int, growth: int, layers: int, out: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            _convolve(channels + i * growth, growth, kernel=3) for i in range(layers)
        )
        self.mix = _convolve(channels + layers * growth, out, kernel=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Add features, then mix them.

        Parameters
        ----------
        x : torch.Tensor, shape (N, C, H, W)
            Features.

        Returns
        -------
        torch.Tensor, shape (N, out, H, W)
            The mixture.
        """
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        mixed: torch.Tensor = self.mix(x)
        return mixed


class ForensicNet(nn.Module):
    """
    The detector.

    Parameters
    ----------
    config : ForensicConfig
        Its shape.
    """

    def __init__(self, config: ForensicConfig) -> None:
        super().__init__()
        self.config = config
        self.planes = ResidualPlanes(config.channels, config.constrained)
        self.fold = nn.PixelUnshuffle(2)
        # (3 colours x 5 + 6 constrained planes) x 4 pixels = 84 channels
        self.stem = _convolve(4 * self.planes.planes, config.stem, kernel=1)
        stages, channels = [], config.stem
        for growth, layers, out in zip(
            config.growths, config.layers, (*config.widths, LAST_MAP[0]), strict=True
        ):
            stages.append(DenseStage(channels, growth, layers, out))
            channels = out
        self.stages = nn.ModuleList(stages)
        self.pool = nn.AvgPool2d(2)
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, config.map_width, 1)
            for width in (*config.widths[1:], LAST_MAP[0])
        )
        painter = nn.Conv2d(config.map_width, 1, 1)
        self.paint = nn.Sequential(
            _convolve(config.map_width, config.map_width, kernel=3),
            painter,
        )
        self.head = nn.Linear(2 * LAST_MAP[0] + 3, 1)
        self._initialise()
        painter.bias = nn.Parameter(torch.full((1,), -3.0))  # rare places are tampered

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """
        Compute the maps of the last three stages.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, H, W)
            RGB in [0, 1]; 16 divides H and W.

        Returns
        -------
        list of torch.Tensor
            At a quarter, an eighth and a sixteenth of the resolution; the last is
            (N, 128, 16, 16) for 256 x 256.

        Raises
        ------
        ValueError
            If the size cannot be halved four times.
        """
        if x.shape[2] % 16 or x.shape[3] % 16:
            msg = f"the detector takes multiples of 16 pixels, not {tuple(x.shape)}"
            raise ValueError(msg)
        scores = _only_scores(x)
        x = self.planes.folded(x) if scores else self.fold(self.planes(x))
        x = self.stem(x)  # (N, 84, H/2, W/2) -> (N, 32, .)
        found = []
        for number, stage in enumerate(self.stages):
            x = stage(self.pool(x) if number else x)  # 128, 64, 32, 16 pixels
            found.append(x)
        return found[1:]

    def analyse(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Score images and map where they were tampered with.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, H, W)
            RGB in [0, 1].

        Returns
        -------
        logits : torch.Tensor, shape (N,)
            Higher is more manipulated.
        tampered : torch.Tensor, shape (N, H / 4, W / 4)
            Logits a place.
        """
        if len(x) > _AT_ONCE and _only_scores(x):
            parts = torch.split(x, _AT_ONCE)
            logits, places = zip(*map(self.analyse, parts), strict=True)
            return torch.cat(logits), torch.cat(places)
        maps = self.features(x)
        joined = self.laterals[-1](maps[-1])
        for lateral, one in zip(self.laterals[-2::-1], maps[-2::-1], strict=True):
            joined = functional.interpolate(joined, scale_factor=2) + lateral(one)
        tampered = self.paint(joined).squeeze(1).float()  # (N, H / 4, W / 4)
        last = maps[-1].float()
        places = tampered.flatten(1)
        top = places.topk(max(1, round(_TOP_SHARE * places.shape[1])), dim=1).values
        seen = torch.cat(
            [
                last.mean((2, 3)),  # (N, 128)
                last.amax((2, 3)),  # (N, 128)
                torch.stack([top[:, 0], top.mean(1), places.mean(1)], dim=1),
            ],
            dim=1,
        )
        return self.head(seen).squeeze(1), tampered  # (N, 259) -> (N,)

    def forward(
        self, x: torch.Tensor, *, mapped: bool = False
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """
        Score images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, H, W)
            RGB in [0, 1].
        mapped : bool
            Whether the tamper map is wanted too, as `analyse` gives it.

        Returns
        -------
        torch.Tensor, shape (N,), or tuple of torch.Tensor
            Logits; higher is more manipulated. With ``mapped``, the maps beside them.
        """
        return self.analyse(x) if mapped else self.analyse(x)[0]

    def evidence(self, x: torch.Tensor) -> torch.Tensor:
        """
        Map where images were tampered with.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, H, W)
            RGB in [0, 1].

        Returns
        -------
        torch.Tensor, shape (N, H / 4, W / 4)
            Logits a place; above 0 speaks for tampering.
        """
        return self.analyse(x)[1]


def _convolve(channels_in: int, channels_out: int, *, kernel: int) -> nn.Sequential:
    # groups of 8: an image is normalised by itself, never by its batch
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
        Norm(max(1, channels_out // 8), channels_out),
        nn.ReLU(inplace=True),
    )


def _only_scores(x: torch.Tensor) -> bool:
    # where the order of the work may differ: gradients are found as ever
    return x.device.type == "cpu" and not torch.is_grad_enabled()
