"""Evaluate a detector on a pool's test clusters: T0, T3, T4, never-trained families.

Only clusters set aside for tests, and none that the detector has seen. Both classes
are prepared alike (profile `plain`, lossless); a forgery by a trained manipulator is
made from clusters that it never saw. Scores of a view are kept, so that an
interrupted evaluation goes on.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.models import DetectorModel
from detector.network import forging, views
from detector.network.baseline import detail_energy
from detector.network.examples import Examples
from detector.network.forging import Forger, Photograph
from detector.network.inference import Detector
from detector.services.shipped import family_of
from forgery.exceptions import WrongInput
from forgery.imaging import laundering
from forgery.imaging.families import UNTRAINED
from forgery.imaging.profiles import PLAIN
from forgery.models import FundusImage, Manipulator, Pool
from forgery.services.files import local_path
from forgery.services.rendering import working
from observers.analysis.detection import detection
from observers.services.scoring import TEST_ROLES

NEVER_TRAINED = ("inpaint", "splice")
WHOLE = ("paper-unet", "residual-unet")
QUICK = ("jpeg:70", "blur:1", "resize:0.5")
"""Cells of the robustness grid in the preset ``quick``; ``full`` takes the grid."""
PER_LESION: Mapping[str, int] = {"quick": 25, "full": 10_000}
AREA = ("n_original", "n_manipulated", "auc", "lower", "upper")
"""What is said of a model without a threshold."""
Say = Callable[[str], None]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Bench:
    """What is judged, on what, and where scores are kept."""

    detector: Detector
    sha256: str
    test: Examples
    folder: Path

    def scores(self, name: str, draw: views.Draw | None, only: bool | None) -> Scores:  # noqa: FBT001 - None takes both classes
        """Score a view once, and the one-feature baseline beside it; keep both."""
        key = f"{self.sha256}{self.test.digest}{name}{only}"
        path = self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
        if path.exists():
            return np.asarray(np.load(path))
        seen = self.test
        if draw is not None:
            seen = views.laundered(self.test, draw, seed=1, only=only)
        found = np.stack([self.detector.score(seen.images), detail_energy(seen.images)])
        self.folder.mkdir(parents=True, exist_ok=True)
        np.save(path, found)
        return found


def evaluate(
    pool: Pool, name: str | None, preset: str, folder: Path, say: Say
) -> dict[str, Any]:
    """Evaluate a detector on a pool; returns the report's data."""
    model = family_of(name, pool)[0]
    test = test_examples(pool, model, PER_LESION[preset])
    with local_path(model.file) as path:
        detector = Detector.load(path, model.sha256)
    bench = Bench(detector, model.sha256, test, folder)
    wanted = _views(preset)
    began = time.monotonic()
    bench.detector.score(test.images[:8])
    each = (time.monotonic() - began) / 8 * len(test)
    minutes = each * len(wanted) / 60
    say(f"{len(test)} images, {len(wanted)} views: about {minutes:.0f} min")
    tables = {}
    for view, (draw, only) in wanted.items():
        tables[view] = _table(bench, str(model), bench.scores(view, draw, only))
        say(f"{view}: done")
    return {
        "detector": str(model),
        "sha256": model.sha256,
        "pool": pool.name,
        "preset": preset,
        "threshold": bench.detector.threshold,
        "never_trained": list(NEVER_TRAINED),
        "paper": {"balanced_accuracy_macro": 0.913, "follow_up_auc": 0.988},
        "views": tables,
    }


def _views(preset: str) -> dict[str, tuple[views.Draw | None, bool | None]]:
    cells = list(QUICK) if preset == "quick" else [str(c) for c in laundering.grid()]
    found: dict[str, tuple[views.Draw | None, bool | None]] = {
        "T0 lossless": (None, None)
    }
    for text in cells:
        found[f"T3 {text}"] = (views.fixed(laundering.parse(text)), None)
    found["T3 random"] = (laundering.draw, None)
    found["T4 originals laundered alone"] = (laundering.draw, False)
    found["T4 manipulated laundered alone"] = (laundering.draw, True)
    return found


def test_examples(pool: Pool, model: DetectorModel, per_lesion: int) -> Examples:
    """Forge the test photographs that the detector has not seen, by every family."""
    images = _images(pool, model, per_lesion)
    if not images:
        msg = f"pool {pool.name} has no test cluster that detector {model} has not seen"
        raise WrongInput(msg)
    photographs = [
        Photograph(working(i, PLAIN), i.cluster.name, i.lesion, i.content_hash[:16])
        for i in images
    ]
    parts = []
    for lesion in sorted({one.lesion for one in photographs}):
        forgers: dict[str, Forger] = {
            key: forging.untrained(key, PLAIN, photographs) for key in UNTRAINED
        }
        for made in _manipulators(pool, lesion, images):
            with local_path(made.file) as path:
                forgers[made.recipe] = forging.trained(path, made.sha256)
        mine = [one for one in photographs if one.lesion == lesion]
        parts.append(forging.twins(mine, forgers, PLAIN, seed=1))
    return Examples.join(parts)


def _images(pool: Pool, model: DetectorModel, per_lesion: int) -> list[FundusImage]:
    rows = (
        pool.images.filter(
            excluded_because="", cluster__reservation__role__in=TEST_ROLES
        )
        .exclude(lesion="")
        .exclude(cluster__in=model.clusters.all())
        .select_related("cluster")
        .order_by("content_hash")
    )
    found: dict[tuple[str, int], FundusImage] = {}
    for image in rows:
        found.setdefault((image.lesion, image.cluster_id), image)
    counts: dict[str, int] = {}
    chosen = []
    for (lesion, _), image in found.items():
        counts[lesion] = counts.get(lesion, 0) + 1
        if counts[lesion] <= per_lesion:
            chosen.append(image)
    return chosen


def _manipulators(
    pool: Pool, lesion: str, images: list[FundusImage]
) -> list[Manipulator]:
    """Newest of each whole-image recipe of a lesion that saw none of the images."""
    clusters = {image.cluster_id for image in images}
    rows = Manipulator.objects.filter(pool=pool, lesion=lesion, recipe__in=WHOLE)
    found = {
        one.recipe: one
        for one in rows.exclude(clusters__in=clusters).order_by("created_at", "pk")
    }
    return list(found.values())


def _table(bench: Bench, name: str, scores: Scores) -> list[dict[str, Any]]:
    """One row a family and lesion, all lesions together under ``all``."""
    test, rows = bench.test, []
    columns = {name: bench.detector.threshold, "high-frequency energy": np.nan}
    for family in sorted(set(test.family[test.truth].tolist())):
        for lesion in ["all", *sorted(set(test.lesion.tolist()))]:
            use = ~test.truth | (test.family == family)
            use &= (test.lesion == lesion) | (lesion == "all")
            if not (test.truth & use).any():
                continue
            for score, (model, cut) in zip(scores, columns.items(), strict=True):
                figures = detection(
                    test.truth[use],
                    score[use],
                    bench.detector.probability(score[use]),
                    test.cluster[use],
                    threshold=cut,
                )
                row = {"model": model, "family": family, "lesion": lesion}
                kept = asdict(figures)
                if model != name:  # the baseline has no threshold and no probability
                    kept = {key: kept[key] for key in AREA}
                rows.append(row | kept)
    return rows
