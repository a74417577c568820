"""The twins of an evaluation: made once, kept by all that they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from detector.network import examples as stored
from detector.network.examples import Examples
from detector.services.bundles import Bundles
from detector.services.judges import Desk
from detector.services.twins import Twinner
from forgery import imaging
from forgery.models import FundusImage, Pool
from observers.services.evaluation import split
from observers.services.evaluation.presets import Preset
from observers.services.evaluation.split import Split

SEED = 1
MOST = 10_000
"""Photographs a lesion where all are wanted."""


@dataclass(frozen=True)
class Source:
    """A pool's twins: one split, or one a fold."""

    name: str
    folds: dict[int | None, tuple[Examples, Examples, Examples]]
    """Train, validation, test."""
    unseen: Examples
    """All that is judged where the pool is left out of training."""

    @property
    def grouped(self) -> tuple[Examples, Examples, Examples]:
        """The one grouped split of T1 and T2: that of the first fold."""
        return next(iter(self.folds.values()))


class Workshop:
    """Makes the twins of photographs, or reads what was made of the very same."""

    def __init__(self, pools: Sequence[Pool], desk: Desk) -> None:
        self.bundles, self.desk = Bundles(pools), desk
        self.twinner = Twinner(self.bundles, SEED, self._tell)

    def _tell(self, done: int, total: int, message: str) -> None:
        self.desk.check()
        self.desk.progress(done, total, message)

    def main(self, pool: Pool, preset: Preset) -> Source:
        """Make the twins of the pool that is evaluated."""
        splits = split.splits(pool, preset.matched)
        folds = {fold: self._parts(one, preset) for fold, one in splits.items()}
        unseen = Examples.join([part[2] for part in folds.values()])
        return Source(pool.name, folds, unseen)

    def other(self, pool: Pool, preset: Preset) -> Source:
        """Make the twins of another camera's pool."""
        fold, one = next(iter(split.splits(pool, preset.matched).items()))
        parts = self._parts(one, preset)
        unseen = self._made("test", split.others(pool, preset.source))
        return Source(pool.name, {fold: parts}, unseen)

    def unseen_by_shipped(self, pools: Sequence[Pool]) -> list[Examples]:
        """Make, a pool each, originals that the shipped weights did not learn from."""
        seen = self.bundles.seen
        kept = [
            [one for one in split.others(pool, MOST) if one.cluster_id not in seen]
            for pool in pools
        ]
        return [self._made("originals", images) for images in kept if images]

    def _parts(self, one: Split, preset: Preset) -> tuple[Examples, Examples, Examples]:
        few = split.first(one.validation, preset.validation)
        learned = "training" if preset.both_profiles else "training_plain"
        return (
            self._made(learned, one.train),
            self._made("validation", few),
            self._made("test", one.test),
        )

    def _made(self, part: str, images: Sequence[FundusImage]) -> Examples:
        path = self.desk.folder / "twins" / f"{self._key(part, images)}.npz"
        found = stored.load(path)
        if found is None:
            make: Callable[[Sequence[FundusImage]], Examples]
            make = getattr(self.twinner, part)
            found = make(images)
            stored.save(path, found)
        return found

    def _key(self, part: str, images: Sequence[FundusImage]) -> str:
        rows = [part, str(SEED), code_digest()]
        for image in images:
            used = sorted(one.sha256 for one in self.bundles.of(image).values())
            rows.append(f"{image.content_hash} {image.lesion} {image.cluster.name}")
            rows += used
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Name the code that forges, so that other code makes other twins."""
    folder = Path(imaging.__file__).parent
    made_by = [
        *sorted(folder.glob("*.py")),
        Path(stored.__file__).with_name("forging.py"),
    ]
    found = hashlib.sha256()
    for path in made_by:
        found.update(path.read_bytes())
    return found.hexdigest()
