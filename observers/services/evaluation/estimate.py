"""How long an evaluation takes on this machine where nothing is kept yet."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from detector.network.configs import INPUT_SIZE
from forgery.imaging import laundering
from forgery.models import Pool
from observers.services.evaluation import split
from observers.services.evaluation.folds import shipped_judge
from observers.services.evaluation.presets import NAMED, Preset

# what each thing costs, in images scored by the detector
TWINS = {"train": 80, "validation": 30, "test": 16}
"""Forging one photograph, with all families, profiles and copies of its part, and
describing what it is laundered to."""
STEP, CNN_STEP = 11, 14
"""A step of training of the detector, and of `paper-sparse-cnn`."""
JUDGES = 5
"""Scoring an image by all judges."""
PER_PHOTOGRAPH = 11
"""Images that are judged for each photograph."""
FAMILIES = 6
_TRIED = 8


def estimate(pool: Pool, others: Sequence[Pool], sizes: Preset) -> str:
    """Say in a sentence how long it will take; measured on a few blank images."""
    parts = split.splits(pool, sizes.matched)
    photographs = dict.fromkeys(TWINS, 0)
    for one in [*parts.values(), *(_first(other, sizes) for other in others)]:
        for name in TWINS:
            photographs[name] += len(getattr(one, name))
    lesions = len({image.lesion for one in parts.values() for image in one.test})
    cells = len(laundering.grid()) - len(NAMED)
    views = sizes.named * (len(NAMED) + 2) + sizes.grid * cells
    images = PER_PHOTOGRAPH * (
        photographs["test"] + lesions * views + 2 * photographs["validation"]
    )
    folds = FAMILIES + len(others)
    steps = [
        one.main * len(parts) + 2 * one.base + folds * one.fold
        for one in (sizes.default, sizes.paper_cnn)
    ]
    cost = (
        sum(TWINS[name] * n for name, n in photographs.items())
        + images * JUDGES
        + steps[0] * STEP
        + steps[1] * CNN_STEP
    )
    return (
        f"{sum(photographs.values())} photographs, {sum(steps)} steps of training, "
        f"{images} images to judge: about {cost * _each_image() / 60:.0f} min where "
        "nothing is kept yet; stop it at will, the same command goes on"
    )


def _first(pool: Pool, sizes: Preset) -> split.Split:
    return next(iter(split.splits(pool, sizes.matched).values()))


def _each_image() -> float:
    images = np.zeros((_TRIED, INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
    judge = shipped_judge()
    judge.detector.score(images[:2])
    began = time.monotonic()
    judge.detector.score(images)
    return (time.monotonic() - began) / _TRIED
