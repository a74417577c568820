"""The only bridge from a detector recipe's name to a torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detector.network import configs
from detector.network.configs import ForensicConfig, SparseCnnConfig
from detector.network.forensic import ForensicNet
from detector.network.sparse_cnn import SparseCnn

Network = SparseCnn | ForensicNet


def build(recipe: str, config: Mapping[str, Any] | None = None) -> Network:
    """
    Build the untrained network of a recipe.

    Parameters
    ----------
    recipe : str
        Its name, ``paper-sparse-cnn`` or ``default``.
    config : mapping or None
        Fields of its configuration, as a bundle stores them; None for the recipe's.

    Returns
    -------
    SparseCnn or ForensicNet
        The network on the CPU, weights drawn from torch's current state.

    Raises
    ------
    KeyError
        If there is no such recipe.
    """
    known = configs.get(recipe)
    kind = type(known.config)
    shape = known.config if config is None else kind.from_dict(config)
    if isinstance(shape, ForensicConfig):
        return ForensicNet(shape)
    assert isinstance(shape, SparseCnnConfig)  # noqa: S101 - no third kind
    return SparseCnn(shape)
