"""Set the smallest weights of a trained detector to zero, and train the rest on.

'Sparse' in the paper's sense of its reference [1]_: nine weights of ten can go. The
share of zeros rises along a cubic in the first half of the steps [2]_; which weights
are zero follows from their sizes alone, in every convolution and in the head: between
layers sizes mean nothing, since each is scaled by the normalisation that follows.
Nothing becomes faster by it: torch has no convolution that skips single zeros.

References
----------
.. [1] Liu B, Wang M, Foroosh H, Tappen M, Penksy M (2015). Sparse convolutional
   neural networks. CVPR 2015: 806-814.
.. [2] Zhu M, Gupta S (2017). To prune, or not to prune: exploring the efficacy of
   pruning for model compression. arXiv 1710.01878.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from detector.network import losses
from detector.network.configs import DetectorSettings
from detector.network.examples import Examples
from forgery.imaging.training import Progress, Run, Trainer

FOLDER = "pruning"
"""Below the folder of the run: the resume state of this second training."""
_RAMP = 0.5
"""Share of the steps in which the share of zeros rises."""


def prunable(network: nn.Module) -> list[torch.Tensor]:
    """
    List the weights that may become zero.

    Parameters
    ----------
    network : torch.nn.Module
        A detector.

    Returns
    -------
    list of torch.Tensor
        Weights of convolutions and of the head; no biases, no normalisation.
    """
    kinds = (nn.Conv2d, nn.Linear)
    return [m.weight for m in network.modules() if isinstance(m, kinds)]


def zeros(network: nn.Module) -> float:
    """
    Measure the share of zeros.

    Parameters
    ----------
    network : torch.nn.Module
        A detector.

    Returns
    -------
    float
        Zeros among `prunable` weights, 0 to 1.
    """
    weights = prunable(network)
    n = sum(int((weight == 0).sum()) for weight in weights)
    return n / sum(weight.numel() for weight in weights)


@torch.no_grad()
def cut_smallest(network: nn.Module, share: float) -> None:
    """
    Set the smallest weights to zero.

    Parameters
    ----------
    network : torch.nn.Module
        A detector, changed in place.
    share : float
        Of the weights of each layer, 0 to below 1.
    """
    for weight in prunable(network):
        sizes = weight.abs()
        n = math.ceil(share * weight.numel())
        if n:
            # ties at the limit go too: exactly as many or a few more
            weight.mul_(sizes > sizes.flatten().kthvalue(n).values)


def share_at(step: int, steps: int, wanted: float) -> float:
    """
    Tell the share of zeros of a step.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    steps : int
        How many there are.
    wanted : float
        Share at the end.

    Returns
    -------
    float
        The share.
    """
    done = min(1.0, (step + 1) / max(1.0, _RAMP * steps))
    return wanted * (1 - (1 - done) ** 3)


def prune(
    network: nn.Module, train: Examples, settings: DetectorSettings, run: Run
) -> Progress:
    """
    Prune a trained detector in place and train what is left.

    Parameters
    ----------
    network : torch.nn.Module
        The detector.
    train : Examples
        What it learned from.
    settings : DetectorSettings
        As it was trained; half the steps, at a third of the rate, follow.
    run : Run
        Folder of the first training, and listeners.

    Returns
    -------
    Progress
        Steps, loss curve and seconds of this second training.
    """
    brief = replace(
        settings,
        steps=max(1, settings.steps // 2),
        learning_rate=settings.learning_rate / 3,
    )
    run = replace(run, workdir=run.workdir / FOLDER)
    trainer = Trainer(network, brief, run, f"prune:{train.digest}")
    learn = losses.loss_of(train, brief, trainer.device)

    def loss(shown: nn.Module, rng: np.random.Generator, step: int) -> torch.Tensor:
        cut_smallest(network, share_at(step, brief.steps, settings.prune))
        return learn(shown, rng, step)

    progress = trainer.fit(loss)
    cut_smallest(network, settings.prune)
    return progress
