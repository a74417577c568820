"""Manipulators, what they make, and pools that have both."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from dataclasses import dataclass, field
from typing import Any

import factory
import numpy as np
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from forgery.imaging import fundus, profiles
from forgery.models import (
    FundusImage,
    Manipulation,
    Manipulator,
    Pool,
)
from tests.factories.pools import (
    PROFILE,
    FundusImageFactory,
    PoolFactory,
    disc,
    image_with_role,
    reserve,
    working_image,
)


class ManipulatorFactory(DjangoModelFactory[Manipulator]):
    """A manipulator that was trained on nothing here."""

    class Meta:
        model = Manipulator

    name = factory.Sequence(lambda n: f"secret-manipulator-{n}")
    pool = factory.SubFactory(PoolFactory)
    lesion = "glaucoma"
    recipe = "paper-unet"
    preset = "quick"
    profile = factory.LazyFunction(PROFILE.to_dict)
    seed = 1
    file = ""
    sha256 = "0" * 64
    data_hash = "0" * 64
    code_version = "test"


def manipulate(
    image: FundusImage, manipulator: Manipulator, *, is_identity: bool = False
) -> Manipulation:
    """Make a manipulation: the working image with a bright square, or unchanged."""
    with image.file.open("rb") as handle:
        working = working_image(handle.read())
    if not is_identity:
        working = working.copy()
        working[20:30, 20:30] = 255
    data = fundus.encode_png(working)
    return Manipulation.objects.create(
        manipulator=manipulator,
        source=image,
        seed=1,
        file=ContentFile(data, name="m.png"),
        content_hash=hashlib.sha256(data).hexdigest(),
    )


@dataclass
class TinyPool:
    """A pool with reserved clusters and manipulations, ready for studies."""

    pool: Pool
    images: dict[str, list[FundusImage]] = field(default_factory=dict)
    manipulators: dict[str, Manipulator] = field(default_factory=dict)


def tiny_pool(
    lesions: tuple[str, ...] = ("glaucoma", "normal"),
    n: int = 8,
    *,
    is_identity: bool = False,
    **pool_fields: Any,
) -> TinyPool:
    """Make ``n`` opt clusters a lesion, each with an image and its manipulation."""
    made = TinyPool(PoolFactory(**pool_fields))
    for lesion in lesions:
        manipulator = ManipulatorFactory(pool=made.pool, lesion=lesion)
        images = [FundusImageFactory(pool=made.pool, lesion=lesion) for _ in range(n)]
        for image in images:
            reserve(image)
            manipulate(image, manipulator, is_identity=is_identity)
        made.images[lesion], made.manipulators[lesion] = images, manipulator
    return made


@functools.cache
def manipulator_bundle() -> bytes:
    """Make the bundle of a U-Net after one step, once for all tests."""
    from forgery.imaging import manipulator as forging  # torch: only where needed
    from forgery.imaging import recipes

    images = np.stack([fundus.resize(disc(seed), 256) for seed in range(2)])
    settings = recipes.PAPER_UNET.settings("quick", steps=1, batch_size=2)
    with tempfile.TemporaryDirectory() as folder:
        return forging.train(images, settings, workdir=folder).path.read_bytes()


def working_manipulator(pool: Pool, lesion: str, **fields: Any) -> Manipulator:
    """Make a manipulator whose bundle forges."""
    bundle = manipulator_bundle()
    return ManipulatorFactory(
        pool=pool,
        lesion=lesion,
        profile=profiles.PAPER.to_dict(),
        file=ContentFile(bundle, name="manipulator.safetensors"),
        sha256=hashlib.sha256(bundle).hexdigest(),
        **fields,
    )


def training_pool(
    lesions: tuple[str, ...] = ("glaucoma",), n: int = 2, **pool_fields: Any
) -> Pool:
    """Make a pool with ``n`` clusters of each role a lesion, and its manipulators."""
    pool = PoolFactory(**pool_fields)
    roles = ("manipulator-train", "detector-train", "validation", "test", "opt")
    for lesion in lesions:
        manipulator = working_manipulator(pool, lesion)
        for role in roles:
            for _ in range(n):
                image = image_with_role(pool, role, lesion=lesion)
                if role == "manipulator-train":
                    manipulator.clusters.add(image.cluster)
    return pool
