"""What a pool needs next: trained manipulators, manipulated images, then a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from forgery.models import Job, Manipulator, Pool, Reservation
from forgery.selectors.job_words import lesion_name

Kind = Literal["train", "fold", "manipulate"]
Role = Reservation.Role
LEAST_CLUSTERS = 10
"""A lesion with fewer patients makes no set; nothing is asked for it."""


@dataclass(frozen=True)
class NextStep:
    """One thing to do, and where."""

    kind: Kind
    key: str
    """Of the lesion."""
    address: str
    fold: int | None = None
    manipulator: str = ""
    """Who shall manipulate, where somebody has been trained already."""

    @property
    def lesion(self) -> str:
        """The lesion's name."""
        return lesion_name(self.key)


def next_steps(pool: Pool) -> list[NextStep]:
    """List what is still to be done for each lesion; empty when all is done."""
    made = {
        (one.lesion, one.held_out_fold): one
        for one in Manipulator.objects.filter(pool=pool)
        .annotate(n_made=Count("manipulations"))
        .order_by("n_made")  # one that made images wins
    }
    steps = {}
    for lesion, fold in _wanted(pool):
        # what needs no training has no fold and serves them all
        mine = [made[key] for key in {(lesion, fold), (lesion, None)} if key in made]
        best = max(mine, key=lambda one: one.n_made, default=None)
        if best is None:
            steps[lesion, fold] = _train(pool, lesion, fold)
        elif not best.n_made:
            steps[lesion, best.held_out_fold] = _manipulate(best, lesion)
    return list(steps.values())


def under_way(pool: Pool) -> int:
    """Count the trainings and manipulations of a pool that wait or run."""
    mine = Q(arguments__pool=pool.name)
    mine |= Q(
        arguments__manipulator__in=list(
            pool.manipulators.values_list("name", flat=True)
        )
    )
    kinds = ["forgery.train_manipulator", "forgery.manipulate"]
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(mine, kind__in=kinds, state__in=states).count()


def too_few(pool: Pool) -> list[tuple[str, int]]:
    """Name the lesions that nothing is asked for, with how many patients they have."""
    counts = sorted(_patients(pool).items())
    return [(lesion_name(key), n) for key, n in counts if n < LEAST_CLUSTERS]


def _for_studies(pool: Pool) -> QuerySet[Reservation]:
    """Find the clusters of a pool that studies may draw from."""
    return Reservation.objects.filter(
        cluster__images__pool=pool, role__in=[Role.OPT, Role.CROSSFIT]
    )


def _patients(pool: Pool) -> dict[str, int]:
    """Count the clusters of each lesion that studies may draw from."""
    by_lesion = _for_studies(pool).order_by().values_list("lesion")
    return dict(by_lesion.annotate(Count("cluster", distinct=True)))


def _wanted(pool: Pool) -> list[tuple[str, int | None]]:
    """Name each lesion with clusters for studies, by fold where it is cross-fitted."""
    enough = [lesion for lesion, n in _patients(pool).items() if n >= LEAST_CLUSTERS]
    pairs = _for_studies(pool).filter(lesion__in=enough).order_by("lesion", "fold")
    return list(pairs.values_list("lesion", "fold").distinct())


def _train(pool: Pool, lesion: str, fold: int | None) -> NextStep:
    given = {"pool": pool.name, "lesion": lesion}
    if fold is not None:
        given["held_out_fold"] = str(fold)
    address = f"{reverse('forgery:train')}?{urlencode(given)}"
    kind: Kind = "train" if fold is None else "fold"
    return NextStep(kind, lesion, address, fold)


def _manipulate(manipulator: Manipulator, lesion: str) -> NextStep:
    address, fold = manipulator.get_absolute_url(), manipulator.held_out_fold
    return NextStep("manipulate", lesion, address, fold, manipulator.name)
