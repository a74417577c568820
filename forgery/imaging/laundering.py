"""Laundering: what happens to any photograph on its way, original or manipulated.

Each step is a name and a level, so that a laundering is data: it can be stored,
composed and applied again. `draw` is the one distribution of the program, drawn
alike for both classes; a laundered original stays original. The steps never know
what they are applied to, and the same steps on the same pixels give the same pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image as PillowImage

from forgery.imaging import profiles
from forgery.imaging.fundus import Image

Level = float | tuple[float, ...]
"""Strength of a step: one number, or one a pass."""

GRID: Mapping[str, tuple[Level, ...]] = {
    "resize": (0.5, 0.75, 1.25, 1.5),
    "blur": (0.5, 1.0, 1.5, 2.0, 3.0),
    "noise": (2.0, 4.0, 8.0, 12.0),
    "gamma": (0.8, 1.25),
    "rotate": (90.0,),
    "double-jpeg": ((90.0, 70.0), (70.0, 90.0)),
    "jpeg": (95.0, 90.0, 80.0, 70.0, 60.0, 50.0, 30.0),
}
"""The robustness grid T3: levels by step, in the order in which steps are applied."""
RANGES: Mapping[str, tuple[float, float]] = {
    "jpeg": (1, 100),
    "double-jpeg": (1, 100),
    "resize": (0.05, 8),
    "blur": (0, 32),
    "noise": (0, 128),
    "gamma": (0.1, 10),
    "sharpen": (0, 8),
    "rotate": (-360, 360),
}
"""Smallest and largest level of each step."""
CHANCE = 0.5
"""Chance of each step of the grid in a random laundering."""


@dataclass(frozen=True)
class Step:
    """One named step of a laundering."""

    name: str
    """One of `STEPS`."""
    level: Level
    """Its strength; what it means is said at each step."""
    seed: int = 0
    """Source of the step's own randomness, where it has any."""

    def __post_init__(self) -> None:
        """Refuse steps that nobody knows."""
        if self.name not in STEPS:
            msg = f"no laundering step {self.name!r}; use {', '.join(STEPS)}"
            raise ValueError(msg)
        if isinstance(self.level, Sequence):
            object.__setattr__(self, "level", tuple(self.level))
        low, high = RANGES[self.name]
        numbers = self.level if isinstance(self.level, tuple) else (self.level,)
        if not all(low <= number <= high for number in numbers):
            msg = f"level {_level_text(self.level)} of {self.name} must be {low:g}"
            raise ValueError(f"{msg} to {high:g}")

    def apply(self, image: Image) -> Image:
        """
        Take an image through the step.

        Parameters
        ----------
        image : ndarray of uint8, shape (H, W, 3)
            RGB image.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3)
            The image afterwards.
        """
        return STEPS[self.name](image, self.level, self.seed)


@dataclass(frozen=True)
class Laundering:
    """Steps in their order; none at all is a laundering too."""

    steps: tuple[Step, ...] = ()

    def apply(self, image: Image) -> Image:
        """
        Take an image through every step.

        Parameters
        ----------
        image : ndarray of uint8, shape (H, W, 3)
            RGB image of either class.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3)
            The laundered image.
        """
        for step in self.steps:
            image = step.apply(image)
        return image

    def to_list(self) -> list[dict[str, Any]]:
        """
        Return the steps as JSON-ready data.

        Returns
        -------
        list of dict
            Name, level and seed of each step.
        """
        return [
            {
                "name": step.name,
                "level": list(step.level)
                if isinstance(step.level, tuple)
                else step.level,
                "seed": step.seed,
            }
            for step in self.steps
        ]

    @classmethod
    def from_list(cls, data: Iterable[Mapping[str, Any]]) -> Laundering:
        """
        Rebuild a laundering from `to_list`.

        Parameters
        ----------
        data : iterable of mapping
            Name, level and seed of each step.

        Returns
        -------
        Laundering
            The equal laundering.
        """
        return cls(tuple(Step(**step) for step in data))

    def __str__(self) -> str:
        """
        Name the steps as `parse` reads them.

        Returns
        -------
        str
            Steps joined by ``+``, ``-`` for none.
        """
        return "+".join(f"{s.name}:{_level_text(s.level)}" for s in self.steps) or "-"


def draw(rng: np.random.Generator, *, chance: float = CHANCE) -> Laundering:
    """
    Draw a laundering: each step of `GRID` by chance, its level uniformly.

    The caller applies the drawn laundering to a photograph and to its forgery
    alike, or draws anew for each; either way both classes have one distribution.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draw; the number of values drawn does not depend on them.
    chance : float
        Chance of each step, 0 to 1.

    Returns
    -------
    Laundering
        The steps drawn, in the grid's order.
    """
    steps = []
    for name, levels in GRID.items():
        taken, which = rng.random() < chance, int(rng.integers(len(levels)))
        seed = int(rng.integers(2**31))
        if taken:
            steps.append(Step(name, levels[which], seed))
    return Laundering(tuple(steps))


