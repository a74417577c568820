"""What a training run would take, checked before anything is queued; no torch.

Command, page and API all ask here, so that a run that takes a cluster with another
role is refused by name wherever it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from detector.exceptions import NothingToTrainOn
from detector.models import DetectorModel
from detector.network import configs
from detector.selectors import images_of, manipulators_of
from detector.services.bundles import Bundles
from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.models import FundusImage, Manipulator, PatientCluster, Pool, Reservation
from forgery.selectors import clusters_called, pool_called
from forgery.services.reservations import FOLDS, check_training, clusters_for

Role = Reservation.Role


@dataclass(frozen=True)
class DetectorOrder:
    """What somebody asked for, as command, page or API hand it over."""

    pool: str
    name: str
    recipe: str = configs.DEFAULT.key
    preset: str = "full"
    seed: int = 1
    held_out_fold: int | None = None
    clusters: tuple[str, ...] = ()
    """Names of the clusters to train on; empty takes all with the role."""

    @classmethod
    def from_arguments(cls, given: Mapping[str, Any]) -> Self:
        """Read the arguments of a job."""
        return cls(**{**given, "clusters": tuple(given.get("clusters") or ())})

    def to_arguments(self) -> dict[str, Any]:
        """Give the order as the arguments of a job: plain JSON."""
        return asdict(self) | {"clusters": list(self.clusters)}


@dataclass(frozen=True)
class TrainingPlan:
    """A training run that may be made."""

    order: DetectorOrder
    pool: Pool
    settings: configs.DetectorSettings
    train: list[PatientCluster]
    validation: list[PatientCluster]
    manipulators: dict[str, tuple[Manipulator, ...]]
    """The manipulators of each lesion that `paper-sparse-cnn` learns from, one a
    recipe; none for `default`, which learns from every family."""

    @property
    def learns_all_families(self) -> bool:
        """Whether every family is learned from, shipped and local ones too."""
        return isinstance(self.settings, configs.ForensicSettings)

    @property
    def forgers(self) -> list[Manipulator]:
        """List all manipulators of all lesions."""
        return [one for some in self.manipulators.values() for one in some]

    def images(self, clusters: list[PatientCluster]) -> list[FundusImage]:
        """List the photographs of some of the run's clusters, by lesion."""
        lesions = list(self.manipulators)
        if self.learns_all_families:
            lesions = list(domains.get(self.pool.domain).lesion_keys)
        return list(images_of(self.pool, clusters, lesions))

    @cached_property
    def bundles(self) -> Bundles:
        """The manipulators that may forge the run's photographs."""
        return Bundles([self.pool])

    @property
    def data_hash(self) -> str:
        """Name photographs and manipulators by their content."""
        parts = [
            *(f"train {one.content_hash}" for one in self.images(self.train)),
            *(f"validation {one.content_hash}" for one in self.images(self.validation)),
            *(f"manipulator {sha256}" for sha256 in self._digests()),
        ]
        return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()

    def _digests(self) -> set[str]:
        if not self.learns_all_families:
            return {one.sha256 for one in self.forgers}
        images = self.images([*self.train, *self.validation])
        of = self.bundles.of
        return {bundle.sha256 for image in images for bundle in of(image).values()}

    @property
    def existing(self) -> DetectorModel | None:
        """The detector that this run has made already."""
        found = DetectorModel.objects.filter(
            name=self.order.name, held_out_fold=self.order.held_out_fold
        ).first()
        if found is None:
            return None
        is_same = found.data_hash == self.data_hash
        is_like = self.settings.from_dict(found.config) == self.settings
        if not is_same or not is_like:
            msg = _(
                "Detector {name} exists and was trained otherwise; choose another name."
            ).format(name=found)
            raise WrongInput(msg)
        return found


