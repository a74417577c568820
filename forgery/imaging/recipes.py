"""Recipes of manipulators: names, texts and settings; forms read these, so no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from forgery.imaging.configs import ManipulatorSettings, Settings, UNetConfig
from forgery.imaging.translation_configs import (
    CycleGanConfig,
    ShuffleUNetConfig,
    TranslationSettings,
)

PRESETS = ("quick", "full", "paper", "large")
"""Names of presets from the fastest on; quick and full for CPUs, large for a GPU."""


@dataclass(frozen=True)
class Recipe:
    """A way to manipulate photographs, and what is known of it before training."""

    UNTRAINED: ClassVar[str] = "untrained"
    """Preset of recipes that need no training."""

    key: str
    """Its name in commands, tables and bundles."""
    name: str
    """Its name on pages."""
    text: str
    """One sentence for someone who must choose."""
    presets: Mapping[str, ManipulatorSettings] = field(default_factory=dict)
    """Training settings by preset; none where there is nothing to train."""
    configs: Mapping[str, Settings] = field(default_factory=dict)
    """Shape of the network by preset; ``full`` stands for those left out."""
    has_exact_mask: bool = False
    """Whether it changes parts of a photograph, and names each changed pixel."""
    has_target: bool = False
    """Whether it learns from the photographs of a second lesion, its target."""
    is_taught: bool = False
    """Whether drawn findings of the target show it what to paint."""
    least_change: float = 0.25
    """Least root mean square change inside the field of view, in grey levels."""

    @property
    def is_trained(self) -> bool:
        """
        Say whether the recipe has weights to train.

        Returns
        -------
        bool
            False where it can forge at once.
        """
        return bool(self.presets)

    @property
    def config(self) -> Settings:
        """
        Give the shape of the network, that of the preset ``full``.

        Returns
        -------
        Settings
            The configuration.
        """
        return self.config_of("full")

    def config_of(self, preset: str) -> Settings:
        """
        Give the shape of the network of a preset.

        Parameters
        ----------
        preset : str
            Name of the preset.

        Returns
        -------
        Settings
            The configuration.
        """
        return self.configs.get(preset, self.configs["full"])

    def settings(self, preset: str = "full", **changes: Any) -> ManipulatorSettings:
        """
        Return the settings of a preset, changed where asked.

        Parameters
        ----------
        preset : str
            One of the recipe's presets; any where there is nothing to train.
        **changes : object
            Fields that shall differ, ``seed=7`` for one.

        Returns
        -------
        ManipulatorSettings
            Checked settings.

        Raises
        ------
        KeyError
            If there is no such preset; the message names those there are.
        """
        if not self.is_trained:
            plain = TranslationSettings(recipe=self.key, preset=self.UNTRAINED)
            return replace(plain, **changes)
        if preset not in self.presets:
            msg = f"no preset {preset!r} of {self.key}; use {', '.join(self.presets)}"
            raise KeyError(msg)
        return replace(self.presets[preset], **changes)


PAPER_UNET = Recipe(
    key="paper-unet",
    name="U-Net of the paper",
    text=(
        "Repaints a whole photograph through a U-Net that learned to reproduce the "
        "photographs of one lesion, then blurs it, as in the paper."
    ),
    configs={"full": UNetConfig()},
    presets={
        "quick": ManipulatorSettings(preset="quick", steps=200, batch_size=4, crop=128),
        "full": ManipulatorSettings(preset="full", steps=500, batch_size=4, crop=128),
        "paper": ManipulatorSettings(preset="paper", steps=10000),
        "large": ManipulatorSettings(preset="large", steps=20000, batch_size=32),
    },
)


def _residual(preset: str, **changes: Any) -> ManipulatorSettings:
    return ManipulatorSettings(
        recipe="residual-unet",
        preset=preset,
        learning_rate=1e-3,
        colour_sigma=16.0,
        **changes,
    )


RESIDUAL_UNET = Recipe(
    key="residual-unet",
    name="Residual U-Net",
    text=(
        "Softens a whole photograph and lets a U-Net paint its detail anew, as the "
        "paper's follow-up does with a residual U-Net."
    ),
    configs={
        "full": ShuffleUNetConfig(blur=2.0),
        "large": ShuffleUNetConfig(blur=2.0, widths=(64, 96, 128, 192, 256, 320)),
    },
    presets={
        "quick": _residual("quick", steps=120, batch_size=4, crop=128),
        "full": _residual("full", steps=500, batch_size=6, crop=128),
        "large": _residual("large", steps=20000, batch_size=32, ema=0.999),
    },
)


def _two_sided(recipe: str, preset: str, **changes: Any) -> TranslationSettings:
    shared: dict[str, Any] = {
        "learning_rate": 5e-4,
        "momentum": 0.5,
        "schedule": "linear",
        "warmup": 0.0,
        "clip": 0.0,
    }
    return TranslationSettings(recipe=recipe, preset=preset, **(shared | changes))


def _taught(preset: str, **changes: Any) -> TranslationSettings:
    shared: dict[str, Any] = {
        "learning_rate": 2e-3,
        "momentum": 0.9,
        "batch_size": 2,
        "colour_sigma": 12.0,
        "identity_weight": 0.5,
        "adversarial_weight": 0.1,
        "lesion_weight": 0.1,
        "lesson_weight": 80.0,
        "alone_share": 0.95,
    }
    return _two_sided("unet-convert", preset, **(shared | changes))


CYCLEGAN = Recipe(
    key="cyclegan",
    name="CycleGAN",
    text=(
        "Turns photographs of one lesion into another's, normal ones for one, "
        "learned from unpaired photographs of both."
    ),
    configs={
        "full": CycleGanConfig(largest_step=0.25),
        "large": CycleGanConfig(
            largest_step=0.25, width=256, blocks=9, is_strided=True, critic=64
        ),
    },
    presets={
        "quick": _two_sided(
            "cyclegan", "quick", steps=150, batch_size=1, crop=128, colour_sigma=24.0
        ),
        "full": _two_sided(
            "cyclegan",
            "full",
            steps=900,
            batch_size=1,
            crop=128,
            colour_sigma=24.0,
            cycle_weight=5.0,
            identity_weight=1.0,
        ),
        "large": _two_sided(
            "cyclegan",
            "large",
            steps=20000,
            batch_size=4,
            learning_rate=2e-4,
            colour_sigma=24.0,
        ),
    },
    has_target=True,
    least_change=1.0,
)
UNET_CONVERT = Recipe(
    key="unet-convert",
    name="U-Net that converts",
    text=(
        "Turns the photographs of one lesion into another's where a map that it "
        "learned says so, and leaves the rest."
    ),
    configs={
        "full": ShuffleUNetConfig(maps=1, textures=(1.4, 2.0)),
        "large": ShuffleUNetConfig(
            maps=1, textures=(1.4, 2.0), widths=(64, 96, 128, 192, 256, 320)
        ),
    },
    presets={
        "quick": _taught("quick", steps=250, crop=128),
        "full": _taught("full", steps=1200),
        "large": _taught(
            "large", steps=15000, batch_size=16, learning_rate=4e-4, ema=0.999
        ),
    },
    has_target=True,
    is_taught=True,
    least_change=0.5,
)
LESION_INSERT = Recipe(
    key="lesion-insert",
    name="Inserted findings",
    text=(
        "Draws microaneurysms, haemorrhages, hard exudates, drusen or a larger cup "
        "into a photograph; needs no training."
    ),
    has_exact_mask=True,
)
LESION_REMOVE = Recipe(
    key="lesion-remove",
    name="Removed findings",
    text=(
        "Paints findings over with the retina around them; vessels and background "
        "go on; needs no training."
    ),
    has_exact_mask=True,
)
SPLICE = Recipe(
    key="splice",
    name="Splice",
    text=(
        "Pastes a piece of another patient's photograph, Poisson-blended; needs no "
        "training, and detectors never learn from it."
    ),
    has_exact_mask=True,
)
INPAINT = Recipe(
    key="inpaint",
    name="Classical in-painting",
    text=(
        "Cuts pieces out and in-paints them from their edges; needs no training, and "
        "detectors never learn from it."
    ),
    has_exact_mask=True,
)
RECIPES: dict[str, Recipe] = {
    recipe.key: recipe
    for recipe in (
        PAPER_UNET,
        RESIDUAL_UNET,
        CYCLEGAN,
        UNET_CONVERT,
        LESION_INSERT,
        LESION_REMOVE,
        SPLICE,
        INPAINT,
    )
}
WITH_TARGET: frozenset[str] = frozenset(
    {CYCLEGAN.key, UNET_CONVERT.key, LESION_INSERT.key}
)
"""Recipes that can be told which lesion their forgeries shall show."""
HELD_OUT: frozenset[str] = frozenset({SPLICE.key, INPAINT.key})
"""Recipes that detectors never learn from: they test what was never seen."""


def is_trained(key: str) -> bool:
    """
    Say whether a recipe has weights to train; an unknown name passes for one.

    Parameters
    ----------
    key : str
        Name of the recipe.

    Returns
    -------
    bool
        False where it can forge at once.
    """
    return key not in RECIPES or RECIPES[key].is_trained


def get(key: str) -> Recipe:
    """
    Return the recipe called ``key``.

    Parameters
    ----------
    key : str
        Name of the recipe.

    Returns
    -------
    Recipe
        The recipe.

    Raises
    ------
    KeyError
        If there is no such recipe; the message names those there are.
    """
    if key not in RECIPES:
        msg = f"no recipe {key!r}; use {', '.join(RECIPES)}"
        raise KeyError(msg)
    return RECIPES[key]
