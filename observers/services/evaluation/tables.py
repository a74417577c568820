"""Rows of the report: one a judge, family, target and lesion, and the means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.detection import Detection, detection, macro
from observers.analysis.detection_bootstrap import Resampled, Resampler
from observers.services.evaluation.scores import Judged

Cell = tuple[Detection, Resampled]
MACRO = "macro"
"""Mean over the lesions, each weighing alike."""
ALL = "all learned"
"""All families that were learned from, together: what calibration is judged on."""


@dataclass(frozen=True)
class Key:
    """What a row is about."""

    judge: str
    family: str
    target: str
    """Lesion or finding that the forgeries show; empty for all of the family."""
    lesion: str


def rows(seen: Judged, resampler: Resampler, *, by_target: bool = False) -> Table:
    """Compute every cell of a view: by lesion, and the mean over lesions."""
    cells: dict[Key, Cell] = {}
    families = seen.examples.family
    for family in sorted(set(families[seen.examples.truth].tolist())):
        targets = [""]
        if by_target:
            shown = seen.examples.target[families == family]
            targets += [t for t in sorted(set(shown.tolist())) if t]
        for target in targets:
            use = ~seen.examples.truth | (families == family)
            if target:
                use &= ~seen.examples.truth | (seen.examples.target == target)
            cells |= _cells(seen.take(use), resampler, family, target)
    return Table(cells)


@dataclass(frozen=True)
class Table:
    """Cells by what they are about."""

    cells: dict[Key, Cell]

    def of(self, judge: str, families: Sequence[str] = ()) -> list[Cell]:
        """List a judge's cells by lesion, of all targets, of some families or all."""
        return [
            cell
            for key, cell in self.cells.items()
            if key.judge == judge
            and key.lesion != MACRO
            and not key.target
            and (not families or key.family in families)
        ]

    def to_list(self) -> list[dict[str, Any]]:
        """Lay the cells out as rows of plain data."""
        return [
            asdict(key) | plain(asdict(figures))
            for key, (figures, _) in self.cells.items()
        ]


def _cells(
    seen: Judged, resampler: Resampler, family: str, target: str
) -> Iterator[tuple[Key, Cell]]:
    examples = seen.examples
    for judge in seen.margin:
        found = []
        for lesion in sorted(set(examples.lesion.tolist())):
            use = examples.lesion == lesion
            if not examples.truth[use].any() or examples.truth[use].all():
                continue
            cell = cell_of(seen, judge, use, resampler)
            found.append(cell)
            yield Key(judge, family, target, lesion), cell
        if found:
            yield Key(judge, family, target, MACRO), macro(found)


def cell_of(
    seen: Judged, judge: str, use: NDArray[np.bool_], resampler: Resampler
) -> Cell:
    """Compute the figures of one judge on some images."""
    examples = seen.examples
    return detection(
        examples.truth[use],
        seen.margin[judge][use],
        seen.probability[judge][use],
        examples.cluster[use],
        threshold=0.0,
        resampler=resampler,
    )


def plain(figures: dict[str, Any]) -> dict[str, Any]:
    """Round figures for the report; what is not a number becomes None."""
    return {
        name: _rounded(value) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
