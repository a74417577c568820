"""What a step of `default` sees: twins, their crops, and how far they are laundered.

Clean crops first, since laundering from the first step kills the learning of local
traces; then a ramp of laundering, mild to strong; whole photographs at the end.
Everything is a function of the seed and the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.network.configs import ForensicSettings
from detector.network.examples import MASK_STRIDE, Examples
from forgery.imaging import laundering
from forgery.imaging.laundering import Laundering, Step

_AS_TESTED = 0.4  # but for turns: each draw has its own, and its mask's
LOCAL_SHARE = 0.25
"""A forgery that changed less of its image than this is called local."""


@dataclass(frozen=True)
class Moment:
    """How far the curriculum has come."""

    size: int
    """Side in pixels of what is cut from each image."""
    strength: float
    """Laundering, 0 (none) to 1 (as strong as the robustness grid)."""
    is_shared: bool
    """Whether twins are always laundered alike."""


def moment(step: int, size: int, settings: ForensicSettings) -> Moment:
    """
    Tell how far the curriculum has come.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    size : int
        Side of the images in pixels.
    settings : ForensicSettings
        Shares of the curriculum's parts.

    Returns
    -------
    Moment
        Crop and laundering of the step.
    """
    done = step / settings.steps
    clean, full = settings.clean_share, settings.full_share
    ramp = (done - clean) / max(1e-9, full - clean)
    is_whole = done >= 1 - settings.whole_share
    return Moment(
        size=size if is_whole else min(size, settings.crop),
        strength=float(np.clip(ramp, 0, 1)),
        is_shared=done < 0.5,
    )


@dataclass(frozen=True)
class Draw:
    """One image of a batch: which, what part of it, and how it is treated."""

    index: int
    """Place among the examples."""
    top: int
    left: int
    turn: int
    """One of eight turns and mirrors."""
    laundering: Laundering
    group: int
    """Number of its twins in the run: what belongs together is learned together."""


class Twins:
    """
    Draw twins: an original, one of its forgeries, at times a laundered original.

    Parameters
    ----------
    examples : Examples
        What to draw from; originals without forgeries are drawn alone.
    settings : ForensicSettings
        Shares, sizes and seed.
    """

    def __init__(self, examples: Examples, settings: ForensicSettings) -> None:
        self.examples, self.settings = examples, settings
        self.size = examples.images.shape[1]
        self.is_local = examples.mask.mean((1, 2)) < LOCAL_SHARE * 255
        groups: dict[str, tuple[list[int], list[int]]] = {}
        for i, (pair, truth) in enumerate(
            zip(examples.pair.tolist(), examples.truth.tolist(), strict=True)
        ):
            groups.setdefault(pair or f"alone {i}", ([], []))[int(truth)].append(i)
        self.groups = [group for group in groups.values() if group[0]]

    def draw(self, step: int) -> tuple[Moment, list[Draw], NDArray[np.int64]]:
        """
        Draw the batch of a step.

        Parameters
        ----------
        step : int
            Number of the step, from 0.

        Returns
        -------
        now : Moment
            How far the curriculum has come.
        batch : list of Draw
            The images.
        twins : ndarray of int, shape (T, 2)
            Places in the batch of originals and of their forgeries.
        """
        s = self.settings
        now = moment(step, self.size, s)
        rng = np.random.default_rng([s.seed, 5, step])
        # as many pixels a step, whatever the crop
        n = max(1, round(s.batch_size / 2 * (min(s.crop, self.size) / now.size) ** 2))
        batch: list[Draw] = []
        twins: list[tuple[int, int]] = []
        for number in range(step * n, (step + 1) * n):
            self._add(number, now, rng, (batch, twins))
        return now, batch, np.array(twins, np.int64).reshape(-1, 2)

    def _group(self, number: int) -> tuple[list[int], list[int]]:
        epoch, place = divmod(number, len(self.groups))
        order = np.random.default_rng([self.settings.seed, 4, epoch])
        return self.groups[int(order.permutation(len(self.groups))[place])]

    def _add(
        self,
        number: int,
        now: Moment,
        rng: np.random.Generator,
        into: tuple[list[Draw], list[tuple[int, int]]],
    ) -> None:
        batch, twins = into
        group = self._group(number)
        original = int(rng.choice(group[0]))
        forgery = self._forgery(group[1], rng)
        top, left = self._corner(forgery, now.size, rng)
        turn = int(rng.integers(8))
        strength = now.strength
        if forgery is not None and self.is_local[forgery]:
            strength *= self.settings.local_strength  # little is left of their traces
        washed = draw_laundering(rng, strength)
        other = draw_laundering(rng, strength)
        batch.append(Draw(original, top, left, turn, washed, number))
        if forgery is not None:
            is_alike = now.is_shared or rng.random() < 0.5
            twins.append((len(batch) - 1, len(batch)))
            steps = washed if is_alike else other
            batch.append(Draw(forgery, top, left, turn, steps, number))
        if now.strength > 0 and rng.random() < self.settings.benign:
            benign = draw_laundering(rng, now.strength)
            batch.append(Draw(original, top, left, turn, benign, number))

    def _forgery(self, among: list[int], rng: np.random.Generator) -> int | None:
        if not among:
            return None
        places = np.array(among)
        local = self.is_local[places]
        wants_local = rng.random() < self.settings.local_share
        kind = places[local == wants_local]
        kind = kind if len(kind) else places
        if not wants_local:  # forgers weigh alike: each has repainted it once
            return int(rng.choice(kind))
        # families weigh alike, however many forgeries each has
        families = self.examples.family[kind]
        family = rng.choice(np.unique(families))
        return int(rng.choice(kind[families == family]))

    def _corner(
        self, forgery: int | None, size: int, rng: np.random.Generator
    ) -> tuple[int, int]:
        # hold a changed place, anywhere in the crop; multiples of the mask's stride
        room = (self.size - size) // MASK_STRIDE
        drawn = rng.integers(room + 1, size=2)
        changed = None if forgery is None else self.examples.mask[forgery] > 0
        if changed is None or not changed.any() or room == 0:
            return int(drawn[0]) * MASK_STRIDE, int(drawn[1]) * MASK_STRIDE
        rows, columns = np.nonzero(changed)
        which = int(rng.integers(len(rows)))
        margin = size // MASK_STRIDE // 8
        span = size // MASK_STRIDE - 2 * margin
        inside = rng.integers(span, size=2) + margin
        top = np.clip(rows[which] - inside[0], 0, room)
        left = np.clip(columns[which] - inside[1], 0, room)
        return int(top) * MASK_STRIDE, int(left) * MASK_STRIDE


def draw_laundering(rng: np.random.Generator, strength: float) -> Laundering:
    """
    Draw a laundering for training: continuous levels, or at times as tests draw it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draw.
    strength : float
        0 (no step at all) to 1 (levels up to the robustness grid's, and two in
        five launderings of the grid's own distribution, each step of it more seldom).

    Returns
    -------
    Laundering
        Up to seven steps.
    """
    if strength <= 0 or rng.random() > 0.3 + 0.5 * strength:
        return Laundering()
    chance = rng.uniform(0.1, 0.5)
    if rng.random() < _AS_TESTED * strength:
        steps = laundering.draw(rng, chance=chance + 0.1).steps
        return Laundering(tuple(step for step in steps if step.name != "rotate"))
    far = strength * rng.random() ** 0.7
    zoom = float(np.exp(far * rng.choice([-0.7, 0.5])))
    drawn = (
        Step("resize", zoom),
        Step("blur", 0.3 + 2.2 * far),
        Step("sharpen", 1.0),
        Step("noise", 1 + 9 * far, int(rng.integers(2**31))),
        Step("gamma", float(np.exp(far * rng.uniform(-0.25, 0.25)))),
        Step("jpeg", float(round(98 - 65 * far))),
    )
    return Laundering(tuple(step for step in drawn if rng.random() < chance))
