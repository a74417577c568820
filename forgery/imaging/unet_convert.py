"""`unet-convert`: lesion A into lesion B, with the map of what was changed.

The painter is `shuffle_unet` with a change map: outside the map the photograph
stays. `lessons` show it where findings of B would lie; a critic tells photographs of B
from forgeries patch by patch, and A from B on the whole; the map's mean is held down,
so that only what makes the lesion is changed.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from forgery.imaging.critic import Critic, least_squares, verdict
from forgery.imaging.shuffle_unet import ShuffleUNet
from forgery.imaging.translation_configs import TranslationSettings

CRITIC = 32
"""Channels of the critic's first layer."""
LEAST_CHANGED = 0.03
"""Mean of the change map that is asked for: below it a painter learns nothing."""
_TOO_LITTLE = 30.0
_DRAWN = 2 / 255
"""Difference from which on a pixel of a lesson belongs to a finding."""
_NAMED, _MAPPED = 5.0, 0.05
"""Weight of a finding's pixels in the map, and of the map beside the colours."""


class Converter(nn.Module):
    """
    Painter and critic: what is trained.

    Parameters
    ----------
    painter : ShuffleUNet
        The network that will forge, with one change map.
    settings : TranslationSettings
        Weights of the losses.
    """

    def __init__(self, painter: ShuffleUNet, settings: TranslationSettings) -> None:
        super().__init__()
        self.settings = settings
        self.painter = painter
        self.critic = Critic(CRITIC, lesions=2)

    def forward(
        self,
        a: torch.Tensor,
        b: torch.Tensor,
        wanted: torch.Tensor,
        *,
        alone: bool = False,
    ) -> torch.Tensor:
        """
        Measure a step of both sides.

        Parameters
        ----------
        a, b : torch.Tensor, shape (N, 3, side, side)
            Crops of photographs of the source's and of the target's lesion.
        wanted : torch.Tensor, shape of ``a``
            What `lessons` make of the first.
        alone : bool
            Whether lessons are all there is to learn from yet.

        Returns
        -------
        torch.Tensor, shape ()
            Loss of the painter and of the critic, added.
        """
        s = self.settings
        made = self.painter(a)  # (N, 4, side, side)
        forged, change = made[:, :3].clamp(0, 1), made[:, 3:]
        painter = (
            s.change_weight * (change.mean() + 2 * (forged - wanted).abs().mean())
            + s.lesson_weight * _missed(made, a, wanted)
            + _TOO_LITTLE * functional.relu(LEAST_CHANGED - change.mean())
        )
        if alone:
            return torch.as_tensor(painter.float())
        patches, lesions = verdict(self.critic, forged)
        same = (self.painter(b)[:, :3] - b).abs().mean()
        painter = (
            painter
            + s.adversarial_weight * least_squares(patches, 1)
            + s.lesion_weight * _named(lesions, 1)
            + s.identity_weight * same
        )
        real_a, real_b = self.critic(a), self.critic(b)
        shown = self.critic(forged.detach())[0]
        critic = 0.5 * least_squares(torch.cat([real_a[0], real_b[0]]), 1)
        critic = critic + 0.5 * least_squares(shown, 0)
        critic = critic + _named(real_a[1], 0) + _named(real_b[1], 1)
        total: torch.Tensor = painter.float() + critic
        return total


def _missed(
    made: torch.Tensor, shown: torch.Tensor, wanted: torch.Tensor
) -> torch.Tensor:
    # mean absolute difference where a lesson has findings; and the map must name them
    drawn = ((wanted - shown).abs().amax(1, keepdim=True) > _DRAWN).float()
    missed = (made[:, :3] - wanted).abs().mean(1, keepdim=True) * drawn
    change = made[:, 3:].float().clamp(1e-4, 1 - 1e-4)
    named = -_NAMED * drawn * change.log() - (1 - drawn) * (1 - change).log()
    return missed.sum() / drawn.sum().clamp(min=1) + _MAPPED * named.mean()


def _named(lesions: torch.Tensor, which: int) -> torch.Tensor:
    # cross entropy of the critic's naming of the lesion
    wanted = torch.full((len(lesions),), which, device=lesions.device)
    return functional.cross_entropy(lesions.float(), wanted)
