"""A detector by name, ready to score: trained here, or the one that is shipped."""

from __future__ import annotations

from pathlib import Path

from django.db import DatabaseError

from detector.exceptions import NoSuchDetector
from detector.network.inference import Detector
from detector.selectors import detector_family
from detector.services import shipped
from forgery.services.files import local_path


def load_detector(name: str | None) -> Detector:
    """Load a bundle file, a trained detector by name, the newest, or the shipped."""
    if name is not None and Path(name).is_file():
        return Detector.load(Path(name))
    return trained_or_shipped(name)


def trained_or_shipped(name: str | None) -> Detector:
    """Load a trained detector by name, the newest, or the shipped one."""
    try:
        family = detector_family(name)
    except (DatabaseError, NoSuchDetector):
        if name not in (None, shipped.NAME):
            raise
        return Detector.load(shipped.WEIGHTS, shipped.card()["sha256"])
    with local_path(family[0].file) as path:
        return Detector.load(path, family[0].sha256)
