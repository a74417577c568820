"""Settings, names and texts of detectors; forms read these, so no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forgery.imaging.configs import Settings, TrainingSettings, require

INPUT_SIZE = 256
"""Side in pixels of the detector's input."""
LAST_MAP = (128, 16, 16)
"""Channels, height and width of the last feature map: the paper's 16 x 16 x 128."""


@dataclass(frozen=True)
class SparseCnnConfig(Settings):
    """Shape of `paper-sparse-cnn`."""

    channels: int = 3
    """Channels of the image."""
    widths: tuple[int, ...] = (8, 24, 32, 32)
    """Channels that each convolution of a stage adds, at 128, 64, 32 and 16 pixels."""
    convolutions: int = 2
    """Convolutions a stage, each fed by all before it in the stage."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        object.__setattr__(self, "widths", tuple(self.widths))
        require(
            (self.channels >= 1, f"channels {self.channels} must be at least 1"),
            (len(self.widths) == 4, f"widths {self.widths} must be four numbers"),
            (min(self.widths) >= 1, f"widths {self.widths} must be at least 1"),
            (
                self.convolutions >= 1,
                f"convolutions {self.convolutions} must be at least 1",
            ),
        )


@dataclass(frozen=True)
class ForensicConfig(Settings):
    """Shape of `default`."""

    channels: int = 3
    """Channels of the image."""
    constrained: int = 6
    """Constrained convolutions of the front end."""
    stem: int = 32
    """Channels of the stem, at 128 pixels."""
    growths: tuple[int, ...] = (16, 24, 32, 40)
    """Channels that each convolution of a stage adds."""
    layers: tuple[int, ...] = (2, 3, 4, 3)
    """Convolutions a stage, at 128, 64, 32 and 16 pixels."""
    widths: tuple[int, ...] = (32, 64, 96)
    """Channels after the first three stages; the last has 128."""
    map_width: int = 24
    """Channels from which the tamper map is painted."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        for name, length in (("growths", 4), ("layers", 4), ("widths", 3)):
            numbers = tuple(getattr(self, name))
            object.__setattr__(self, name, numbers)
            require(
                (
                    len(numbers) == length and min(numbers) >= 1,
                    f"{name} {numbers} must be {length} numbers of at least 1",
                )
            )
        for name in ("channels", "constrained", "stem", "map_width"):
            value = getattr(self, name)
            require((value >= 1, f"{name} {value} must be at least 1"))


@dataclass(frozen=True)
class DetectorSettings(TrainingSettings):
    """How a detector is trained."""

    recipe: str = "paper-sparse-cnn"
    """Name of the recipe."""
    batch_size: int = 16
    """Images a step: half of them originals, half their own forgeries."""
    weight_decay: float = 1e-2
    """Decoupled decay of the weights a step, times the learning rate."""
    ema: float = 0.99
    """Decay of the moving average of the weights that is kept; 0 keeps the last."""
    rank_weight: float = 0.5
    """Weight of the loss that asks a forgery to score above its own original."""
    smoothing: float = 0.02
    """Share by which the truth is softened in the cross-entropy."""
    gain: float = 0.1
    """Largest relative change of brightness and of each colour in augmentation."""
    processing: float = 0.4
    """Share of twins that are sharpened or blurred once more, both alike."""
    prune: float = 0.0
    """Share of the weights set to zero by a second training; 0 for none."""
    most_false: float = 1.0
    """Largest share of validation's originals that the threshold may call."""

    def __post_init__(self) -> None:
        """Refuse settings under which nothing could be learned."""
        super().__post_init__()
        require(
            (self.batch_size >= 2, f"batch_size {self.batch_size} must be at least 2"),
            (
                0 <= self.rank_weight <= 100,
                f"rank_weight {self.rank_weight} must be 0 to 100",
            ),
            (
                0 <= self.smoothing < 0.5,
                f"smoothing {self.smoothing} must be 0 to below 0.5",
            ),
            (0 <= self.gain <= 0.5, f"gain {self.gain} must be 0 to 0.5"),
            (
                0 <= self.processing <= 1,
                f"processing {self.processing} must be 0 to 1",
            ),
            (0 <= self.prune < 1, f"prune {self.prune} must be 0 to below 1"),
            (
                0 < self.most_false <= 1,
                f"most_false {self.most_false} must be above 0, 1 at most",
            ),
        )


