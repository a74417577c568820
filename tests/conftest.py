"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared reference material; its absence skips, or fails in CI."""
    folder = Path(os.environ.get("FUNDUS_SHARED", ROOT.parent / "shared"))
    if not (folder / "README.md").is_file():
        reason = f"shared material not found at {folder} (set FUNDUS_SHARED)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
