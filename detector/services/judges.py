"""The detector and its baselines, learned from one set of twins, judged alike.

Every judge learns from the same photographs and forgeries, chooses threshold and
calibration on the same validation twins, and scores the same images.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.network import configs, judgement, training, views
from detector.network.baseline import detail_energy
from detector.network.configs import DetectorSettings, ForensicSettings
from detector.network.examples import Examples, Images
from detector.network.inference import Detector
from detector.network.linear import LinearBaseline
from detector.network.residuals import residual_statistics
from detector.network.trace_head import Describe, Washed
from detector.network.traces import WIDTH, Traces
from detector.services.shipped_training import GOING_ON, LOCAL
from forgery.exceptions import WrongInput
from forgery.imaging import checkpoints
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.features import lite0_features
from forgery.imaging.profiles import PLAIN
from forgery.imaging.training import RESUME_FILE

Scores = NDArray[np.float64]
DEFAULT, PAPER_CNN = "default", "paper-sparse-cnn"
ENERGY = "high-frequency energy"
RESIDUAL = "residual regression"
LITE0 = "EfficientNet-Lite0 + linear"
DESCRIBE: Mapping[str, Callable[[Images], Scores]] = {
    ENERGY: lambda images: detail_energy(images)[:, None],
    RESIDUAL: residual_statistics,
    LITE0: lambda images: lite0_features(list(images)),
}
"""How each linear baseline sees images."""
MOST_DESCRIBED = 600
"""Images at most, about, that a linear baseline learns from."""
MOST_FALSE = 0.05
"""Largest share of validation's originals that a linear baseline may call, as the
detector may."""
LONG = 1000
"""Steps from which on a run is no fold's."""
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Desk:
    """Where pieces are kept by their content, and who hears and stops the work."""

    folder: Path
    progress: Progress
    should_stop: Callable[[], bool]

    def check(self) -> None:
        """Leave the work where somebody cancelled it."""
        if self.should_stop():
            msg = "the evaluation was cancelled"
            raise TrainingCancelled(msg)

    def washed(self, seed: int) -> Describe:
        """Describe laundered training twins, each family once for all folds."""

        def of_family(part: Examples, number: int) -> Traces:
            digest = hashlib.sha256(part.images.tobytes()).hexdigest()[:24]
            path = self.folder / "traces" / f"{digest}-{seed}-{number}-{WIDTH}.npy"
            return kept(path, lambda: Washed(seed)(part, number))

        def of_all(examples: Examples, number: int) -> Traces:
            self.check()
            found = np.zeros((len(examples), WIDTH), np.float32)
            for family in np.unique(examples.family):
                use = examples.family == family
                found[use] = of_family(examples.take(use), number)
            return found

        return of_all

    def described(self, images: Images, name: str) -> Scores:
        """Describe images for a baseline, once."""
        digest = hashlib.sha256(images.tobytes()).hexdigest()[:24]
        path = self.folder / "features" / f"{digest}-{_slug(name)}.npy"
        return kept(path, lambda: DESCRIBE[name](images))


def kept(path: Path, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """Read an array, or make and keep it; a killed writer leaves none."""
    if path.exists():
        return np.asarray(np.load(path, allow_pickle=False))
    found = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npy")
    np.save(unfinished, found)
    unfinished.replace(path)
    return found


@dataclass(frozen=True)
class Network:
    """A trained network as a judge."""

    detector: Detector
    sha256: str
    path: Path

    @property
    def threshold(self) -> float:
        """Score at and above which an image is called manipulated."""
        return self.detector.threshold

    def score(self, images: Images, desk: Desk) -> Scores:
        """Score images, once."""
        digest = hashlib.sha256(images.tobytes()).hexdigest()[:24]
        path = desk.folder / "scores" / f"{digest}-{self.sha256[:24]}.npy"
        return kept(path, lambda: self.detector.score(images))

    def margin(self, scores: Scores) -> Scores:
        """Measure scores from the threshold, in temperatures."""
        return (scores - self.threshold) / self.detector.temperature

    def probability(self, scores: Scores) -> Scores:
        """Turn scores into probabilities."""
        return self.detector.probability(scores)


@dataclass(frozen=True)
class Linear:
    """A linear baseline as a judge."""

    name: str
    fitted: LinearBaseline

    @property
    def threshold(self) -> float:
        """Score at and above which an image is called manipulated."""
        return self.fitted.threshold

    def score(self, images: Images, desk: Desk) -> Scores:
        """Score images from their kept descriptions."""
        return self.fitted.score(desk.described(images, self.name))

    def margin(self, scores: Scores) -> Scores:
        """Measure scores from the threshold, in temperatures."""
        return (scores - self.threshold) / self.fitted.temperature

    def probability(self, scores: Scores) -> Scores:
        """Turn scores into probabilities."""
        z = (scores - self.fitted.offset) / self.fitted.temperature
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -500, 500))))


