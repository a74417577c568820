"""`cyclegan`: photographs of one lesion into another's, and back, unpaired (S4) [1]_.

Two generators, two PatchGAN critics, least squares, cycle and identity loss, an
image pool. Generators add what they paint to the photograph, and enlarge by nearest
neighbours and a convolution: transposed convolutions leave checkerboards.

References
----------
.. [1] Zhu J-Y, Park T, Isola P, Efros AA (2017). Unpaired image-to-image translation
   using cycle-consistent adversarial networks. ICCV 2017: 2223-2232.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from forgery.imaging.critic import Critic, ImagePool, least_squares, verdict
from forgery.imaging.translation_configs import CycleGanConfig, TranslationSettings

LEAST_CHANGED = 0.012
"""Mean absolute change that is asked for of what shows at a quarter of the size: where
two lesions look alike, a generator pays for the cycle least by painting nothing, next
to nothing, or a tint, which is taken back afterwards."""
_MOST_COUNTED = 3 * LEAST_CHANGED  # of one place: a burnt disc is no repainted retina
_TOO_LITTLE = 30.0


class Block(nn.Module):
    """
    A residual block of two 3 x 3 convolutions.

    Parameters
    ----------
    width : int
        Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(width, width), nn.ReLU(), *_convolution(width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Add what the block finds.

        Parameters
        ----------
        x : torch.Tensor, shape (N, width, H, W)
            Features.

        Returns
        -------
        torch.Tensor, shape (N, width, H, W)
            Features.
        """
        return x + torch.as_tensor(self.body(x))


class Generator(nn.Module):
    """
    Turn photographs of one lesion into another's.

    Parameters
    ----------
    config : CycleGanConfig
        Its shape.
    """

    def __init__(self, config: CycleGanConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.body = nn.Sequential(
            *(_strided(width) if config.is_strided else _shuffled(width)),
            *(Block(width) for _ in range(config.blocks)),  # (N, width, S / 4, .)
            *_doubled(width, width // 2),
            *_doubled(width // 2, width // 4),  # (N, width / 4, S, S)
            nn.ReflectionPad2d(3),
        )
        self.head = nn.Conv2d(width // 4, 3, 7)
        nn.init.normal_(self.head.weight, 0, 0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """
        Repaint images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3 or more, S, S)
            Red, green, blue in [0, 1]; further channels are not looked at.

        Returns
        -------
        torch.Tensor, shape (N, 3, S, S)
            The images repainted, in [0, 1].
        """
        colours = x[:, :3]
        painted: torch.Tensor = colours + self.config.largest_step * torch.tanh(
            self.head(self.body(2 * colours - 1))
        )
        return painted.clamp(0, 1)


class CycleGan(nn.Module):
    """
    Generators there and back, critics and pools: what is trained.

    Parameters
    ----------
    generator : Generator
        The generator that will forge.
    settings : TranslationSettings
        Weights of the losses, and the side of the crops.
    """

    def __init__(self, generator: Generator, settings: TranslationSettings) -> None:
        super().__init__()
        config, side = generator.config, settings.crop
        self.settings = settings
        self.painter = generator
        self.back = Generator(config)
        self.critic_there, self.critic_back = (Critic(config.critic) for _ in range(2))
        self.pool_there, self.pool_back = (
            ImagePool(config.pool, side) for _ in range(2)
        )

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """
        Measure a step of both sides.

        Parameters
        ----------
        a, b : torch.Tensor, shape (N, 3, side, side)
            Crops of photographs of the source's and of the target's lesion.

        Returns
        -------
        torch.Tensor, shape ()
            Loss of the generators and of the critics, added.
        """
        s = self.settings
        forged_b, forged_a = self.painter(a), self.back(b)
        judged = least_squares(verdict(self.critic_there, forged_b)[0], 1)
        judged = judged + least_squares(verdict(self.critic_back, forged_a)[0], 1)
        cycle = (self.back(forged_b) - a).abs().mean()
        cycle = cycle + (self.painter(forged_a) - b).abs().mean()
        same = (self.painter(b) - b).abs().mean() + (self.back(a) - a).abs().mean()
        painters = (
            s.adversarial_weight * judged
            + s.cycle_weight * cycle
            + s.identity_weight * same
            + _TOO_LITTLE * (unchanged(forged_b, a) + unchanged(forged_a, b))
        )
        shown_b, shown_a = self.pool_there.swap(forged_b), self.pool_back.swap(forged_a)
        critics = (
            least_squares(self.critic_there(b)[0], 1)
            + least_squares(self.critic_there(shown_b)[0], 0)
            + least_squares(self.critic_back(a)[0], 1)
            + least_squares(self.critic_back(shown_a)[0], 0)
        )
        total: torch.Tensor = painters.float() + 0.5 * critics
        return total


def unchanged(forged: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """
    Measure how much less than `LEAST_CHANGED` a forgery changes.

    Parameters
    ----------
    forged, shown : torch.Tensor, shape (N, 3, S, S)
        Forgeries and what they were painted over, in [0, 1].

    Returns
    -------
    torch.Tensor, shape ()
        0 for enough, `LEAST_CHANGED` for nothing.
    """
    change = functional.avg_pool2d(forged - shown, 4)
    tint = functional.avg_pool2d(change, 9, 1, 4, count_include_pad=False)
    counted = (change - tint).abs().clamp(max=_MOST_COUNTED)
    return functional.relu(LEAST_CHANGED - counted.mean())


def _convolution(before: int, after: int) -> list[nn.Module]:
    return [
        nn.ReflectionPad2d(1),
        nn.Conv2d(before, after, 3),
        nn.InstanceNorm2d(after, affine=True),
    ]


def _shuffled(width: int) -> list[nn.Module]:
    # 4 x 4 pixels become channels: nothing is lost
    return [nn.PixelUnshuffle(4), *_convolution(48, width), nn.ReLU()]


def _strided(width: int) -> list[nn.Module]:
    # the ResNet stem of [1]_: 7 x 7, then two strided convolutions
    return [
        nn.ReflectionPad2d(3),
        nn.Conv2d(3, width // 4, 7),
        nn.InstanceNorm2d(width // 4, affine=True),
        nn.ReLU(),
        nn.Conv2d(width // 4, width // 2, 3, stride=2, padding=1),
        nn.InstanceNorm2d(width // 2, affine=True),
        nn.ReLU(),
        nn.Conv2d(width // 2, width, 3, stride=2, padding=1),
        nn.InstanceNorm2d(width, affine=True),
        nn.ReLU(),
    ]


def _doubled(before: int, after: int) -> list[nn.Module]:
    return [
        nn.Upsample(scale_factor=2, mode="nearest"),
        *_convolution(before, after),
        nn.ReLU(),
    ]
