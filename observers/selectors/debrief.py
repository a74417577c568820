"""A reader's own result beside truth, after the lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from observers.analysis.roc import empirical_auc
from observers.models import CaseTruth, Rating, Session
from observers.visibility import set_name

MIDDLE = 50


@dataclass(frozen=True)
class Row:
    """One case: what it was and what the reader said last."""

    position: int
    is_manipulated: bool
    score: float | None
    reason: str

    @property
    def is_right(self) -> bool | None:
        """Whether the reader leaned to the right side; None in the middle."""
        if self.score is None or self.score == MIDDLE:
            return None
        return (self.score > MIDDLE) is self.is_manipulated


def debrief(session: Session) -> dict[str, Any]:
    """Collect what the debrief page shows."""
    rows = rows_of(session)
    rated = [(row.is_manipulated, row.score) for row in rows if row.score is not None]
    truth = [is_manipulated for is_manipulated, _score in rated]
    has_both = any(truth) and not all(truth)
    return {
        "name": set_name(session),
        "token": session.token,
        "study": session.enrolment.study.title,
        "rows": rows,
        "n_right": sum(row.is_right is True for row in rows),
        "n_wrong": sum(row.is_right is False for row in rows),
        "auc": empirical_auc(truth, [s for _t, s in rated]) if has_both else None,
    }


def rows_of(session: Session) -> list[Row]:
    """Give the last version of every rating with its case's truth, in reading order."""
    ratings = Rating.objects.filter(session=session).order_by("sequence")
    last = {rating.item_id: rating for rating in ratings}
    kinds = CaseTruth.Truth
    items = session.items.select_related("case__truth").order_by("position")
    return [
        Row(
            item.position,
            item.case.truth.truth == kinds.MANIPULATED,
            None if rating.score is None else float(rating.score),
            rating.cannot_rate,
        )
        for item in items
        if (rating := last.get(item.pk)) is not None
    ]
