"""Which code made a result."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def code_version() -> str:
    """
    Name the running code: its commit, with a mark when files differ from it.

    ``FUNDUS_CODE_VERSION`` rules (an image built without git sets it); outside
    a checkout the answer is ``"unknown"``.

    Returns
    -------
    str
        A commit's abbreviated hash, ``<hash>-dirty``, or the variable's value.
    """
    if name := os.environ.get("FUNDUS_CODE_VERSION"):
        return name
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        # The arguments are constants; git is looked up on the operator's PATH.
        answer = subprocess.run(  # noqa: S603
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()
