"""Which clusters of a pool the shipped models have learned from: never drawn."""

from __future__ import annotations

from django.core.cache import cache

from detector.services import shipped
from forgery.models import Pool, Reservation

Role = Reservation.Role


def seen_of(pool: Pool, lesion: str) -> int:
    """Count a lesion's clusters that the shipped models have learned from."""
    roles = (Role.OPT, Role.CROSSFIT)
    found = Reservation.objects.filter(cluster__in=seen_in(pool), role__in=roles)
    return found.filter(lesion=lesion).count()


def seen_in(pool: Pool) -> set[int]:
    """Find those clusters of a pool, once for each state of it."""
    if not pool.data_hash:
        return shipped.seen_clusters(pool)
    key = f"seen-{pool.pk}-{pool.data_hash[:32]}"
    found: set[int] | None = cache.get(key)
    if found is None:
        found = shipped.seen_clusters(pool)
        cache.set(key, found)
    return found
