"""Test views: the same examples, laundered; both classes or one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from detector.network.examples import Examples
from forgery.imaging import laundering
from forgery.imaging.laundering import Laundering

Draw = Callable[[np.random.Generator], Laundering]
"""Draws the laundering of one image."""


def fixed(washing: Laundering) -> Draw:
    """
    Launder every image alike.

    Parameters
    ----------
    washing : Laundering
        The steps; noise is drawn anew for each image.

    Returns
    -------
    callable
        Draws these steps.
    """

    def draw(rng: np.random.Generator) -> Laundering:
        steps = [replace(s, seed=int(rng.integers(2**31))) for s in washing.steps]
        return Laundering(tuple(steps))

    return draw


def laundered(
    examples: Examples,
    draw: Draw = laundering.draw,
    *,
    seed: int,
    only: bool | None = None,
) -> Examples:
    """
    Launder examples; each draw depends on the image's content and the seed alone.

    Parameters
    ----------
    examples : Examples
        What to launder.
    draw : callable
        Draws the laundering of one image; by default the program's one distribution.
    seed : int
        Seed of the draws.
    only : bool or None
        Launder manipulated images alone (True), originals alone (False), or both.

    Returns
    -------
    examples.Examples
        The same examples after laundering, masks turned with them.
    """
    images, masks = np.empty_like(examples.images), examples.mask.copy()
    for i, image in enumerate(examples.images):
        if only is not None and bool(examples.truth[i]) != only:
            images[i] = image
            continue
        number = hashlib.sha256(image.tobytes()).digest()[:8]
        rng = np.random.default_rng([seed, int.from_bytes(number, "big")])
        washing = draw(rng)
        images[i] = washing.apply(image)
        for step in washing.steps:
            if step.name == "rotate":
                masks[i] = laundering.STEPS["rotate"](masks[i], step.level, step.seed)
    return replace(examples, images=images, mask=masks)
