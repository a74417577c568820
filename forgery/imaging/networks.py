"""The only bridge from a recipe's name to a torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from forgery.imaging import recipes
from forgery.imaging.configs import UNetConfig
from forgery.imaging.unet import UNet


def build(recipe: str, config: Mapping[str, Any] | None = None) -> nn.Module:
    """
    Build the untrained network of a recipe.

    Parameters
    ----------
    recipe : str
        Its name, ``paper-unet``.
    config : mapping or None
        Fields of its configuration, as a bundle stores them; None for the recipe's.

    Returns
    -------
    torch.nn.Module
        The network on the CPU, weights drawn from torch's current state.

    Raises
    ------
    KeyError
        If there is no such recipe.
    """
    known = recipes.get(recipe)
    return UNet(known.config if config is None else UNetConfig.from_dict(config))
