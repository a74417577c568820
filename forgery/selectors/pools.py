"""Questions about pools; nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.imaging import labels, selection
from forgery.models import (
    FundusImage,
    PatientCluster,
    Pool,
    Reservation,
)

REASONS: dict[str, str] = {
    "left-eye": "A left eye; this pool takes right eyes.",
    "unknown-eye": "Nothing says which eye it is; this pool takes right eyes.",
    **labels.REASONS,
    **selection.REASONS,
    "near-duplicate": "Nearly the same picture as another one of the pool.",
    "not-drawn": "More of this lesion than wanted; the seed drew others.",
}
"""Reason key to its sentence, in order of precedence."""
PAPER_TABLE1 = {
    "normal": 114,
    "glaucoma": 67,
    "diabetic-retinopathy": 78,
    "macular-degeneration": 97,
}
"""Selected right eyes in the paper's Table 1."""


def pool_called(name: str) -> Pool:
    """Find a pool by name, or say which there are."""
    try:
        return Pool.objects.get(name=name)
    except Pool.DoesNotExist:
        known = ", ".join(Pool.objects.values_list("name", flat=True)) or _("none yet")
        raise WrongInput(
            _("No pool {name!r}; there are: {known}.").format(name=name, known=known)
        ) from None


def clusters_called(pool: Pool, names: Iterable[str]) -> list[PatientCluster]:
    """Find clusters of a pool by name, or say which one it does not have."""
    wanted = set(names)
    found = PatientCluster.objects.filter(name__in=wanted, images__pool=pool)
    clusters = list(found.distinct().order_by("name"))
    missing = sorted(wanted - {cluster.name for cluster in clusters})
    if missing:
        raise WrongInput(
            _("Pool {pool} has no cluster {name!r}.").format(
                pool=pool.name, name=missing[0]
            )
        )
    return clusters


def images_in_pool(
    pool: Pool,
    *,
    lesion: str | None = None,
    role: str | None = None,
    only: str = "included",
) -> QuerySet[FundusImage]:
    """Find a pool's images: ``included`` in Table 1, ``trainable``, or ``all``."""
    found = FundusImage.objects.filter(pool=pool)
    if lesion is not None:
        found = found.filter(lesion=lesion)
    if role is not None:
        found = found.filter(cluster__reservation__role=role)
    kinds = {
        "included": Q(excluded_because=""),
        "trainable": Q(is_trainable=True),
        "all": Q(),
    }
    return found.filter(kinds[only]).select_related("cluster__reservation")


@dataclass(frozen=True)
class Table1Row:
    """One lesion's images: counted, and left out by reason."""

    key: str
    name: str
    included: int
    excluded: dict[str, int]
    trainable: int
    paper: int | None

    @property
    def in_all(self) -> int:
        """Images with this label."""
        return self.included + sum(self.excluded.values())


@dataclass(frozen=True)
class Table1:
    """Table 1 of a pool beside the paper's."""

    rows: list[Table1Row]
    reasons: list[str] = field(default_factory=list)
    """Reasons that occur, in order of precedence."""

    @property
    def included(self) -> int:
        """Images that count, over all lesions."""
        return sum(row.included for row in self.rows)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Give the table as data: by lesion, ``included`` and ``excluded``."""
        return {
            row.key or "none": {"included": row.included, "excluded": row.excluded}
            for row in self.rows
        }


def table1(pool: Pool) -> Table1:
    """Count a pool's images by lesion and reason; label-less ones in a last row."""
    counts: Counter[tuple[str, str]] = Counter()
    grouped = pool.images.values_list("lesion", "excluded_because").annotate(
        Count("id")
    )
    for lesion, reason, n in grouped.order_by():
        counts[lesion, reason] = n
    trainable = Counter(
        pool.images.filter(is_trainable=True).values_list("lesion", flat=True)
    )
    present = {reason for _, reason in counts if reason}
    reasons = [key for key in REASONS if key in present]
    domain = domains.get(pool.domain)
    names = {lesion.key: lesion.name for lesion in domain.lesions}
    if any(lesion == "" for lesion, _ in counts):
        names[""] = "None of these"
    rows = [
        Table1Row(
            key=key,
            name=name,
            included=counts[key, ""],
            excluded={r: counts[key, r] for r in reasons if counts[key, r]},
            trainable=trainable[key],
            paper=PAPER_TABLE1.get(key) if domain == domains.FUNDUS else None,
        )
        for key, name in names.items()
    ]
    return Table1(rows, reasons)


def reason_text(pool: Pool) -> dict[str, str]:
    """Say the reasons that occur in a pool, in order of precedence."""
    present = set(pool.images.values_list("excluded_because", flat=True).distinct())
    return {key: text for key, text in REASONS.items() if key in present}


@dataclass(frozen=True)
class ReservationRow:
    """One lesion's clusters by role."""

    key: str
    name: str
    counts: dict[str, int]

    @property
    def in_all(self) -> int:
        """Reserved clusters of the lesion."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class ReservationTable:
    """A pool's clusters by lesion and role."""

    roles: list[str]
    rows: list[ReservationRow]

    def lines(self) -> list[str]:
        """Say the table in lines of text."""
        return [
            f"{row.name}: "
            + ", ".join(f"{role} {row.counts[role]}" for role in self.roles)
            for row in self.rows
        ]


def reservation_table(pool: Pool) -> ReservationTable:
    """Count a pool's reserved clusters by lesion and role."""
    found = Reservation.objects.filter(cluster__images__pool=pool).distinct()
    counts = Counter(found.order_by().values_list("pk", "lesion", "role"))
    by_cell: Counter[tuple[str, str]] = Counter()
    for _pk, lesion, role in counts:
        by_cell[lesion, role] += 1
    roles = [r for r in Reservation.Role.values if any(x == r for _, x in by_cell)]
    rows = [
        ReservationRow(
            lesion.key, lesion.name, {role: by_cell[lesion.key, role] for role in roles}
        )
        for lesion in domains.get(pool.domain).lesions
    ]
    return ReservationTable(roles, rows)


def pools_with_counts() -> QuerySet[Pool]:
    """List pools with their numbers of images, patients and manipulators."""
    return Pool.objects.annotate(
        n_images=Count("images", distinct=True),
        n_included=Count(
            "images", filter=Q(images__excluded_because=""), distinct=True
        ),
        n_clusters=Count("images__cluster", distinct=True),
        n_manipulators=Count("manipulators", distinct=True),
        n_problems=Count("problems", distinct=True),
    )


SHOWN = 8
"""Thumbnails a reason on a pool's page."""


def exclusions(pool: Pool) -> list[dict[str, Any]]:
    """List the reasons that occur, each with its number and first images."""
    found = []
    for key in reason_text(pool):
        images = pool.images.filter(excluded_because=key).order_by("id")
        found.append({"key": key, "n": images.count(), "images": images[:SHOWN]})
    return found


def glance(pool: Pool) -> dict[str, Any]:
    """Collect all that a pool's page shows."""
    return {
        "table1": table1(pool),
        "exclusions": exclusions(pool),
        "reservations": reservation_table(pool),
        "n_problems": pool.problems.count(),
        "n_images": pool.images.count(),
        "n_clusters": PatientCluster.objects.filter(images__pool=pool)
        .distinct()
        .count(),
        "n_split": PatientCluster.objects.filter(
            images__pool=pool, is_split_by_image=True
        )
        .distinct()
        .count(),
        "manipulators": pool.manipulators.order_by("name"),
    }
