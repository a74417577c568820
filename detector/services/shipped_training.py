"""Make the detector that the program ships: twins, training, figures, card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detector.network import examples as kept
from detector.network import forging, training, views
from detector.network.configs import DetectorSettings, ForensicSettings
from detector.network.examples import LAUNDERED, Examples
from detector.network.forging import Forger, Photograph
from detector.network.training import TrainedDetector
from detector.services.bundles import WHOLE
from detector.services.shipped_data import Source
from forgery.imaging import laundering, manipulator, recipes
from forgery.imaging.profiles import PAPER, PLAIN, Profile

LOCAL = ("lesion-insert", "lesion-remove")
"""Local families that are trained on; `splice` and `inpaint` never are."""
HELD_OUT = ("inpaint", "splice")
"""Local families that only tests see."""
PROFILES = (PLAIN, PAPER)
REPAINTED = ("quick", "full")
"""Presets of the families that repaint what a photograph is: a forger early and late in
its training leaves other traces."""
TARGETS: Mapping[str, tuple[str, ...]] = {
    "cyclegan": ("diabetic-retinopathy", "glaucoma"),
    "unet-convert": ("diabetic-retinopathy",),
}
"""Lesions that the others paint: those with enough photographs among the sources, of
which `unet-convert` changes little towards glaucoma."""
COPIES: Mapping[str, Mapping[str, int]] = {
    PLAIN.name: {"lesion-insert": 6, "lesion-remove": 6},
    PAPER.name: {"lesion-insert": 1, "lesion-remove": 1},
}
"""Forgeries a photograph in training, by profile and family; elsewhere one."""
PAPER_SHARE = 3
"""One photograph in so many is learned from in the paper's profile too."""
BASE = ForensicSettings(
    preset="local",
    steps=6000,
    clean_share=1.0,
    whole_share=0.1,
    local_share=0.67,
    benign=0.0,
    stop=2070,
)
"""How the base learns the local families: without laundering, on crops, its rate still
high where it stops, for others go on from there."""
GOING_ON: Mapping[str, float] = {"clean_share": 0.1, "full_share": 0.4}
"""Laundered sooner: the base has had its steps without any."""
Say = Callable[[str], None]
Hear = Callable[[int, int, float, dict[str, float]], None]


