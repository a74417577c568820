"""Detectors with untrained weights."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from pathlib import Path

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from detector.models import DetectorModel
from tests.factories.pools import PoolFactory


@functools.cache
def detector_bundle() -> bytes:
    """Make the bundle of an untrained detector, once for all tests."""
    from detector.network import networks
    from forgery.imaging import checkpoints
    from forgery.imaging.training import seeded

    with seeded(1):
        network = networks.build("paper-sparse-cnn")
    described = {
        "kind": "detector",
        "recipe": "paper-sparse-cnn",
        "config": network.config.to_dict(),
        "threshold": 0.0,
        "temperature": 1.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "detector.safetensors"
        checkpoints.save(path, network.state_dict(), described)
        return path.read_bytes()


class DetectorModelFactory(DjangoModelFactory[DetectorModel]):
    """A detector with untrained weights that has seen nothing here."""

    class Meta:
        model = DetectorModel

    name = factory.Sequence(lambda n: f"detector-{n}")
    pool = factory.SubFactory(PoolFactory)
    recipe = "paper-sparse-cnn"
    preset = "quick"
    seed = 1
    threshold = 0.0
    temperature = 1.0
    file = factory.LazyFunction(
        lambda: ContentFile(detector_bundle(), name="detector.safetensors")
    )
    sha256 = factory.LazyFunction(lambda: hashlib.sha256(detector_bundle()).hexdigest())
    data_hash = "0" * 64
    code_version = "test"
    metrics = factory.LazyFunction(
        lambda: {
            "baseline": {
                view: {"threshold": 0.0, "direction": 1.0}
                for view in ("matched", "unmatched")
            },
            "unmatched_threshold": 0.0,
        }
    )
