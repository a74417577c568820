"""Which images a manipulator would be given, checked by name; no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import recipes
from forgery.models import FundusImage, Manipulator, Pool, Reservation
from forgery.selectors import manipulator_called, pool_called
from forgery.services import reservations

Role = Reservation.Role
ROLES: tuple[str, ...] = (
    Role.DETECTOR_TRAIN,
    Role.VALIDATION,
    Role.TEST,
    Role.OPT,
    Role.PRACTICE,
    Role.CROSSFIT,
)
"""Roles whose images are manipulated unless the user names fewer."""
TRAINS = frozenset({Role.DETECTOR_TRAIN, Role.VALIDATION, Role.CROSSFIT})
"""Roles in which left eyes and eyes with several findings are used too."""


@dataclass(frozen=True)
class ManipulationPlan:
    """Images that may be given to a manipulator."""

    manipulator: Manipulator
    images: list[FundusImage]
    seed: int

    def donors(self, image: FundusImage) -> list[FundusImage]:
        """Find photographs of other patients with the same role, for a splice."""
        role = image.cluster.reservation
        return [
            other
            for other in self.images
            if other.cluster_id != image.cluster_id
            and other.cluster.reservation.role == role.role
            and other.cluster.reservation.fold == role.fold
        ]


def arguments(
    *,
    manipulator: str,
    roles: Sequence[str] | None = None,
    seed: int | None = None,
    pool: str | None = None,
) -> dict[str, Any]:
    """Complete the arguments of a manipulation run."""
    return {
        "manipulator": manipulator,
        "roles": list(roles or ROLES),
        "seed": 1 if seed is None else seed,
        "pool": pool or "",
        "device": None,
    }


def quality_arguments(*, manipulator: str, role: str | None = None) -> dict[str, Any]:
    """Check and complete the arguments of a quality report."""
    if role is not None and role not in Role.values:
        raise WrongInput(
            _("No role {role!r}; use {known}.").format(
                role=role, known=", ".join(Role.values)
            )
        )
    return {"manipulator": manipulator_called(manipulator).name, "role": role}


def plan(given: Mapping[str, Any]) -> ManipulationPlan:
    """Check a manipulation run and list its images."""
    manipulator = manipulator_called(given["manipulator"])
    unknown = [role for role in given["roles"] if role not in Role.values]
    if unknown:
        raise WrongInput(
            _("No role {role!r}; use {known}.").format(
                role=unknown[0], known=", ".join(Role.values)
            )
        )
    pool = pool_called(given["pool"]) if given.get("pool") else manipulator.pool
    images = [
        image for role in given["roles"] for image in _images(pool, manipulator, role)
    ]
    trained = set(manipulator.clusters.values_list("pk", flat=True))
    for image in images:
        reservations.check_scoring(
            image.cluster,
            trained_clusters_of_model=trained,
            model_name=f"Manipulator {manipulator.name}",
            held_out_fold=manipulator.held_out_fold,
        )
    if not images:
        raise WrongInput(
            _("Pool {pool} has no images of {lesion} with the roles {roles}.").format(
                pool=pool.name,
                lesion=manipulator.lesion,
                roles=", ".join(given["roles"]),
            )
        )
    return ManipulationPlan(manipulator, images, int(given["seed"]))


def _images(pool: Pool, manipulator: Manipulator, role: str) -> list[FundusImage]:
    found = FundusImage.objects.filter(
        pool=pool,
        lesion=manipulator.lesion,
        cluster__reservation__role=role,
    )
    if role == Role.CROSSFIT and recipes.is_trained(manipulator.recipe):
        found = found.filter(cluster__reservation__fold=manipulator.held_out_fold)
    if role == Role.MANIPULATOR_TRAIN or role in TRAINS:
        found = found.filter(is_trainable=True)
    else:
        found = found.filter(excluded_because="")
    return list(found.select_related("cluster__reservation").order_by("pk"))