@dataclass(frozen=True)
class Workshop:
    """Where the pieces lie, and from which seed they come."""

    folder: Path
    seed: int
    say: Say

    def forgers(self, sources: Sequence[Source], profile: Profile) -> dict[str, Forger]:
        """Make the forgers of every trained-on family for one profile."""
        found: dict[str, Forger] = {
            family: forging.untrained(family, profile) for family in LOCAL
        }
        photographs = [s.prepared(profile) for s in sources if s.role == "manipulator"]
        for recipe in WHOLE:
            if not recipes.get(recipe).has_target:
                for preset in REPAINTED:
                    name = f"{recipe}/{preset}"
                    found[name] = self._repainter(recipe, preset, photographs, profile)
            elif profile == PLAIN:
                for target in TARGETS[recipe]:
                    name = f"{recipe}/{target}"
                    found[name] = self._translator(recipe, target, photographs)
        return found

    def _repainter(
        self,
        recipe: str,
        preset: str,
        photographs: Sequence[Photograph],
        profile: Profile,
    ) -> Forger:
        """Let photographs be painted anew as what they are."""
        images = np.stack([one.image for one in photographs])
        self.say(
            f"{recipe}, {preset}, learns {len(images)} photographs, {profile.name}"
        )
        made = manipulator.train(
            images,
            recipes.get(recipe).settings(preset, seed=self.seed),
            workdir=self.folder / f"{recipe}-{preset}-{profile.name}",
        )
        return forging.trained(made.path, made.sha256)

    def _translator(
        self, recipe: str, target: str, photographs: Sequence[Photograph]
    ) -> Forger:
        """Let normal retinas turn into those of another lesion."""
        images = {
            lesion: np.stack([one.image for one in photographs if one.lesion == lesion])
            for lesion in ("normal", target)
        }
        count = sum(map(len, images.values()))
        self.say(f"{recipe} to {target} learns {count} photographs")
        made = manipulator.train(
            images["normal"],
            recipes.get(recipe).settings("full", seed=self.seed, target=target),
            workdir=self.folder / f"{recipe}-to-{target}",
            targets=images[target],
        )
        return forging.trained(made.path, made.sha256)

    def local_examples(self, sources: Sequence[Source], role: str) -> Examples:
        """Make twins of the local families alone, lossless, once, and keep them."""
        path = self.folder / f"{role}-local.npz"
        found = kept.load(path)
        if found is None:
            forgers = {family: forging.untrained(family, PLAIN) for family in LOCAL}
            roles = (role, "manipulator") if role == "detector" else (role,)
            photographs = [s.prepared(PLAIN) for s in sources if s.role in roles]
            self.say(f"local twins of {len(photographs)} photographs ({role})")
            copies = COPIES[PLAIN.name] if role == "detector" else {}
            found = forging.twins(
                photographs, forgers, PLAIN, seed=self.seed, copies=copies
            )
            kept.save(path, found)
        return found

    def examples(self, sources: Sequence[Source], role: str) -> Examples:
        """Make the twins of a role once, and keep them."""
        path = self.folder / f"{role}.npz"
        found = kept.load(path)
        if found is None:
            parts = [self._twins(sources, role, profile) for profile in PROFILES]
            found = Examples.join([part for one in parts for part in one])
            kept.save(path, found)
        return found

    def _twins(
        self, sources: Sequence[Source], role: str, profile: Profile
    ) -> list[Examples]:
        forgers = self.forgers(sources, profile)
        local = {family: forgers[family] for family in LOCAL}
        copies = COPIES[profile.name] if role == "detector" else {}
        parts = []
        for one in dict.fromkeys((role, "manipulator" if role == "detector" else role)):
            photographs = [s.prepared(profile) for s in sources if s.role == one]
            if role == "detector" and profile == PAPER:
                photographs = photographs[::PAPER_SHARE]
            self.say(f"twins of {len(photographs)} photographs ({one}, {profile.name})")
            # what a manipulator has learned it never forges, but others may
            used = local if one == "manipulator" else forgers
            if role == "test":
                used = used | {
                    family: forging.untrained(family, profile, photographs)
                    for family in HELD_OUT
                }
            parts.append(
                forging.twins(photographs, used, profile, seed=self.seed, copies=copies)
            )
        return parts


def for_validation(examples: Examples, seed: int) -> Examples:
    """Put a mildly laundered copy beside each example: thresholds meet both."""

    def mild(rng: np.random.Generator) -> laundering.Laundering:
        return laundering.draw(rng, chance=0.15)

    washed = views.laundered(examples, mild, seed=seed)
    pairs = np.char.add(washed.pair, LAUNDERED)
    return Examples.join([examples, replace(washed, pair=pairs)])


def train(
    workshop: Workshop,
    sources: Sequence[Source],
    settings: DetectorSettings,
    base: Path,
    on_progress: Hear,
) -> TrainedDetector:
    """Train the detector to be shipped; an interrupted run goes on."""
    learned = workshop.examples(sources, "detector")
    held_back = for_validation(workshop.examples(sources, "validation"), workshop.seed)
    workshop.say(f"{len(learned)} examples to learn from, {len(held_back)} to validate")
    return training.train(
        learned,
        held_back,
        settings,
        workdir=workshop.folder / "detector",
        start=base,
        on_progress=on_progress,
    )


def train_base(
    workshop: Workshop, sources: Sequence[Source], on_progress: Hear
) -> TrainedDetector:
    """Train on local families alone: what starts without the others go on from."""
    learned = workshop.local_examples(sources, "detector")
    held_back = workshop.local_examples(sources, "validation")
    workshop.say(f"{len(learned)} local examples, {len(held_back)} to validate")
    return training.train(
        learned,
        held_back,
        replace(BASE, seed=workshop.seed),
        workdir=workshop.folder / "local",
        on_progress=on_progress,
    )
