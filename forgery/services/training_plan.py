"""What a training run would take, checked before anything is queued; no torch.

Pages, API and commands all ask here, so that a run that takes a cluster with
another role is refused by name wherever it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.imaging import profiles, recipes
from forgery.imaging.configs import ManipulatorSettings
from forgery.models import FundusImage, Manipulator, PatientCluster, Pool, Reservation
from forgery.selectors import clusters_called, pool_called
from forgery.services import reservations

ROLE = Reservation.Role.MANIPULATOR_TRAIN
LEAST_IMAGES = 2
PROFILE = profiles.PAPER
"""How photographs are prepared for manipulators."""


@dataclass(frozen=True)
class TrainingPlan:
    """A training run that may be made."""

    name: str
    pool: Pool
    lesion: str
    settings: ManipulatorSettings
    held_out_fold: int | None
    images: list[FundusImage]
    clusters: list[PatientCluster]
    targets: list[FundusImage]
    """Photographs of the lesion that forgeries shall show, if they are learned from."""

    @property
    def data_hash(self) -> str:
        """Name the images by their content."""
        used = [*self.images, *self.targets]
        hashes = "\n".join(sorted(image.content_hash for image in used))
        return hashlib.sha256(hashes.encode()).hexdigest()

    @property
    def existing(self) -> Manipulator | None:
        """The manipulator that this run has made already."""
        found = Manipulator.objects.filter(name=self.name).first()
        if found is None:
            return None
        same = found.data_hash == self.data_hash
        if not same or found.config != self.settings.to_dict():
            raise WrongInput(
                _(
                    "Manipulator {name} exists and was trained otherwise; choose "
                    "another name."
                ).format(name=self.name)
            )
        return found


def arguments(
    *,
    pool: str,
    lesion: str,
    recipe: str = recipes.PAPER_UNET.key,
    preset: str = "full",
    **options: Any,
) -> dict[str, Any]:
    """Complete a training run's arguments."""
    given = {
        "pool": pool,
        "lesion": lesion,
        "recipe": recipe,
        "preset": preset,
        "target": "",
        "seed": 1,
        "name": "",
        "held_out_fold": None,
        "clusters": [],
        "device": None,
        "manipulate": False,
    } | {name: value for name, value in options.items() if value is not None}
    given["target"] = given["target"] or _usual_target(given)
    given["name"] = given["name"] or default_name(given)
    return given


def _usual_target(given: Mapping[str, Any]) -> str:
    # Lesions turn normal; what is normal turns diabetic, the findings best known.
    known = recipes.RECIPES.get(given["recipe"])
    if known is None or not known.has_target:
        return ""
    return "normal" if given["lesion"] != "normal" else "diabetic-retinopathy"


def default_name(given: Mapping[str, Any]) -> str:
    """Name a manipulator by pool, lesion, recipe, preset, and what differs."""
    parts = [given[key] for key in ("pool", "lesion", "recipe")]
    if recipes.is_trained(given["recipe"]):
        parts.append(given["preset"])
    if given["target"]:
        parts.append(f"to-{given['target']}")
    if int(given["seed"]) != 1:
        parts.append(f"seed{given['seed']}")
    if given["held_out_fold"] is not None:
        parts.append(f"fold{given['held_out_fold']}")
    return slugify("-".join(parts))[:80]


def plan(given: Mapping[str, Any]) -> TrainingPlan:
    """Check a training run and list what it would take."""
    pool = pool_called(given["pool"])
    _check_lesion(pool, given["lesion"])
    _check_target(pool, given)
    settings = _settings(given)
    fold = given["held_out_fold"]
    clusters, images, targets = [], [], []
    if recipes.is_trained(settings.recipe):
        clusters = _clusters(pool, fold, given["clusters"])
        reservations.check_training(clusters, role=ROLE, held_out_fold=fold)
        images = _photographs(pool, clusters, given["lesion"], fold)
        if recipes.get(settings.recipe).has_target:
            targets = _photographs(pool, clusters, given["target"], fold)
    used = {image.cluster_id for image in [*images, *targets]}
    return TrainingPlan(
        name=_checked_name(given["name"]),
        pool=pool,
        lesion=given["lesion"],
        settings=settings,
        held_out_fold=fold,
        images=images,
        targets=targets,
        clusters=[cluster for cluster in clusters if cluster.pk in used],
    )


