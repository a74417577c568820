"""Questions about pools, manipulators and jobs, by noun; nothing here writes."""

from forgery.selectors.manipulators import (
    PAPER_TABLE2,
    manipulator_called,
    matched_pairs,
    quality_summary,
)
from forgery.selectors.pools import (
    PAPER_TABLE1,
    REASONS,
    clusters_called,
    images_in_pool,
    pool_called,
    reason_text,
    reservation_table,
    table1,
)

__all__ = [
    "PAPER_TABLE1",
    "PAPER_TABLE2",
    "REASONS",
    "clusters_called",
    "images_in_pool",
    "manipulator_called",
    "matched_pairs",
    "pool_called",
    "quality_summary",
    "reason_text",
    "reservation_table",
    "table1",
]
