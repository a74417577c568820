"""What two-sided training shares: PatchGAN critics, their losses, the image pool.

A critic is trained in the same step as what it judges. Its own weights are held
still while it judges (`verdict`), so one optimizer serves both sides.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional


class Critic(nn.Module):
    """
    PatchGAN: is each patch of a photograph, and which lesion does the whole show [1]_.

    Parameters
    ----------
    width : int
        Channels of the first layer; two further layers double them.
    lesions : int
        Lesions to tell apart; 0 for none.

    References
    ----------
    .. [1] Isola P, Zhu J-Y, Zhou T, Efros AA (2017). Image-to-image translation with
       conditional adversarial networks. CVPR 2017: 1125-1134.
    """

    def __init__(self, width: int, lesions: int = 0) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            *_layer(width, 2 * width),
            *_layer(2 * width, 4 * width),
        )
        self.patches = nn.Conv2d(4 * width, 1, 3, padding=1)
        self.lesion = None
        if lesions:
            self.lesion = nn.Sequential(
                *_layer(4 * width, 4 * width),
                *_layer(4 * width, 4 * width),
                nn.AdaptiveMaxPool2d(1),
                nn.Flatten(),
                nn.Linear(4 * width, lesions),
            )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Judge images.

        Parameters
        ----------
        x : torch.Tensor, shape (N, 3, H, W)
            Images in [0, 1].

        Returns
        -------
        patches : torch.Tensor, shape (N, 1, H / 8, W / 8)
            Near 1 for photographs, near 0 for forgeries.
        lesions : torch.Tensor, shape (N, lesions)
            Logits; no columns where there are no lesions to tell apart.
        """
        features = self.trunk(2 * x - 1)  # (N, 4w, H / 8, W / 8)
        if self.lesion is None:
            return self.patches(features), features.new_zeros(len(x), 0)
        return self.patches(features), self.lesion(features)


def verdict(critic: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Judge images with the critic's weights held still.

    Parameters
    ----------
    critic : Critic
        The critic.
    x : torch.Tensor, shape (N, 3, H, W)
        Forgeries, through which the gradient goes.

    Returns
    -------
    tuple of torch.Tensor
        As the critic's.
    """
    still = {name: value.detach() for name, value in critic.named_parameters()}
    judged: tuple[torch.Tensor, torch.Tensor] = functional_call(critic, still, (x,))
    return judged


def least_squares(patches: torch.Tensor, wanted: float) -> torch.Tensor:
    """
    Measure how far a verdict is from the wanted one [1]_.

    Parameters
    ----------
    patches : torch.Tensor
        Verdicts on patches.
    wanted : float
        1 for photographs, 0 for forgeries.

    Returns
    -------
    torch.Tensor, shape ()
        Mean squared difference.

    References
    ----------
    .. [1] Mao X, Li Q, Xie H, Lau RYK, Wang Z, Smolley SP (2017). Least squares
       generative adversarial networks. ICCV 2017: 2794-2802.
    """
    return functional.mse_loss(
        patches.float(), torch.full_like(patches.float(), wanted)
    )


class ImagePool(nn.Module):
    """
    Earlier forgeries, half of the time shown to a critic instead of the newest [1]_.

    They are buffers, so that a resume state holds them.

    Parameters
    ----------
    capacity : int
        Forgeries to keep.
    side : int
        Their side in pixels.

    References
    ----------
    .. [1] Shrivastava A, Pfister T, Tuzel O, Susskind J, Wang W, Webb R (2017).
       Learning from simulated and unsupervised images through adversarial training.
       CVPR 2017: 2107-2116.
    """

    images: torch.Tensor
    filled: torch.Tensor

    def __init__(self, capacity: int, side: int) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(capacity, 3, side, side))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def swap(self, forged: torch.Tensor) -> torch.Tensor:
        """
        Keep new forgeries, and give back new or earlier ones.

        Parameters
        ----------
        forged : torch.Tensor, shape (N, 3, side, side)
            New forgeries.

        Returns
        -------
        torch.Tensor, shape (N, 3, side, side)
            What the critic shall see; no gradient goes through it.
        """
        shown = forged.detach().float().clone()
        for k, image in enumerate(shown.clone()):
            n = int(self.filled)
            if n < len(self.images):
                self.images[n] = image
                self.filled += 1
            elif torch.rand(()) < 0.5:
                which = int(torch.randint(n, ()))
                shown[k] = self.images[which]
                self.images[which] = image
        return shown


def _layer(before: int, after: int) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, 4, stride=2, padding=1),
        nn.InstanceNorm2d(after, affine=True),
        nn.LeakyReLU(0.2),
    ]
