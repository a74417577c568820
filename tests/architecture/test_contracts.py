"""The import contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path


def test_import_contracts_hold(root):
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout
    assert "7 kept, 0 broken" in result.stdout
