"""Tiny detectors for these tests."""

from dataclasses import replace
from typing import Any

import pytest

from detector.network import configs
from forgery.services import jobs


@pytest.fixture
def tiny_presets(monkeypatch: pytest.MonkeyPatch) -> configs.DetectorRecipe:
    """Let the preset ``quick`` train three steps of one pair of twins."""
    recipe = configs.RECIPES["paper-sparse-cnn"]
    quick = replace(
        recipe.presets["quick"], steps=3, batch_size=2, checkpoint_seconds=0.0
    )
    tiny = replace(recipe, presets={**recipe.presets, "quick": quick})
    monkeypatch.setitem(configs.RECIPES, recipe.key, tiny)
    return tiny


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Messages that would have gone to the broker."""
    messages: list[Any] = []
    monkeypatch.setattr(
        jobs.current_app,
        "send_task",
        lambda kind, kwargs: messages.append((kind, kwargs)),
    )
    return messages
