"""Evaluate the recipe `default` on a pool: every view, judge and fold, one report.

Stages follow one another and everything costly is kept by its content, so the same
command goes on where a stop or a kill left it. After each stage the report holds what
is known by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detector.network import controls
from detector.network.examples import Examples
from detector.services.judges import DEFAULT, Desk, Network
from forgery.imaging import laundering, recipes
from forgery.imaging.versions import code_version
from forgery.models import Pool
from observers.analysis.detection_bootstrap import Resampler
from observers.services.evaluation import places, scores, sources, tables
from observers.services.evaluation.compare import differences
from observers.services.evaluation.data import SEED, Workshop
from observers.services.evaluation.estimate import estimate
from observers.services.evaluation.folds import (
    Folds,
    each,
    unseen_by_shipped,
)
from observers.services.evaluation.one_class import one_class
from observers.services.evaluation.presets import NAMED, PRESETS
from observers.services.evaluation.scores import Fold, Judged
from observers.services.evaluation.tables import Table
from observers.services.evaluation.verdicts import verdicts

Say = Callable[[str], None]
Tell = Callable[[dict[str, Any], dict[str, bytes]], None]
PAPER = {
    "paper_balanced_accuracy": {
        "normal": 0.983,
        "glaucoma": 0.939,
        "diabetic-retinopathy": 0.839,
        "macular-degeneration": 0.894,
        "macro": 0.913,
    },
    "follow_up_auc": 0.988,
}
"""Cited: the paper prints (TPR + TNR) / 2 as its AUC; neither is on matched images."""


@dataclass
class Evaluation:
    """One evaluation: what it is of, and what is known so far."""

    pool: Pool
    others: Sequence[Pool]
    preset: str
    desk: Desk
    say: Say
    tell: Tell
    """Hears the report after every stage."""
    report: dict[str, Any] = field(default_factory=dict)
    t1: dict[str, Table] = field(default_factory=dict)
    t3: dict[str, Table] = field(default_factory=dict)
    sheets: dict[str, bytes] = field(default_factory=dict)
    """Figures of photographs, by file name."""

    def run(self) -> dict[str, Any]:
        """Run every stage; returns the report."""
        began = time.monotonic()
        sizes = PRESETS[self.preset]
        self.say(estimate(self.pool, self.others, sizes))
        self.workshop = Workshop([self.pool, *self.others], self.desk)
        main = self.workshop.main(self.pool, sizes)
        self.folds = Folds(main, sizes, self.desk, unseen_by_shipped(self.pool))
        self._head(main.unseen)
        stages = (
            self._matched,
            self._named,
            self._grid,
            self._families,
            self._sources,
        )
        for stage in stages:
            stage()
            self.report["seconds"] = round(time.monotonic() - began)
            self.report["verdicts"] = verdicts(self.report)
            self.tell(self.report, self.sheets)
        return self.report

    def _head(self, test: Examples) -> None:
        train, validation, _ = self.folds.main.grouped
        self.report |= {
            "pool": self.pool.name,
            "others": [pool.name for pool in self.others],
            "preset": self.preset,
            "seed": SEED,
            "code": code_version(),
            "detector": DEFAULT,
            "learned": self.folds.families,
            "never_learned": sorted(recipes.HELD_OUT),
            "paper": PAPER,
            "numbers": {
                "train": len(train),
                "validation": len(validation),
                "test": len(test),
                "train_clusters": len(set(train.cluster.tolist())),
                "validation_clusters": len(set(validation.cluster.tolist())),
                "test_clusters": len(set(test.cluster.tolist())),
                "steps": self.folds.count(len(self.others)),
            },
            "test_digest": test.digest,
            "controls": _known(controls.measured(test)),
        }

    def _main(self) -> list[Fold]:
        return [
            (parts[2], self.folds.matched(fold))
            for fold, parts in self.folds.main.folds.items()
        ]

    def _matched(self) -> None:
        """T0: clean and matched, by lesion, target and finding; and where it points."""
        self.main = self._main()
        seen = scores.judged(self.main, self.desk)
        resampler = Resampler(seen.examples.cluster)
        table = tables.rows(seen, resampler, by_target=True)
        self.report["T0"] = table.to_list()
        self.report["together"] = _together(seen, self.folds.families, resampler)
        self.report["curves"] = _curves(seen)
        networks = [
            (self.folds.main.folds[fold][1], examples, judge)
            for (examples, judges), fold in zip(
                self.main, self.folds.main.folds, strict=True
            )
            if isinstance(judge := judges[DEFAULT], Network)
        ]
        self.report["places"] = places.located(networks, self.desk)
        _, examples, judge = networks[0]
        self.sheets = places.example_sheets(examples, judge)
        self.say("T0 done")

    def _families(self) -> None:
        """T1: each learned family left out, and those that are never learned."""
        clean = scores.judged(self._few(PRESETS[self.preset].named), self.desk)
        resampler = Resampler(clean.examples.cluster)
        for family in recipes.HELD_OUT:
            self.t1[family] = _of_family(clean, family, resampler)
        test = scores.first(self.folds.main.grouped[2], PRESETS[self.preset].named)
        for family in each(self.folds):
            judges = self.folds.without_family(family)
            mine = test.take(~test.truth | (test.family == family))
            seen = scores.judged([(mine, judges)], self.desk)
            self.t1[family] = _of_family(seen, family, resampler)
            self.say(f"T1 without {family} done")
        self.report["T1"] = {
            family: table.to_list() for family, table in sorted(self.t1.items())
        }
        learned = [self.t1[family] for family in self.folds.families]
        self.report["T1 differences"] = differences(learned, by="family")

    def _sources(self) -> None:
        """T2: each camera left out."""
        sizes = PRESETS[self.preset]
        others = [self.workshop.other(pool, sizes) for pool in self.others]
        unseen = self.workshop.unseen_by_shipped(self.others)
        self.report["T2"] = sources.left_out(self.folds, others, unseen, self.desk)
        self.say("T2 done")

    def _named(self) -> None:
        """T3, the cells asked for by name and the random draw; T4: one class only."""
        n = PRESETS[self.preset].named
        washed = self._view("random", n)
        clean = scores.judged(self._few(n), self.desk)
        resampler = Resampler(self.folds.main.unseen.cluster)
        self.report["T4"] = one_class(clean, washed, resampler)
        for view in NAMED:
            self._view(view, n)

    def _grid(self) -> None:
        """T3: the whole grid on both classes."""
        cells = [str(one) for one in laundering.grid()]
        for cell in cells:
            if cell not in self.t3:
                self._view(cell, PRESETS[self.preset].grid)
        grid = [self.t3[cell] for cell in cells]
        self.report["T3 differences"] = differences(grid, by="view", names=cells)

    def _few(self, n: int) -> list[Fold]:
        return [(scores.first(one, n), judges) for one, judges in self.main]

    def _view(self, view: str, n: int) -> Judged:
        """Score a view, and keep its table."""
        seen = scores.judged(self._few(n), self.desk, view)
        resampler = Resampler(self.folds.main.unseen.cluster)
        self.t3[view] = tables.rows(seen, resampler)
        self.report.setdefault("T3", {})[view] = self.t3[view].to_list()
        self.say(f"T3 {view} done")
        return seen


def _known(figures: dict[str, Any]) -> dict[str, Any]:
    """Write None for what could not be measured."""
    areas = {
        name: {
            family: value if np.isfinite(value) else None
            for family, value in row.items()
        }
        for name, row in figures["areas"].items()
    }
    return figures | {"areas": areas}


def _of_family(seen: Judged, family: str, resampler: Resampler) -> Table:
    examples = seen.examples
    use = ~examples.truth | (examples.family == family)
    return tables.rows(seen.take(use), resampler, by_target=False)


def _together(
    seen: Judged, families: Sequence[str], resampler: Resampler
) -> dict[str, Any]:
    """Judge all learned families together: what the probabilities are for."""
    use = ~seen.examples.truth | np.isin(seen.examples.family, families)
    part = seen.take(use)
    everything = np.ones(len(part.examples), bool)
    found = {}
    for judge in part.margin:
        figures, _ = tables.cell_of(part, judge, everything, resampler)
        bins = _bins(part, judge)
        found[judge] = tables.plain(vars(figures).copy()) | {"bins": bins}
    return found


def _bins(seen: Judged, judge: str) -> list[list[float]]:
    """Mean probability and share manipulated, both classes weighing alike."""
    truth, p = seen.examples.truth, seen.probability[judge]
    weight = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    place = np.minimum((p * 10).astype(int), 9)
    rows = []
    for number in range(10):
        use = place == number
        if use.any():
            total = weight[use].sum()
            mean = float((weight * p)[use].sum() / total)
            share = float((weight * truth)[use].sum() / total)
            rows.append([round(mean, 4), round(share, 4), int(use.sum())])
    return rows


def _curves(seen: Judged) -> dict[str, dict[str, list[list[float]]]]:
    """Points of the ROC curves of every judge and family."""
    examples, found = seen.examples, {}
    for judge, margin in seen.margin.items():
        x = np.sort(margin[~examples.truth])
        cuts = np.concatenate([[np.inf], x[::-1], [-np.inf]])
        curves = {}
        for family in sorted(set(examples.family[examples.truth].tolist())):
            y = margin[examples.family == family]
            points = [
                [float((x >= cut).mean()), float((y >= cut).mean())] for cut in cuts
            ]
            curves[family] = np.round(points, 4).tolist()
        found[judge] = curves
    return found
