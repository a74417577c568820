"""What traces say of an image: a small network over its statistics.

It learns from photographs that were repainted as a whole, each of them and their
originals laundered in many ways: how detail should look *after* such laundering is what
it can tell and a threshold cannot.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from detector.network import traces
from detector.network.curriculum import LOCAL_SHARE, draw_laundering
from detector.network.examples import Examples
from detector.network.traces import WIDTH, Traces
from forgery.imaging import laundering
from forgery.imaging.laundering import Laundering
from forgery.imaging.seeding import seeded

_HIDDEN = 64
_DROP = (0.15, 0.3)  # of statistics, of what is made of them
_FARTHEST = 4.0  # spreads: beyond it a statistic says nothing more
_RATE, _DECAY = 2e-3, 1e-2
_TWINS = 128  # a step
_CLEAN, _LEARNED, _CELL = 0.25, 0.55, 0.75  # up to which draw; beyond, at random
Describe = Callable[[Examples, int], Traces]
"""Describes examples in their ``n``-th laundering."""


class TraceHead(nn.Module):
    """
    Scores traces; what a statistic's usual value is, it has learned too.

    Parameters
    ----------
    width : int
        How many statistics it reads, the first: heads of before the coarse sizes read
        fewer than `WIDTH`.
    """

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.layers = nn.Sequential(
            nn.Dropout(_DROP[0]),
            nn.Linear(width, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(_DROP[1]),
            nn.Linear(_HIDDEN, 1),
        )

    def forward(self, found: torch.Tensor) -> torch.Tensor:
        """
        Score traces.

        Parameters
        ----------
        found : torch.Tensor, shape (N, WIDTH)
            From `traces.describe`.

        Returns
        -------
        torch.Tensor, shape (N,)
            Logits; higher is more manipulated.
        """
        read = found[:, : self.width]
        usual = ((read - self.mean) / self.spread).clamp(-_FARTHEST, _FARTHEST)
        scores: torch.Tensor = self.layers(usual).squeeze(1)
        return scores

    @torch.inference_mode()
    def score(self, found: Traces) -> NDArray[np.float64]:
        """
        Score traces.

        Parameters
        ----------
        found : ndarray of float32, shape (n, WIDTH)
            From `traces.describe`.

        Returns
        -------
        ndarray of float, shape (n,)
            Logits; higher is more manipulated.
        """
        return np.asarray(self(torch.from_numpy(found)).numpy(), np.float64)


@dataclass(frozen=True)
class Washed:
    """Launders examples over and over, each time twins alike."""

    seed: int

    def __call__(self, examples: Examples, number: int) -> Traces:
        """
        Describe examples in one of their launderings.

        Parameters
        ----------
        examples : Examples
            What to launder; an original and its forgeries are laundered alike.
        number : int
            Which of the launderings, from 0.

        Returns
        -------
        ndarray of float32, shape (n, WIDTH)
            Their traces. Depends on seed, number and each image's own pair alone.
        """
        images = np.empty_like(examples.images)
        for i, (image, pair) in enumerate(
            zip(examples.images, examples.pair.tolist(), strict=True)
        ):
            key = zlib.crc32(pair.encode())
            rng = np.random.default_rng([self.seed, 6, number, key])
            images[i] = draw(rng).apply(image)
        return traces.describe(images)


def draw(rng: np.random.Generator) -> Laundering:
    """
    Draw a laundering to learn from: none, the curriculum's, a cell or the whole grid.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draw.

    Returns
    -------
    Laundering
        Its steps.
    """
    kind = rng.random()
    if kind < _CLEAN:
        return Laundering()
    if kind < _LEARNED:
        return draw_laundering(rng, 1.0)
    if kind < _CELL:
        cells = laundering.grid(int(rng.integers(2**31)))
        return cells[int(rng.integers(len(cells)))]
    return laundering.draw(rng)


def whole(examples: Examples) -> Examples:
    """
    Choose what was repainted as a whole, and its originals.

    Parameters
    ----------
    examples : Examples
        Originals and forgeries.

    Returns
    -------
    examples.Examples
        Pairs that hold at least one of each.
    """
    share = examples.mask.mean((1, 2)) / 255
    repainted = examples.truth & (share >= LOCAL_SHARE)
    pairs = np.unique(examples.pair[repainted])
    wanted = repainted | ~examples.truth
    return examples.take(np.isin(examples.pair, pairs) & wanted)


@dataclass(frozen=True)
class Learned:
    """What is learned from: photographs repainted as a whole, and their originals."""

    examples: Examples
    found: Traces
    """Shape (washings x n, WIDTH): traces of all of them, one laundering after the
    other."""
    washings: int
    """How many launderings of each image are learned from."""

    @property
    def originals(self) -> Traces:
        """
        Choose the rows of originals.

        Returns
        -------
        ndarray of float32, shape (m, WIDTH)
            Their traces, one laundering after the other.
        """
        return self.found[np.tile(~self.examples.truth, self.washings)]


def learned(examples: Examples, washings: int, describe: Describe) -> Learned | None:
    """
    Describe what is learned from.

    Parameters
    ----------
    examples : Examples
        Training twins; local forgeries among them are left aside.
    washings : int
        How many launderings of each image are learned from.
    describe : callable
        Gives the traces of examples in their n-th laundering, `Washed` or what
        remembers it.

    Returns
    -------
    Learned or None
        Their traces; None where nothing was repainted as a whole.
    """
    used = whole(examples)
    if washings < 1 or not used.truth.any():
        return None
    found = np.concatenate([describe(used, number) for number in range(washings)])
    return Learned(used, found, washings)


def fit(seen: Learned, seed: int) -> TraceHead:
    """
    Learn what repainting leaves, families weighing alike.

    Parameters
    ----------
    seen : Learned
        From `learned`.
    seed : int
        Seed of first weights and of every draw.

    Returns
    -------
    TraceHead
        The trained head.
    """
    twins, chance = _twins(seen.examples, seen.washings)
    with seeded(seed):
        head = TraceHead()
        head.mean.copy_(torch.from_numpy(seen.found.mean(0)))
        head.spread.copy_(torch.from_numpy(seen.found.std(0) + 1e-6))
        _descend(head, torch.from_numpy(seen.found), twins, chance, seed)
    return head.eval()


def _twins(
    examples: Examples, washings: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # rows of originals and their forgeries under one laundering, and how often each
    originals: dict[str, list[int]] = {}
    for row in np.flatnonzero(~examples.truth).tolist():
        originals.setdefault(str(examples.pair[row]), []).append(row)
    forged = np.flatnonzero(examples.truth).tolist()
    once = [(one, row) for row in forged for one in originals[str(examples.pair[row])]]
    found = np.array(once, np.int64)
    families = examples.family[found[:, 1]]
    chance = np.zeros(len(found))
    for family in np.unique(families):
        chance[families == family] = 1 / (families == family).sum()
    every = np.concatenate([found + n * len(examples) for n in range(washings)])
    return every, np.tile(chance / chance.sum() / washings, washings)


def _descend(
    head: TraceHead,
    found: torch.Tensor,
    twins: NDArray[np.int64],
    chance: NDArray[np.float64],
    seed: int,
) -> None:
    steps = max(100, 40 * len(found) // 256)
    optimizer = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    rng = np.random.default_rng([seed, 8])
    head.train()
    for _ in range(steps):
        drawn = twins[rng.choice(len(twins), _TWINS, p=chance)]
        original, forged = head(found[drawn[:, 0]]), head(found[drawn[:, 1]])
        loss = (
            functional.softplus(original).mean()
            + functional.softplus(-forged).mean()
            + 0.5 * functional.softplus(original - forged).mean()
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rate.step()