def grid(seed: int = 0) -> list[Laundering]:
    """
    List the cells of the robustness grid, one step at one level each.

    Parameters
    ----------
    seed : int
        Seed of the noise steps.

    Returns
    -------
    list of Laundering
        In the grid's order.
    """
    return [
        Laundering((Step(name, level, seed),))
        for name, levels in GRID.items()
        for level in levels
    ]


def parse(text: str, seed: int = 0) -> Laundering:
    """
    Read a laundering written as ``resize:0.5+jpeg:70``.

    Parameters
    ----------
    text : str
        Steps joined by ``+``; a level of several numbers joins them by ``,``;
        ``-`` or nothing for no step.
    seed : int
        Seed of the steps that need one.

    Returns
    -------
    Laundering
        The steps in their order.

    Raises
    ------
    ValueError
        If a step or a level cannot be read.
    """
    steps = []
    for part in filter(None, text.strip().strip("-").split("+")):
        name, _, level = part.partition(":")
        try:
            numbers = tuple(float(number) for number in level.split(","))
        except ValueError:
            msg = f"write laundering steps as NAME:LEVEL, not {part!r}"
            raise ValueError(msg) from None
        steps.append(Step(name, numbers if len(numbers) > 1 else numbers[0], seed))
    return Laundering(tuple(steps))


def _level_text(level: Level) -> str:
    numbers = level if isinstance(level, tuple) else (level,)
    return ",".join(f"{number:g}" for number in numbers)


def _number(level: Level) -> float:
    return level[0] if isinstance(level, tuple) else float(level)


def _jpeg(image: Image, level: Level, _seed: int) -> Image:
    # level: quality of Pillow's encoder, 1 to 95; colours at half resolution
    handle = io.BytesIO()
    quality = round(_number(level))
    PillowImage.fromarray(image).save(
        handle, format="JPEG", quality=quality, subsampling=2
    )
    with PillowImage.open(handle) as opened:
        return np.array(opened.convert("RGB"), np.uint8)


def _double_jpeg(image: Image, level: Level, seed: int) -> Image:
    # level: the qualities of the two passes
    for quality in level if isinstance(level, tuple) else (level, level):
        image = _jpeg(image, quality, seed)
    return image


def _resize(image: Image, level: Level, _seed: int) -> Image:
    # level: scale; there and back by area average and bicubic, as everywhere here
    height, width = image.shape[:2]
    scale = _number(level)
    away = (max(1, round(width * scale)), max(1, round(height * scale)))
    there, back = cv2.INTER_AREA, cv2.INTER_CUBIC
    if scale > 1:
        there, back = back, there
    scaled = cv2.resize(image, away, interpolation=there)
    return np.asarray(cv2.resize(scaled, (width, height), interpolation=back), np.uint8)


def _blur(image: Image, level: Level, _seed: int) -> Image:
    # level: standard deviation in pixels
    return profiles.blur(image, _number(level))


def _noise(image: Image, level: Level, seed: int) -> Image:
    # level: standard deviation in grey levels of 255
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(image.shape, np.float32) * np.float32(_number(level))
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _gamma(image: Image, level: Level, _seed: int) -> Image:
    # level: exponent on [0, 1]
    table = 255 * (np.arange(256) / 255) ** _number(level)
    return np.asarray(np.rint(table).astype(np.uint8)[image], np.uint8)


def _sharpen(image: Image, level: Level, _seed: int) -> Image:
    # level: share of the 3 x 3 kernel's effect that is added
    added = profiles.sharpen(image).astype(np.float32) - image
    strong = image + np.float32(_number(level)) * added
    return np.clip(np.rint(strong), 0, 255).astype(np.uint8)


def _rotate(image: Image, level: Level, _seed: int) -> Image:
    # level: degrees counter-clockwise, a multiple of 90: nothing is resampled
    return np.ascontiguousarray(np.rot90(image, round(_number(level) / 90)))


STEPS: Mapping[str, Callable[[Image, Level, int], Image]] = {
    "jpeg": _jpeg,
    "double-jpeg": _double_jpeg,
    "resize": _resize,
    "blur": _blur,
    "noise": _noise,
    "gamma": _gamma,
    "sharpen": _sharpen,
    "rotate": _rotate,
}
"""The steps by name: image, level and seed to image."""
