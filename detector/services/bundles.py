"""Which manipulators may forge a photograph: never one that has learned from it.

A pool's own manipulators come first, those of the photograph's lesion before others;
then the shipped ones. The shipped ones learned from the open sources, so they forge no
photograph of a pool that is one, nor of a cluster on the shipped detector's list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detector.services.shipped import is_source, seen_clusters
from forgery.imaging import recipes
from forgery.imaging.weights import shipped
from forgery.models import FundusImage, Manipulator, Pool
from forgery.services.files import local_path

WHOLE = tuple(key for key, one in recipes.RECIPES.items() if one.is_trained)
"""Families with weights; they repaint the whole photograph, or where a map says."""


@dataclass(frozen=True)
class Bundle:
    """Weights of a family, and what they have learned from."""

    recipe: str
    lesion: str
    """Lesion of the photographs that it learned to repaint; empty for any."""
    target: str
    """Lesion that its forgeries show; empty where it changes none."""
    sha256: str
    manipulator: Manipulator | None
    """None for weights that come with the program."""
    clusters: frozenset[int]
    """Clusters that it has learned from, by primary key."""

    @property
    def name(self) -> str:
        """Its family, and what it shows."""
        return f"{self.recipe}/{self.target}" if self.target else self.recipe

    @contextmanager
    def path(self) -> Iterator[Path]:
        """Give the file, for as long as it is read."""
        if self.manipulator is not None:
            with local_path(self.manipulator.file) as path:
                yield path
            return
        found = shipped(self.recipe, self.target or None)
        assert found is not None  # noqa: S101 - listed because it is there
        yield found


class Bundles:
    """The bundles that may forge the photographs of some pools."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.own = _of_pools(pools)
        self.shipped = _shipped()
        self.open = {pool.pk for pool in pools if is_source(pool)}
        self.seen = {key for pool in pools for key in seen_clusters(pool)}

    def of(self, image: FundusImage) -> dict[str, Bundle]:
        """Choose one bundle a family and target for a photograph."""
        found: dict[str, Bundle] = {}
        for bundle in self._in_order(image):
            may = image.cluster_id not in bundle.clusters
            if may and bundle.target != image.lesion:
                found.setdefault(bundle.name, bundle)
        return found

    def _in_order(self, image: FundusImage) -> Iterator[Bundle]:
        yield from (one for one in self.own if one.lesion == image.lesion)
        if image.pool_id not in self.open and image.cluster_id not in self.seen:
            yield from self.shipped
        yield from self.own


def _of_pools(pools: Sequence[Pool]) -> list[Bundle]:
    """List the pools' own bundles, newest first."""
    rows = Manipulator.objects.filter(pool__in=pools, recipe__in=WHOLE)
    return [
        Bundle(
            recipe=one.recipe,
            lesion=one.lesion,
            target=one.target,
            sha256=one.sha256,
            manipulator=one,
            clusters=frozenset(one.clusters.values_list("pk", flat=True)),
        )
        for one in rows.order_by("-created_at", "-pk")
    ]


def _shipped() -> list[Bundle]:
    """List the bundles that come with the program, one a target."""
    found = []
    for recipe in WHOLE:
        first = shipped(recipe, None)
        if first is None:
            continue
        for path in sorted(first.parent.glob(f"{recipe}*.safetensors")):
            target = path.stem.removeprefix(recipe).removeprefix("-to-")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append(Bundle(recipe, "", target, digest, None, frozenset()))
    return found
