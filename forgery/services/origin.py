"""Where a pool's images come from, and under which terms they are used."""

from __future__ import annotations

from forgery.models import Pool


def state_origin(*, pool: Pool, source: str, licence: str) -> None:
    """State a pool's origin; a phantom's is what it is."""
    pool.source = pool.source if pool.is_synthetic else source
    pool.licence = licence
    pool.save(update_fields=["source", "licence"])
