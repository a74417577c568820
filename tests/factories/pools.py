"""Tiny pools: patients, photographs, roles."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import factory
import numpy as np
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from forgery.imaging import fundus, profiles
from forgery.models import (
    FundusImage,
    PatientCluster,
    Pool,
    Reservation,
)

SIDE = 64  # pixels


PROFILE = profiles.Profile("tiny", 1, size=SIDE, sharpen=True, blur_sigma=0.8)


class PoolFactory(DjangoModelFactory[Pool]):
    """An empty pool of the fundus domain."""

    class Meta:
        model = Pool

    name = factory.Sequence(lambda n: f"pool-{n}")
    source = "made for a test"
    layout = "phantom"
    is_synthetic = True


class PatientClusterFactory(DjangoModelFactory[PatientCluster]):
    """A patient."""

    class Meta:
        model = PatientCluster

    name = factory.Sequence(lambda n: f"patient-{n:05d}")


def disc(seed: int, side: int = SIDE) -> np.ndarray:
    """Draw a noisy reddish disc on black: a fundus photograph in miniature."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    inside = (x**2 + y**2 <= (side / 2) ** 2)[..., None]
    colour = np.array([180, 90, 40]) + rng.normal(0, 12, (side, side, 3))
    return np.where(inside, np.clip(colour, 1, 255), 0).astype(np.uint8)


@functools.cache
def disc_file(seed: int) -> bytes:
    """Encode a disc, once a seed."""
    return fundus.encode_png(disc(seed))


@functools.cache
def working_image(data: bytes) -> np.ndarray:
    """Prepare an encoded image, once a file."""
    return profiles.prepare(fundus.decode(data, name="test"), PROFILE)


class FundusImageFactory(DjangoModelFactory[FundusImage]):
    """An included image with its file."""

    class Meta:
        model = FundusImage

    pool = factory.SubFactory(PoolFactory)
    cluster = factory.SubFactory(PatientClusterFactory)
    lesion = "glaucoma"
    source_file = factory.Sequence(lambda n: f"SECRET-SOURCE-{n}.jpg")
    eye = "right"
    width = SIDE
    height = SIDE
    dhash = "0" * 16
    thumbnail = b""
    is_trainable = True
    seed = factory.Sequence(lambda n: n % 256)  # more than any test's pool holds

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> FundusImage:
        data = disc_file(kwargs.pop("seed"))
        digest = hashlib.sha256(data).hexdigest()
        kwargs.setdefault("content_hash", digest)
        kwargs.setdefault("file", ContentFile(data, name=f"{digest}.png"))
        return super()._create(model_class, *args, **kwargs)


def reserve(
    image: FundusImage, role: str = "opt", fold: int | None = None
) -> Reservation:
    """Set the image's cluster aside."""
    return Reservation.objects.create(
        cluster=image.cluster, role=role, fold=fold, lesion=image.lesion, seed=1
    )


def image_with_role(
    pool: Pool, role: str, fold: int | None = None, **fields: Any
) -> FundusImage:
    """Make an image whose cluster has a role."""
    image = FundusImageFactory(pool=pool, **fields)
    reserve(image, role, fold)
    return image


def clusters_with(pool: Pool, role: str) -> list[PatientCluster]:
    """List the pool's clusters that have a role."""
    found = PatientCluster.objects.filter(images__pool=pool, reservation__role=role)
    return list(found.distinct().order_by("name"))
