"""Detector and baselines of every fold: a family or a source left out of training.

Folds need not start from nothing: a fold starts from weights that never saw what it
leaves out. These are the shipped ones where they qualify: `default` where no family is
left out, or the base that learned local families alone; else those of a base of the
pool's own that learned the local families, or the whole-image ones. What a fold learns
from then is the grouped split without what is left out, as if it had started afresh; a
start that has seen what is left out is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.network import training
from detector.network.configs import DetectorSettings
from detector.network.examples import Examples
from detector.network.inference import Detector
from detector.services import judges, shipped
from detector.services.judges import DEFAULT, PAPER_CNN, Desk, Judge, Network
from detector.services.shipped_training import LOCAL
from forgery.models import Pool, Reservation
from observers.services.evaluation.data import SEED, Source
from observers.services.evaluation.presets import Preset, Steps
from observers.services.scoring import TEST_ROLES

Judges = dict[str, Judge]


@dataclass(frozen=True)
class Folds:
    """Trains the judges of each fold when they are asked for."""

    main: Source
    preset: Preset
    desk: Desk
    may_start_shipped: bool
    """Whether the shipped detector has seen nothing that is judged here."""

    @property
    def families(self) -> list[str]:
        """The families that are learned from."""
        train = self.main.grouped[0]
        return sorted(set(train.family[train.truth].tolist()))

    def matched(self, fold: int | None) -> Judges:
        """Train on all families of the pool: T0, T3, T4."""
        train, validation, _ = self.main.folds[fold]
        name = "T0" if fold is None else f"T0 fold {fold}"
        starts = {DEFAULT: shipped.WEIGHTS if self.may_start_shipped else None}
        found = self._networks((train, validation), ("main", name, ""), starts)
        return found | judges.linear([(train, validation)], self.desk)

    def without_family(self, family: str) -> Judges:
        """Train on all families but one: T1."""
        train, validation, _ = self.main.grouped
        starts = {
            DEFAULT: self._shipped(family) or self._base(DEFAULT, family),
            PAPER_CNN: self._base(PAPER_CNN, family),
        }
        parts = without(train, family), without(validation, family)
        named = ("fold", f"T1 without {family}", family)
        found = self._networks(parts, named, starts)
        return found | judges.linear([(train, validation)], self.desk, family)

    def without_source(self, source: Source, others: Sequence[Source]) -> Judges:
        """Train on all pools but one: T2."""
        kept = [self.main, *(one for one in others if one.name != source.name)]
        parts = [one.grouped[:2] for one in kept]
        train = Examples.join([part[0] for part in parts])
        validation = Examples.join([part[1] for part in parts])
        starts: dict[str, Path | None] = {
            recipe: self._base(recipe, LOCAL[0]) for recipe in (DEFAULT, PAPER_CNN)
        }
        named = ("fold", f"T2 without {source.name}", "")
        found = self._networks((train, validation), named, starts)
        return found | judges.linear(parts, self.desk)

    def _networks(
        self,
        parts: tuple[Examples, Examples],
        named: tuple[str, str, str],
        starts: Mapping[str, Path | None],
    ) -> Judges:
        kind, label, left_out = named
        for start in starts.values():
            judges.check_left_out(parts[0], start, left_out)
        return {
            recipe: judges.network(
                *parts,
                self._settings(recipe, kind, starts.get(recipe)),
                self.desk,
                start=starts.get(recipe),
                label=f"{label}, {recipe}",
            )
            for recipe in (DEFAULT, PAPER_CNN)
        }

    def _settings(self, recipe: str, kind: str, start: Path | None) -> DetectorSettings:
        steps = getattr(self._steps(recipe), kind)
        found = judges.settings_of(recipe, steps, SEED)
        if start == shipped.WEIGHTS:
            return judges.going_on(found)
        return found

    def _steps(self, recipe: str) -> Steps:
        return self.preset.default if recipe == DEFAULT else self.preset.paper_cnn

    def _base(self, recipe: str, family: str) -> Path:
        """Train a start on those families, local or of whole images, that lack one."""
        half = [name for name in self.families if (name in LOCAL) != (family in LOCAL)]
        train, validation, _ = self.main.grouped
        few = validation.pair[:: max(1, len(validation) // 60)]
        made = judges.network(
            only(train, half),
            only(validation.take(np.isin(validation.pair, few)), half),
            judges.settings_of(recipe, self._steps(recipe).base, SEED),
            self.desk,
            label=f"base on {', '.join(half)}, {recipe}",
        )
        return made.path

    def _shipped(self, left_out: str) -> Path | None:
        if not self.may_start_shipped:
            return None
        is_free = left_out not in training.families_of(shipped.BASE)
        return shipped.BASE if is_free else None

    def count(self, t2: int) -> dict[str, int]:
        """Count the steps of each recipe in all folds, ``t2`` of them of T2."""
        t1 = len(self.families)
        return {
            recipe: steps.main * len(self.main.folds)
            + 2 * steps.base
            + (t1 + t2) * steps.fold
            for recipe, steps in (
                (DEFAULT, self.preset.default),
                (PAPER_CNN, self.preset.paper_cnn),
            )
        }


def shipped_judge() -> Network:
    """Read the shipped detector."""
    sha256 = shipped.card()["sha256"]
    detector = Detector.load(shipped.WEIGHTS, sha256)
    return Network(detector, sha256, shipped.WEIGHTS)


def unseen_by_shipped(pool: Pool) -> bool:
    """Whether the shipped detector has seen no cluster that validates or tests."""
    judged = pool.images.filter(
        cluster__in=shipped.seen_clusters(pool),
        cluster__reservation__role__in=(*TEST_ROLES, Reservation.Role.VALIDATION),
    )
    return not shipped.is_source(pool) and not judged.exists()


def without(examples: Examples, family: str) -> Examples:
    """Leave a family's forgeries out."""
    return examples.take(~examples.truth | (examples.family != family))


def only(examples: Examples, families: Sequence[str]) -> Examples:
    """Keep the originals, and the forgeries of some families."""
    return examples.take(~examples.truth | np.isin(examples.family, families))


def each(folds: Folds) -> Iterator[str]:
    """Name the families in the order in which folds share their start."""
    yield from sorted(folds.families, key=lambda family: family in LOCAL)
