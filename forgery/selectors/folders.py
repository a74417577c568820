"""Which folders of the server may be imported."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

DEPTH = 2


def import_folders() -> list[str]:
    """List the folders below IMPORT_ROOT, two levels deep; a link is none."""
    root = Path(settings.IMPORT_ROOT)
    found: list[str] = []
    level = [root] if root.is_dir() else []
    for _depth in range(DEPTH):
        level = [
            child
            for folder in level
            for child in sorted(folder.iterdir())
            if child.is_dir() and not child.is_symlink() and child.name[0] != "."
        ]
        found += [child.relative_to(root).as_posix() for child in level]
    return sorted(found)
