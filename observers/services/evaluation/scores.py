"""Scores of views by every judge, as margins that folds share, and probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.network import views
from detector.network.examples import Examples
from detector.services.judges import Desk
from forgery.imaging import laundering
from observers.services.evaluation.folds import Judges

Scores = NDArray[np.float64]
Fold = tuple[Examples, Judges]
"""What is judged, and by whom: nobody who has learned from any of it."""


@dataclass(frozen=True)
class Judged:
    """A view as every judge sees it."""

    examples: Examples
    """What is known of the images; their pixels are left behind."""
    margin: Mapping[str, Scores]
    """By judge: distance of the score from the threshold, in temperatures."""
    probability: Mapping[str, Scores]

    def take(self, which: NDArray[np.bool_]) -> Judged:
        """Choose some examples."""
        return Judged(
            self.examples.take(which),
            {name: values[which] for name, values in self.margin.items()},
            {name: values[which] for name, values in self.probability.items()},
        )


def judged(folds: Sequence[Fold], desk: Desk, view: str = "-") -> Judged:
    """Score a view; each fold's judges see only what they have not learned from."""
    parts: list[Judged] = []
    for examples, judges in folds:
        seen = laundered(examples, view)
        margin, probability = {}, {}
        for name, judge in judges.items():
            desk.check()
            desk.progress(len(parts), len(folds), f"{view}: {name}, {len(seen)} images")
            scores = judge.score(seen.images, desk)
            margin[name] = judge.margin(scores)
            probability[name] = judge.probability(scores)
        parts.append(Judged(_without_pixels(seen), margin, probability))
    return Judged(
        Examples.join([one.examples for one in parts]),
        _joined([one.margin for one in parts]),
        _joined([one.probability for one in parts]),
    )


def laundered(examples: Examples, view: str) -> Examples:
    """Launder both classes by a cell of the grid, by random draw, or not at all."""
    if view == "-":
        return examples
    draw = laundering.draw
    if view == "random":
        return views.laundered(examples, draw, seed=1)
    return views.laundered(examples, views.fixed(laundering.parse(view)), seed=1)


def first(examples: Examples, per_lesion: int) -> Examples:
    """Keep the first photographs of each lesion, with all their forgeries."""
    chosen: list[str] = []
    for lesion in sorted(set(examples.lesion.tolist())):
        pairs = examples.pair[examples.lesion == lesion].tolist()
        chosen += list(dict.fromkeys(pairs))[:per_lesion]
    return examples.take(np.isin(examples.pair, chosen))


def _without_pixels(examples: Examples) -> Examples:
    n = len(examples)
    nothing = np.zeros((n, 16, 16, 3), np.uint8)
    return replace(examples, images=nothing, mask=np.zeros((n, 4, 4), np.uint8))


def _joined(parts: Sequence[Mapping[str, Scores]]) -> dict[str, Scores]:
    return {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}