@dataclass(frozen=True)
class ForensicSettings(DetectorSettings):
    """How `default` is trained: on crops, clean first, then ever more laundered."""

    recipe: str = "default"
    """Name of the recipe."""
    learning_rate: float = 2e-3
    """Largest step size of Adam; a short warm-up leads to it, a cosine from it."""
    warmup: float = 0.03
    """Share of the steps in which the learning rate rises."""
    ema: float = 0.998
    """Decay of the moving average of the weights that is kept; 0 keeps the last."""
    crop: int = 128
    """Side in pixels of the crops, most of which hold what was changed."""
    whole_share: float = 0.3
    """Share of the steps, the last, that see whole photographs."""
    clean_share: float = 0.3
    """Share of the steps, the first, without any laundering."""
    full_share: float = 0.8
    """Share of the steps after which laundering is full."""
    local_strength: float = 0.0
    """Laundering of local forgeries and their originals, as a share of the others':
    little is left of their traces by it."""
    local_share: float = 0.5
    """Share of the forgeries drawn that changed a part of their photograph."""
    benign: float = 0.5
    """Chance that a laundered original joins its twins, as an original."""
    mask_weight: float = 1.0
    """Weight of the cross-entropy of the tamper map."""
    mask_positive: float = 4.0
    """Weight of changed places in it."""
    most_false: float = 0.05
    """Largest share of validation's originals that the threshold may call."""
    washings: int = 18
    """Launderings of each training image whose traces are learned from; 0 for none."""
    novelty: float = 0.5
    """How far full novelty lifts a typical original, as a share of its way to the
    threshold; 0 for none, where cameras will be met that were not learned from."""
    stop: int = 0
    """Step after which the averaged weights are taken, before the last; 0 for none."""

    def __post_init__(self) -> None:
        """Refuse settings under which nothing could be learned."""
        super().__post_init__()
        require(
            (self.stop >= 0, f"stop {self.stop} must not be negative"),
            (
                0 <= self.washings <= 1000,
                f"washings {self.washings} must be 0 to 1,000",
            ),
            (
                0 <= self.novelty <= 1,
                f"novelty {self.novelty} must be from 0 to 1",
            ),
            (self.crop > 0 and self.crop % 16 == 0, f"crop {self.crop} must be n x 16"),
            (
                0 <= self.mask_weight <= 100,
                f"mask_weight {self.mask_weight} must be 0 to 100",
            ),
            (
                self.mask_positive > 0,
                f"mask_positive {self.mask_positive} must be above 0",
            ),
        )
        for name in (
            "whole_share",
            "clean_share",
            "full_share",
            "local_share",
            "local_strength",
            "benign",
        ):
            value = getattr(self, name)
            require((0 <= value <= 1, f"{name} {value} must be 0 to 1"))


@dataclass(frozen=True)
class DetectorRecipe:
    """A kind of detector, and what is known of it before training."""

    key: str
    """Its name in commands, tables and bundles."""
    name: str
    """Its name on pages."""
    text: str
    """One sentence for someone who must choose."""
    config: SparseCnnConfig | ForensicConfig
    """Shape of the network."""
    presets: Mapping[str, DetectorSettings]
    """Training settings by preset."""

    def settings(self, preset: str = "full", **changes: Any) -> DetectorSettings:
        """
        Return the settings of a preset, changed where asked.

        Parameters
        ----------
        preset : str
            One of its presets.
        **changes : object
            Fields that shall differ, ``seed=7`` for one.

        Returns
        -------
        DetectorSettings
            Checked settings.

        Raises
        ------
        KeyError
            If there is no such preset; the message names those there are.
        """
        if preset not in self.presets:
            msg = f"no preset {preset!r} of {self.key}; use {', '.join(self.presets)}"
            raise KeyError(msg)
        return replace(self.presets[preset], **changes)


def _paper(preset: str, **changes: Any) -> DetectorSettings:
    return DetectorSettings(preset=preset, precision="fp32", **changes)


PAPER_SPARSE_CNN = DetectorRecipe(
    key="paper-sparse-cnn",
    name="Sparse CNN of the paper",
    text=(
        "A small network that keeps pixel values and pixel differences through "
        "concatenated paths, without dropout, as in the paper."
    ),
    config=SparseCnnConfig(),
    presets={
        "quick": _paper("quick", steps=160),
        "full": _paper("full", steps=600),
        "pruned": _paper("pruned", steps=600, prune=0.9),
        "paper": _paper("paper", steps=2500),
    },
)
DEFAULT = DetectorRecipe(
    key="default",
    name="Forensic detector",
    text=(
        "Noise residuals, densely concatenated stages and a tamper map, trained on "
        "twins under ever stronger laundering."
    ),
    config=ForensicConfig(),
    presets={
        "quick": ForensicSettings(preset="quick", steps=1800, washings=6),
        "full": ForensicSettings(preset="full", steps=9500),
        "gpu": ForensicSettings(preset="gpu", steps=1500, batch_size=256),
    },
)
RECIPES: dict[str, DetectorRecipe] = {
    recipe.key: recipe for recipe in (DEFAULT, PAPER_SPARSE_CNN)
}
PRESETS = tuple(dict.fromkeys(p for one in RECIPES.values() for p in one.presets))
"""Names of all presets, of whichever recipe."""


def get(key: str) -> DetectorRecipe:
    """
    Return the recipe called ``key``.

    Parameters
    ----------
    key : str
        Name of the recipe.

    Returns
    -------
    DetectorRecipe
        The recipe.

    Raises
    ------
    KeyError
        If there is no such recipe; the message names those there are.
    """
    if key not in RECIPES:
        msg = f"no detector recipe {key!r}; use {', '.join(RECIPES)}"
        raise KeyError(msg)
    return RECIPES[key]
