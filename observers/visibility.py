"""What a reader may see, in one place.

Every answer to a reader is built here, field by field, from opaque tokens,
positions and the protocol. Truth, pool, manipulation, file names, hashes, primary
keys and detector scores are never read by this module, so they cannot leave
through it. Each answer has the same keys whatever the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from forgery.imaging import domain
from observers.models import PlanItem, Session

IMAGE_HEADERS = {
    "Content-Type": "image/png",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
}


LOOK_AHEAD = 2
"""How many cases after the current one a browser may fetch."""


def undo_is_open(received_at: datetime, seconds: int, now: datetime) -> bool:
    """Whether a rating received then may still be taken back."""
    return seconds > 0 and now <= received_at + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Position:
    """Where a session stands: the case to rate, those after it, what can be undone."""

    current: PlanItem | None
    version: int
    ahead: Sequence[PlanItem]
    rated: int
    undo_seconds: float
    """How much longer the last rating may be taken back; 0 when it may not."""


def set_name(session: Session) -> str:
    """Name of the set as readers know it: its lesion."""
    study = session.enrolment.study
    return _(domain.get(study.pool.domain).lesion(session.opt_set.lesion).name)


def item_payload(item: PlanItem | None) -> dict[str, Any]:
    """One case: nothing but its token and its place."""
    return {
        "token": item.token if item else None,
        "position": item.position if item else None,
    }


def state_payload(session: Session, position: Position) -> dict[str, Any]:
    """Where the reader stands in a session."""
    return {
        "session": session.token,
        "total": session.enrolment.study.rules.cases_per_set,
        "rated": position.rated,
        "is_complete": position.current is None,
        "is_finished": session.finished_at is not None,
        "current": {**item_payload(position.current), "version": position.version},
        "ahead": [item_payload(item) for item in position.ahead],
        "undo_seconds": round(position.undo_seconds, 1),
    }


def room_payload(session: Session) -> dict[str, Any]:
    """Tell the reading page how its instruments are set: the same for every case."""
    rules = session.enrolment.study.rules
    return {
        "session": session.token,
        "set_name": set_name(session),
        "question": rules.question,
        "scale": rules.scale,
        "cannot_rate": rules.cannot_rate,
        "total": rules.cases_per_set,
        "undo_seconds": rules.undo_seconds,
        "can_review": rules.review != "none",
        "image_size": rules.reader_profile.size,
        "n_manipulated": rules.n_manipulated if rules.tell_prevalence else None,
        "is_simulated": session.enrolment.study.is_simulated,
    }


def set_payload(session: Session, *, rated: int, is_its_turn: bool) -> dict[str, Any]:
    """One of the reader's own sets, for the list of sets."""
    study = session.enrolment.study
    total = study.rules.cases_per_set
    return {
        "token": session.token,
        "name": set_name(session),
        "study": study.title,
        "position": session.position + 1,
        "total": total,
        "rated": rated,
        "left": total - rated,
        "is_started": session.started_at is not None,
        "is_finished": session.finished_at is not None,
        "finished_at": session.finished_at,
        "is_open": study.state == "open",
        "is_its_turn": is_its_turn,
        "study_state": study.get_state_display(),
    }


def finish_payload(
    session: Session, *, rated: int, minutes: float, following: Session | None
) -> dict[str, Any]:
    """Say what was done and what comes next, with the signed head of the chain."""
    return {
        "name": set_name(session),
        "study": session.enrolment.study.title,
        "rated": rated,
        "versions": session.length,
        "minutes": minutes,
        "finished_at": session.finished_at,
        "head": session.head,
        "signature": session.head_signature,
        "is_finished": session.finished_at is not None,
        "next_token": following.token if following else "",
        "next_name": set_name(following) if following else "",
    }
