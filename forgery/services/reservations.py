"""One role for each patient cluster, drawn from a recorded seed, refused by name.

OPT and practice clusters are set aside first, before anything is trained; they
hold at least one image that Table 1 counts. The rest is split among manipulator
training, detector training, validation and test. Clusters with nothing but left
eyes, several findings or images that were not drawn never become test clusters.
Where too few are left to train on, all of a lesion's clusters but the practice ones
are cross-fitted instead: each is drawn for studies, and trains only models that hold
its fold out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from forgery.exceptions import AlreadyReserved, TrainedOn, WrongInput
from forgery.imaging import domain as domains
from forgery.models import FundusImage, PatientCluster, Pool, Reservation

Role = Reservation.Role
OPT, PRACTICE, FOLDS = 50, 2, 3
LEAST_LEFT = 8
"""Clusters of a lesion that must be left to train on; fewer are cross-fitted."""
SHARES: dict[Reservation.Role, float] = {
    Role.MANIPULATOR_TRAIN: 0.35,
    Role.DETECTOR_TRAIN: 0.35,
    Role.VALIDATION: 0.15,
    Role.TEST: 0.15,
}
TRAINING_SHARES: dict[Reservation.Role, float] = {
    role: share for role, share in SHARES.items() if role != Role.TEST
}


@dataclass(frozen=True)
class Candidate:
    """A cluster without a role yet, as the draw sees it."""

    pk: int
    lesion: str
    has_included: bool
    """Whether Table 1 counts one of its images."""


def reserve(
    *, pool: Pool, seed: int, opt: int = OPT, practice: int = PRACTICE
) -> dict[str, Counter[str]]:
    """
    Give every usable cluster of a pool its role; those that have one keep it.

    Returns the number of clusters by lesion and role, earlier ones included.
    """
    if opt < 0 or practice < 0:
        raise WrongInput(_("opt and practice must be 0 or more clusters a lesion."))
    with transaction.atomic():
        candidates = _candidates(pool)
        held = counts_by_lesion(pool)
        for place, lesion in enumerate(domains.get(pool.domain).lesion_keys):
            mine = [one for one in candidates if one.lesion == lesion]
            rng = np.random.default_rng([seed, place])
            wanted = {
                Role.OPT: max(0, opt - held[lesion][Role.OPT]),
                Role.PRACTICE: max(0, practice - held[lesion][Role.PRACTICE]),
            }
            _save(_draw(mine, wanted, held[lesion], rng), lesion, seed)
    return counts_by_lesion(pool)


def counts_by_lesion(pool: Pool) -> dict[str, Counter[str]]:
    """Count the pool's reserved clusters by lesion and role."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows = Reservation.objects.filter(cluster__images__pool=pool).order_by("pk")
    for _pk, lesion, role in rows.values_list("pk", "lesion", "role").distinct():
        counts[lesion][role] += 1
    return counts


def _candidates(pool: Pool) -> list[Candidate]:
    """List unreserved clusters with an image of use, in a stable order."""
    images = FundusImage.objects.filter(pool=pool, cluster__reservation__isnull=True)
    usable = images.exclude(lesion="").order_by("cluster__name", "id")
    lesions: dict[int, tuple[bool, str]] = {}
    for image in usable.only(
        "cluster_id", "lesion", "excluded_because", "is_trainable"
    ):
        if not (image.is_included or image.is_trainable):
            continue
        known = lesions.get(image.cluster_id)
        if known is None or (image.is_included and not known[0]):
            lesions[image.cluster_id] = (image.is_included, image.lesion)
    return [Candidate(pk, lesion, has) for pk, (has, lesion) in lesions.items()]


Draw = list[tuple[int, Role, int | None]]


def _draw(
    mine: Sequence[Candidate],
    wanted: dict[Role, int],
    held: Counter[str],
    rng: np.random.Generator,
) -> Draw:
    """Draw roles for one lesion's clusters: (cluster, role, fold)."""
    order = [mine[i] for i in rng.permutation(len(mine))]
    included = [one.pk for one in order if one.has_included]
    others = [one.pk for one in order if not one.has_included]
    n_opt, n_practice = wanted[Role.OPT], wanted[Role.PRACTICE]
    rest = included[n_opt + n_practice :]
    if held[Role.CROSSFIT] or len(rest + others) + _training(held) < LEAST_LEFT:
        return _as(Role.PRACTICE, included[:n_practice]) + _fold(
            included[n_practice:] + others, held[Role.CROSSFIT]
        )
    return (
        _as(Role.OPT, included[:n_opt])
        + _as(Role.PRACTICE, included[n_opt : n_opt + n_practice])
        + _split(rest, SHARES)
        + _split(others, TRAINING_SHARES)
    )


def _as(role: Role, pks: Sequence[int]) -> Draw:
    return [(pk, role, None) for pk in pks]


def _fold(pks: Sequence[int], start: int) -> Draw:
    """Deal clusters to the folds in turn; ``start`` have been dealt before."""
    return [(pk, Role.CROSSFIT, (start + i) % FOLDS) for i, pk in enumerate(pks)]


def _training(held: Counter[str]) -> int:
    return sum(held[role] for role in SHARES)