Judge = Network | Linear


def linear(
    parts: Sequence[tuple[Examples, Examples]], desk: Desk, without: str = ""
) -> dict[str, Judge]:
    """
    Fit the linear baselines on pairs of training and validation examples.

    ``without`` leaves a family out; whatever folds share is described once, so only
    rows are left out here.
    """
    found: dict[str, Judge] = {}
    for name in DESCRIBE:
        sides: list[tuple[Scores, NDArray[np.bool_]]] = []
        for side in (
            [for_baselines(train) for train, _ in parts],
            [validation for _, validation in parts],
        ):
            uses = [(one.family != without) | ~one.truth for one in side]
            rows = [desk.described(one.images, name) for one in side]
            sides.append(
                (
                    np.concatenate([r[use] for r, use in zip(rows, uses, strict=True)]),
                    np.concatenate(
                        [one.truth[use] for one, use in zip(side, uses, strict=True)]
                    ),
                )
            )
        fitted = LinearBaseline.fit(sides[0], sides[1], most_false=MOST_FALSE)
        found[name] = Linear(name, fitted)
    return found


def for_baselines(train: Examples) -> Examples:
    """Choose one forgery of each kind, lossless, half of the twins laundered."""
    rows = zip(
        train.pair.tolist(), train.family.tolist(), train.target.tolist(), strict=True
    )
    first: dict[tuple[str, str, str], int] = {}
    for place, (pair, family, target) in enumerate(rows):
        if pair.endswith(f"/{PLAIN.name}"):
            shown = "" if family in LOCAL else target
            first.setdefault((pair, family, shown), place)
    chosen = train.take(np.array(sorted(first.values())))
    names = np.unique(chosen.pair)
    names = names[:: -(-len(chosen) // MOST_DESCRIBED)]
    chosen = chosen.take(np.isin(chosen.pair, names))
    is_washed = np.isin(chosen.pair, names[::2])
    washed = views.laundered(chosen.take(is_washed), seed=9)
    return Examples.join([chosen.take(~is_washed), washed])


def network(
    train: Examples,
    validation: Examples,
    settings: DetectorSettings,
    desk: Desk,
    *,
    start: Path | None = None,
    label: str,
) -> Network:
    """Train a network, once for its data, settings and start; a killed run goes on."""
    begun = "" if start is None else checkpoints.digest(start)
    beside = str(WIDTH), judgement.MADE
    parts = (train.digest, validation.digest, settings.digest, begun, *beside)
    key = hashlib.sha256("/".join(parts).encode()).hexdigest()
    folder = desk.folder / "networks" / key[:24]
    done = folder / "done.json"
    if not done.exists():
        made = training.train(
            train,
            validation,
            settings,
            workdir=folder,
            start=start,
            on_progress=lambda step, total, loss, _: desk.progress(
                step, total, f"{label}: loss {loss:.3f}"
            ),
            should_stop=desk.should_stop,
            describe=desk.washed(settings.seed),
        )
        text = json.dumps({"sha256": made.sha256, "file": made.path.name})
        unfinished = done.with_suffix(".part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(done)
        (folder / RESUME_FILE).unlink(missing_ok=True)
    said = json.loads(done.read_text(encoding="utf-8"))
    path = folder / said["file"]
    return Network(Detector.load(path, said["sha256"]), said["sha256"], path)


def check_left_out(train: Examples, start: Path | None, family: str) -> None:
    """Refuse a training, or weights to start it from, that has seen a family."""
    seen = set(train.family[train.truth].tolist())
    if start is not None:
        seen |= set(training.families_of(start))
    if family and family in seen:
        msg = f"{family} is to be left out, but data or start have seen it"
        raise WrongInput(msg)


def settings_of(recipe: str, steps: int, seed: int) -> DetectorSettings:
    """Give a recipe's quick settings with other steps; long runs launder as full ones.

    Short runs, which folds are, average less.
    """
    found = configs.get(recipe).settings("quick", steps=steps, seed=seed)
    if steps < LONG:
        return replace(found, ema=min(found.ema, 0.99))
    if isinstance(found, ForensicSettings):
        return replace(found, washings=ForensicSettings().washings)
    return found


def going_on(settings: DetectorSettings) -> DetectorSettings:
    """Give settings for a start that knows every family: laundered almost at once."""
    return replace(settings, learning_rate=1e-3, **GOING_ON)  # type: ignore[arg-type]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-").replace("+", "and")
