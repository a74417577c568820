"""How much is computed: sizes of tests, and steps of every training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMED = ("jpeg:70", "blur:1", "resize:0.5")
"""Cells of the grid of which figures are asked one by one."""


@dataclass(frozen=True)
class Steps:
    """Steps of a network's trainings."""

    main: int
    """On the pool alone, all families: T0, T3, T4."""
    base: int
    """On one half of the families, from which folds start."""
    fold: int
    """From there, a family or a source left out: T1, T2."""


@dataclass(frozen=True)
class Preset:
    """Sizes and steps."""

    matched: int
    """Photographs a lesion in T0."""
    named: int
    """In T1, in T4, and in the cells of T3 that are named."""
    grid: int
    """In the other cells of T3."""
    source: int
    """In T2."""
    validation: int
    """Photographs a lesion that thresholds come from."""
    both_profiles: bool
    """Whether training sees the paper's filters too, as detectors for studies do."""
    default: Steps
    paper_cnn: Steps


PRESETS: Mapping[str, Preset] = {
    "brief": Preset(
        matched=20,
        named=10,
        grid=2,
        source=10,
        validation=20,
        both_profiles=False,
        default=Steps(main=1000, base=150, fold=60),
        paper_cnn=Steps(main=40, base=25, fold=15),
    ),
    "quick": Preset(
        matched=50,
        named=25,
        grid=3,
        source=25,
        validation=20,
        both_profiles=False,
        default=Steps(main=5000, base=600, fold=300),
        paper_cnn=Steps(main=200, base=60, fold=40),
    ),
    "full": Preset(
        matched=1000,
        named=60,
        grid=25,
        source=60,
        validation=1000,
        both_profiles=True,
        default=Steps(main=5000, base=2000, fold=800),
        paper_cnn=Steps(main=600, base=300, fold=150),
    ),
}