def folds_of(pool: Pool, lesion: str) -> list[int | None]:
    """List the folds to hold out in turn: none unless the lesion is cross-fitted."""
    folded = Reservation.objects.filter(
        cluster__images__pool=pool, lesion=lesion, role=Reservation.Role.CROSSFIT
    )
    return list(range(reservations.FOLDS)) if folded.exists() else [None]


def _photographs(
    pool: Pool, clusters: Sequence[PatientCluster], lesion: str, fold: int | None
) -> list[FundusImage]:
    """Find the trainable photographs of a lesion, or say that there are too few."""
    images = list(
        FundusImage.objects.filter(
            pool=pool, cluster__in=clusters, lesion=lesion, is_trainable=True
        ).order_by("content_hash")
    )
    if len(images) < LEAST_IMAGES:
        raise WrongInput(_too_few(pool, lesion, fold, len(images)))
    return images


def _check_target(pool: Pool, given: Mapping[str, Any]) -> None:
    """Refuse a target that the recipe cannot forge, or that is there already."""
    target = given["target"]
    if not target:
        return
    _check_lesion(pool, target)
    if given["recipe"] not in recipes.WITH_TARGET:
        raise WrongInput(
            _("{recipe} forges no other lesion: leave the target out.").format(
                recipe=given["recipe"]
            )
        )
    if target == given["lesion"]:
        raise WrongInput(
            _("The photographs show {target} already; name another target.").format(
                target=target
            )
        )


def _check_lesion(pool: Pool, lesion: str) -> None:
    known = domains.get(pool.domain).lesion_keys
    if lesion not in known:
        text = _("No lesion {lesion!r}; use {known}.")
        raise WrongInput(text.format(lesion=lesion, known=", ".join(known)))


def _checked_name(name: str) -> str:
    if name != slugify(name) or not 1 <= len(name) <= 80:
        raise WrongInput(
            _(
                "{name!r} cannot be a name: use at most 80 small letters, digits and -."
            ).format(name=name)
        )
    return name


def _settings(given: Mapping[str, Any]) -> ManipulatorSettings:
    key, preset = given["recipe"], given["preset"]
    if key not in recipes.RECIPES:
        text = _("No recipe {recipe!r}; use {known}.")
        raise WrongInput(text.format(recipe=key, known=", ".join(recipes.RECIPES)))
    recipe = recipes.get(key)
    if recipe.is_trained and preset not in recipe.presets:
        text = _("No preset {preset!r} of {recipe}; use {known}.")
        known = ", ".join(recipe.presets)
        raise WrongInput(text.format(preset=preset, recipe=key, known=known))
    changes: dict[str, Any] = {"seed": int(given["seed"])}
    if given["target"]:
        changes["target"] = given["target"]
    return recipe.settings(preset, **changes)


def _clusters(
    pool: Pool, fold: int | None, names: Sequence[str]
) -> list[PatientCluster]:
    """Take the named clusters, or all with the role."""
    if not names:
        return list(reservations.clusters_for(pool, ROLE, held_out_fold=fold))
    return clusters_called(pool, names)


def _too_few(pool: Pool, lesion: str, fold: int | None, n: int) -> str:
    if fold is None and folds_of(pool, lesion) != [None]:
        advice = _("the lesion is cross-fitted: name the fold to hold out, 0, 1 or 2.")
    elif not Reservation.objects.filter(cluster__images__pool=pool).exists():
        advice = _("no cluster has a role yet: give them their roles first.")
    else:
        advice = _("import more, or set fewer aside for OPT sets when importing.")
    return _(
        "Pool {pool} has {n} images of {lesion} to train on, too few; {advice}"
    ).format(pool=pool.name, n=n, lesion=lesion, advice=advice)
