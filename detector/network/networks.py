"""The only bridge from a detector recipe's name to a torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detector.network import configs
from detector.network.sparse_cnn import SparseCnn


def build(recipe: str, config: Mapping[str, Any] | None = None) -> SparseCnn:
    """
    Build the untrained network of a recipe.

    Parameters
    ----------
    recipe : str
        Its name, ``paper-sparse-cnn``.
    config : mapping or None
        Fields of its configuration, as a bundle stores them; None for the recipe's.

    Returns
    -------
    SparseCnn
        The network on the CPU, weights drawn from torch's current state.

    Raises
    ------
    KeyError
        If there is no such recipe.
    """
    known = configs.get(recipe)
    if config is None:
        return SparseCnn(known.config)
    return SparseCnn(configs.SparseCnnConfig.from_dict(config))