def _split(pks: Sequence[int], shares: dict[Role, float]) -> Draw:
    """Deal shuffled clusters so that after each one the shares are nearest."""
    given: Counter[Role] = Counter()
    drawn: Draw = []
    total = sum(shares.values())
    for n, pk in enumerate(pks, start=1):
        role = max(shares, key=lambda r: shares[r] / total * n - given[r])
        given[role] += 1
        drawn.append((pk, role, None))
    return drawn


def _save(drawn: Draw, lesion: str, seed: int) -> None:
    Reservation.objects.bulk_create(
        Reservation(cluster_id=pk, role=role, fold=fold, lesion=lesion, seed=seed)
        for pk, role, fold in drawn
    )


def clusters_for(
    pool: Pool,
    role: str,
    lesion: str | None = None,
    held_out_fold: int | None = None,
) -> QuerySet[PatientCluster]:
    """
    Find the pool's clusters for a role.

    With ``held_out_fold``, training and validation roles also take the cross-fitted
    clusters of the other folds, and the test role those of the held-out fold.
    """
    found = PatientCluster.objects.filter(images__pool=pool)
    if lesion is not None:
        found = found.filter(reservation__lesion=lesion)
    own = found.filter(reservation__role=role)
    if held_out_fold is not None and role in SHARES:
        folds = found.filter(reservation__role=Role.CROSSFIT)
        if role == Role.TEST:
            own |= folds.filter(reservation__fold=held_out_fold)
        else:
            own |= folds.exclude(reservation__fold=held_out_fold)
    return own.distinct().order_by("name")


def check_training(
    clusters: Iterable[PatientCluster], *, role: str, held_out_fold: int | None = None
) -> None:
    """Refuse a training run that takes a cluster with another role."""
    for cluster, reservation in _with_reservations(clusters):
        if reservation is None:
            raise AlreadyReserved(_unreserved(cluster))
        if reservation.role == role:
            continue
        if reservation.role != Role.CROSSFIT or role not in TRAINING_SHARES:
            raise AlreadyReserved(_refusal(cluster, reservation, role))
        if held_out_fold is None or reservation.fold == held_out_fold:
            raise AlreadyReserved(
                _(
                    "Cluster {cluster} is cross-fitted in fold {fold}: "
                    "training must hold out a fold, and not take that fold."
                ).format(cluster=cluster.name, fold=reservation.fold)
            )


def check_scoring(
    image_cluster: PatientCluster,
    *,
    trained_clusters_of_model: Collection[int],
    model_name: str,
    held_out_fold: int | None = None,
) -> None:
    """
    Refuse to score an image whose cluster the model was trained on.

    ``trained_clusters_of_model`` holds primary keys of clusters.
    """
    reservation = getattr(image_cluster, "reservation", None)
    role = (
        _("no role")
        if reservation is None
        else _("the role {role}").format(role=_role(reservation))
    )
    if image_cluster.pk in trained_clusters_of_model:
        raise TrainedOn(
            _(
                "{model} was trained on cluster {cluster}, which has "
                "{role}: it may not be used on images of that cluster."
            ).format(model=model_name, cluster=image_cluster.name, role=role)
        )
    fold = None if reservation is None else reservation.fold
    if None not in (fold, held_out_fold) and fold != held_out_fold:
        raise TrainedOn(
            _(
                "{model} holds out fold {fold}, but cluster "
                "{cluster} has {role}: use the model that holds out its fold."
            ).format(
                model=model_name,
                fold=held_out_fold,
                cluster=image_cluster.name,
                role=role,
            )
        )


def check_drawing(clusters: Iterable[PatientCluster], role: str) -> None:
    """Refuse a study's draw of a cluster with another role; opt takes cross-fitted."""
    roles = {role, Role.CROSSFIT} if role == Role.OPT else {role}
    for cluster, reservation in _with_reservations(clusters):
        if reservation is None:
            raise AlreadyReserved(_unreserved(cluster))
        if reservation.role not in roles:
            raise AlreadyReserved(_refusal(cluster, reservation, role))


def pin(clusters: Iterable[PatientCluster]) -> None:
    """Fix the roles of clusters that a frozen study or a trained model relies on."""
    keys = [cluster.pk for cluster in clusters]
    Reservation.objects.filter(cluster__in=keys).update(is_pinned=True)


def _with_reservations(
    clusters: Iterable[PatientCluster],
) -> list[tuple[PatientCluster, Reservation | None]]:
    found = sorted(clusters, key=lambda cluster: cluster.name)
    keys = [cluster.pk for cluster in found]
    roles = {r.cluster_id: r for r in Reservation.objects.filter(cluster__in=keys)}
    return [(cluster, roles.get(cluster.pk)) for cluster in found]


def _role(reservation: Reservation) -> str:
    fold = "" if reservation.fold is None else f" (fold {reservation.fold})"
    return f"{reservation.role}{fold}"


def _refusal(cluster: PatientCluster, reservation: Reservation, role: str) -> str:
    return _(
        "Cluster {cluster} is reserved for {held}, so it may not be taken for {role}."
    ).format(cluster=cluster.name, held=_role(reservation), role=role)


def _unreserved(cluster: PatientCluster) -> str:
    text = _(
        "Cluster {cluster} has no role yet: give the pool's clusters theirs first."
    )
    return text.format(cluster=cluster.name)
