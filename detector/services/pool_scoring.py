"""Score clusters of a pool as a job: torch; tasks and commands only."""

from __future__ import annotations

from typing import Any

from detector.models import DetectorScore
from detector.services.pool_plan import ScoringOrder, plan
from detector.services.scoring import score
from forgery.services.job_context import JobContext


def score_work(context: JobContext) -> dict[str, Any]:
    """Score what a job's row says: the work of ``detector.score_pool``."""
    scores = score_pool(ScoringOrder.from_arguments(context.job.arguments), context)
    n_manipulated = sum(one.manipulation_id is not None for one in scores)
    return {
        "detector": scores[0].detector.name,
        "originals": len(scores) - n_manipulated,
        "manipulated": n_manipulated,
        "scores": [one.pk for one in scores],
    }


def score_pool(order: ScoringOrder, context: JobContext) -> list[DetectorScore]:
    """Score and store, in the matched view; refuses, by name, what was trained on."""
    planned = plan(order)

    def progress(done: int, total: int) -> None:
        context.stop_if_asked()
        context.progress(done, total)

    return score(planned.family, planned.items, DetectorScore.View.MATCHED, progress)
