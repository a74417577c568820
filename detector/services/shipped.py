"""The detector that the program ships, and the clusters it may never judge; no torch.

Its training photographs are published as salted hashes of their files and of their
perceptual hashes. A cluster one of whose images is on that list is never drawn for
a study, and the shipped detector refuses to score it by name.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.files import File

from detector.models import DetectorModel
from detector.selectors import detector_family
from forgery.models import FundusImage, Pool

NAME = "default"
WEIGHTS = Path(__file__).resolve().parents[1] / "weights" / "default.safetensors"
CARD = WEIGHTS.with_suffix(".json")
BASE = WEIGHTS.with_name("local.safetensors")
"""Weights that have learned the local families alone, from the same photographs: what
a detector starts from that must not have seen some other family."""
SOURCE_SHARE = 0.05
"""A pool with more of its clusters on the published list is a source of the weights."""
VERSION = "shipped"
"""What its row names as code version: it was not trained here."""
SALT = "fundus-study/default/1"
"""Part of every published hash, so that it serves this list alone."""


def salted(text: str) -> str:
    """Hash a text for the published list."""
    return hashlib.sha256(f"{SALT}:{text}".encode()).hexdigest()[:24]


def marks_of(source_sha256: str, dhash: int) -> tuple[str, str]:
    """Name an image by its bytes as delivered, and by its perceptual hash."""
    return salted(source_sha256), salted(f"{dhash:016x}")


@lru_cache(maxsize=1)
def card() -> dict[str, Any]:
    """Read the shipped detector's card."""
    found: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))
    return found


def seen_clusters(pool: Pool | None = None) -> set[int]:
    """List the clusters, by primary key, that the shipped detector has learned from."""
    seen = frozenset(card()["seen"])
    images = FundusImage.objects.all() if pool is None else pool.images.all()
    rows = images.values_list("cluster_id", "source_sha256", "dhash")
    return {
        cluster
        for cluster, sha256, dhash in rows.iterator()
        if seen.intersection(marks_of(sha256, int(dhash, 16)))
    }


def is_source(pool: Pool) -> bool:
    """
    Whether a pool is one of those that the shipped weights were learned from.

    Perceptual hashes collide by chance, so a cluster or two say nothing: the cluster
    is barred, not its pool.
    """
    n = pool.images.values("cluster").distinct().count()
    return len(seen_clusters(pool)) > SOURCE_SHARE * n


def family_of(name: str | None, pool: Pool) -> list[DetectorModel]:
    """Find a detector's members by name; `default` is the shipped one if no other."""
    if name != NAME or DetectorModel.objects.filter(name=NAME).exclude(
        sha256=card()["sha256"]
    ):
        return detector_family(name)
    return [adopt(pool)]


def adopt(pool: Pool) -> DetectorModel:
    """Give the shipped detector a row, with all clusters here that it has seen."""
    known = card()
    model = DetectorModel.objects.filter(name=NAME, sha256=known["sha256"]).first()
    if model is None:
        model = DetectorModel(
            name=NAME,
            pool=pool,
            recipe=known["recipe"],
            preset=known["preset"],
            config=known["settings"],
            seed=known["settings"]["seed"],
            sha256=known["sha256"],
            threshold=known["threshold"],
            temperature=known["temperature"],
            data_hash=known["data_sha256"],
            code_version=VERSION,
            metrics=known["metrics"],
        )
        with WEIGHTS.open("rb") as bundle:
            name = f"{known['sha256'][:16]}.safetensors"
            model.file.save(name, File(bundle), save=False)
        model.save()
    model.clusters.set(seen_clusters())
    return model