def plan(order: DetectorOrder) -> TrainingPlan:
    """Check a training run and list what it would take."""
    pool = pool_called(order.pool)
    fold = order.held_out_fold
    train, validation = _clusters(pool, order)
    check_training(train, role=Role.DETECTOR_TRAIN, held_out_fold=fold)
    check_training(validation, role=Role.VALIDATION, held_out_fold=fold)
    if not train or not validation:
        raise NothingToTrainOn(_too_few(pool, order, len(train), len(validation)))
    _check_name(order.name)
    settings = _settings(order)
    is_all = isinstance(settings, configs.ForensicSettings)
    return TrainingPlan(
        order=order,
        pool=pool,
        settings=settings,
        train=train,
        validation=validation,
        manipulators={} if is_all else manipulators_of(pool, fold),
    )


def folds_of(pool: Pool) -> list[int | None]:
    """List the folds to hold out in turn: none unless a lesion is cross-fitted."""
    return list(range(FOLDS)) if _crossfit(pool).exists() else [None]


def _crossfit(pool: Pool) -> QuerySet[Reservation]:
    return Reservation.objects.filter(cluster__images__pool=pool, role=Role.CROSSFIT)


def _clusters(
    pool: Pool, order: DetectorOrder
) -> tuple[list[PatientCluster], list[PatientCluster]]:
    """Take the named clusters, or all with the role; never one for both parts."""
    if not order.clusters:
        return reserved(pool, order.held_out_fold)
    train = clusters_called(pool, order.clusters)
    named = {cluster.pk for cluster in train}
    held_back = clusters_for(pool, Role.VALIDATION, held_out_fold=order.held_out_fold)
    return train, [one for one in held_back if one.pk not in named]


def reserved(
    pool: Pool, fold: int | None
) -> tuple[list[PatientCluster], list[PatientCluster]]:
    """List the clusters that may train a detector, and those that may validate it."""
    validation = list(clusters_for(pool, Role.VALIDATION, held_out_fold=fold))
    train = list(clusters_for(pool, Role.DETECTOR_TRAIN, held_out_fold=fold))
    return _apart(train, validation)


def _apart(
    train: list[PatientCluster], validation: list[PatientCluster]
) -> tuple[list[PatientCluster], list[PatientCluster]]:
    """Cross-fitted clusters answer for both roles: one in four validates."""
    both = sorted({c.name for c in train} & {c.name for c in validation})
    validates = set(both[::4])
    return (
        [c for c in train if c.name not in validates],
        [c for c in validation if c.name in validates or c.name not in both],
    )


def _settings(order: DetectorOrder) -> configs.DetectorSettings:
    if order.recipe not in configs.RECIPES:
        text = _("No recipe {recipe!r}; use {known}.")
        known = ", ".join(configs.RECIPES)
        raise WrongInput(text.format(recipe=order.recipe, known=known))
    recipe = configs.get(order.recipe)
    if order.preset not in recipe.presets:
        text = _("No preset {preset!r} of {recipe}; use {known}.")
        known = ", ".join(recipe.presets)
        raise WrongInput(
            text.format(preset=order.preset, recipe=recipe.key, known=known)
        )
    return recipe.settings(order.preset, seed=order.seed)


def _check_name(name: str) -> None:
    if name != slugify(name) or not 1 <= len(name) <= 80:
        msg = _(
            "{name!r} cannot be a name: use at most 80 small letters, digits and -."
        ).format(name=name)
        raise WrongInput(msg)


def _too_few(pool: Pool, order: DetectorOrder, n_train: int, n_validation: int) -> str:
    if order.held_out_fold is None and _crossfit(pool).exists():
        advice = _(
            "its clusters are cross-fitted, so name the fold to hold out, 0, 1 or 2."
        )
    else:
        advice = _("give clusters without a role theirs, or import more patients.")
    return _(
        "Pool {pool} has {n_train} clusters to train a detector on and "
        "{n_validation} for validation; both are needed: {advice}"
    ).format(pool=pool.name, n_train=n_train, n_validation=n_validation, advice=advice)
