"""What a step draws and how far it goes: functions of the seed and its number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from forgery.imaging.configs import TrainingSettings


@contextmanager
def seeded(*entropy: int) -> Iterator[None]:
    """
    Draw torch's randomness from a seed within, leaving its own state as it was.

    Parameters
    ----------
    *entropy : int
        The seed, and what tells this draw from its siblings.

    Yields
    ------
    None
        Nothing.
    """
    with torch.random.fork_rng():
        reseed(*entropy)
        yield


def reseed(*entropy: int) -> None:
    """
    Set torch's randomness from a seed; only within `seeded`.

    Parameters
    ----------
    *entropy : int
        The seed, and what tells this draw from its siblings.
    """
    state = np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0]
    torch.manual_seed(int(state))


def batch_of(
    seed: int, step: int, batch_size: int, n: int
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """
    Draw the indices of a step: every example once an epoch, in a new order.

    Parameters
    ----------
    seed : int
        Seed of the run.
    step : int
        Number of the step, from 0.
    batch_size : int
        Indices to draw.
    n : int
        Number of examples.

    Returns
    -------
    ndarray of int, shape (batch_size,)
        Indices below ``n``.

    Examples
    --------
    >>> sorted(np.concatenate([batch_of(1, step, 2, 6) for step in range(3)]).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    wanted = np.arange(step * batch_size, (step + 1) * batch_size)
    orders = {
        int(epoch): np.random.default_rng([seed, 1, int(epoch)]).permutation(n)
        for epoch in np.unique(wanted // n)
    }
    return np.array([orders[i // n][i % n] for i in wanted.tolist()])


def rate_at(step: int, settings: TrainingSettings) -> float:
    """
    Learning rate of a step: a linear warm-up, then a fall to nearly nothing.

    By a cosine, or, where the schedule is linear, level for half of the steps and
    then straight down.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    settings : TrainingSettings
        Steps, warm-up and largest rate.

    Returns
    -------
    float
        The rate.
    """
    warm = max(1, round(settings.warmup * settings.steps))
    if step < warm:
        return settings.learning_rate * (step + 1) / warm
    share = (step - warm) / max(1, settings.steps - warm)
    if settings.schedule == "linear":
        return settings.learning_rate * min(1.0, max(0.01, 2 * (1 - share)))
    return settings.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
