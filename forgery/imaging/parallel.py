"""Several processes that train one network, each on its part of every batch.

``torchrun`` starts them; each computes the loss of its part, weighted so that the
mean of their gradients is the gradient of the whole batch; DistributedDataParallel
takes that mean, so all keep the same weights [1]_.

References
----------
.. [1] Li S et al. (2020). PyTorch distributed: experiences on accelerating data
   parallel training. Proceedings of the VLDB Endowment 13: 3005-3018.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

VARIABLE = "FUNDUS_PROCESSES"
"""Processes that train a detector; left out, one for each CUDA card."""


@dataclass(frozen=True)
class Team:
    """The processes that train together, as one of them sees it."""

    rank: int = 0
    """Its number, from 0."""
    size: int = 1
    """How many there are."""

    @property
    def is_first(self) -> bool:
        """
        Say whether this is the one that writes and tells.

        Returns
        -------
        bool
            True in one process.
        """
        return self.rank == 0


def team() -> Team:
    """
    Tell which process this is.

    Returns
    -------
    Team
        A team of one outside of `joined`.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return Team()
    return Team(distributed.get_rank(), distributed.get_world_size())


def wanted() -> int:
    """
    Count the processes that shall train together.

    Returns
    -------
    int
        ``FUNDUS_PROCESSES``, else the number of CUDA cards, at least 1; 1 in a
        process that ``torchrun`` started.

    Raises
    ------
    ValueError
        If the variable is not a whole number above 0.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return 1
    said = os.environ.get(VARIABLE, "")
    if not said:
        return max(1, torch.cuda.device_count())
    if not said.isdecimal() or int(said) < 1:
        msg = f"{VARIABLE} {said!r} must be a whole number above 0"
        raise ValueError(msg)
    return int(said)


@contextmanager
def joined(device: torch.device) -> Iterator[Team]:
    """
    Join the processes that ``torchrun`` started.

    Parameters
    ----------
    device : torch.device
        Where this process computes.

    Yields
    ------
    Team
        Which process this is.
    """
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield team()
    finally:
        distributed.destroy_process_group()


def agreed(answer: bool, device: torch.device) -> bool:  # noqa: FBT001 - it is the data
    """
    Let the first process decide for all.

    Parameters
    ----------
    answer : bool
        What this process would answer.
    device : torch.device
        Where it computes.

    Returns
    -------
    bool
        What the first answered.
    """
    if team().size == 1:
        return answer
    said = torch.tensor([int(answer)], device=device)
    distributed.broadcast(said, src=0)
    return bool(said.item())


class Step(nn.Module):
    """
    A network's loss as a module, so that gradients are averaged whatever it calls.

    Parameters
    ----------
    network : torch.nn.Module
        The network that learns.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, loss: Callable[[nn.Module], torch.Tensor]) -> torch.Tensor:
        """
        Compute a loss of the network.

        Parameters
        ----------
        loss : callable
            Takes the network, returns its loss.

        Returns
        -------
        torch.Tensor, shape ()
            The loss.
        """
        return loss(self.network)


def step_of(network: nn.Module, device: torch.device) -> nn.Module:
    """
    Wrap a network for its training steps: alone, or beside the other processes.

    Parameters
    ----------
    network : torch.nn.Module
        The network on its device.
    device : torch.device
        Where this process computes.

    Returns
    -------
    torch.nn.Module
        Takes a function of the network, returns its loss; in a team, going back
        through it averages the gradients.
    """
    step = Step(network)
    if team().size == 1:
        return step
    places = [device] if device.type == "cuda" else None
    return DistributedDataParallel(step, device_ids=places)
