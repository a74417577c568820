"""Stored files as local paths, wherever the storage keeps them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile


@contextmanager
def local_path(stored: FieldFile) -> Iterator[Path]:
    """Give a stored file as a path: its own on disk, else a copy that goes away."""
    if isinstance(stored.storage, FileSystemStorage):
        yield Path(stored.path)
        return
    with tempfile.NamedTemporaryFile(suffix=Path(stored.name or "").suffix) as copy:
        with stored.open("rb") as source:
            shutil.copyfileobj(source, copy)
        copy.flush()
        yield Path(copy.name)
