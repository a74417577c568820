"""The only bridge from a recipe's name to a torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from forgery.imaging import recipes
from forgery.imaging.configs import ManipulatorSettings, UNetConfig
from forgery.imaging.cyclegan import CycleGan, Generator
from forgery.imaging.shuffle_unet import ShuffleUNet
from forgery.imaging.translation_configs import (
    CycleGanConfig,
    ShuffleUNetConfig,
    TranslationSettings,
)
from forgery.imaging.unet import UNet
from forgery.imaging.unet_convert import Converter


def build(
    recipe: str, config: Mapping[str, Any] | None = None, *, preset: str = "full"
) -> nn.Module:
    """
    Build the untrained network that forges by a recipe.

    Parameters
    ----------
    recipe : str
        Its name, ``paper-unet`` for one.
    config : mapping or None
        Fields of its configuration, as a bundle stores them; None for the preset's.
    preset : str
        The preset whose shape is meant where ``config`` is None.

    Returns
    -------
    torch.nn.Module
        The network on the CPU, weights drawn from torch's current state.

    Raises
    ------
    KeyError
        If there is no such recipe, or it has no network.
    """
    known = recipes.get(recipe)
    if not known.is_trained:
        msg = f"{recipe} needs no network; forge by forgery.imaging.families"
        raise KeyError(msg)
    shape = known.config_of(preset)
    if config is not None:
        shape = type(shape).from_dict(config)
    if isinstance(shape, UNetConfig):
        return UNet(shape)
    if isinstance(shape, CycleGanConfig):
        return Generator(shape)
    if isinstance(shape, ShuffleUNetConfig):
        return ShuffleUNet(shape)
    raise TypeError(type(shape).__name__)


def trainee(painter: nn.Module, settings: ManipulatorSettings) -> nn.Module:
    """
    Give a painter what it is trained with: critics, the way back.

    Parameters
    ----------
    painter : torch.nn.Module
        From `build`.
    settings : ManipulatorSettings
        How it is trained.

    Returns
    -------
    torch.nn.Module
        The painter itself, or a module that holds it as ``painter``.
    """
    if isinstance(settings, TranslationSettings):
        if isinstance(painter, Generator):
            return CycleGan(painter, settings)
        if isinstance(painter, ShuffleUNet):
            return Converter(painter, settings)
    return painter
