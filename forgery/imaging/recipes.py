"""Recipes of manipulators: names, texts and settings; forms read these, so no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forgery.imaging.configs import ManipulatorSettings, UNetConfig

PRESETS = ("quick", "full", "paper")
"""Names of the presets of every recipe, from the fastest on."""


@dataclass(frozen=True)
class Recipe:
    """A way to manipulate photographs, and what is known of it before training."""

    key: str
    """Its name in commands, tables and bundles."""
    name: str
    """Its name on pages."""
    text: str
    """One sentence for someone who must choose."""
    config: UNetConfig
    """Shape of the network."""
    presets: Mapping[str, ManipulatorSettings]
    """Training settings by preset."""

    def settings(self, preset: str = "full", **changes: Any) -> ManipulatorSettings:
        """
        Return the settings of a preset, changed where asked.

        Parameters
        ----------
        preset : str
            One of `PRESETS`.
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
    config=UNetConfig(),
    presets={
        "quick": ManipulatorSettings(preset="quick", steps=200, batch_size=4, crop=128),
        "full": ManipulatorSettings(preset="full", steps=500, batch_size=4, crop=128),
        "paper": ManipulatorSettings(preset="paper", steps=10000),
    },
)
RECIPES: dict[str, Recipe] = {PAPER_UNET.key: PAPER_UNET}


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
