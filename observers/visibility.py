"""What a reader may see, in one place.

Every answer to a reader is built here, field by field, from opaque tokens,
positions and the protocol. Truth, pool, manipulation, file names, hashes, primary
keys and detector scores are never read by this module, so they cannot leave
through it. Each answer has the same keys whatever the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from forgery.imaging import domain
from observers.models import PlanItem, Session
from observers.models.protocol import REVIEW
from observers.tokens import user_key

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


def opens_at(finished_at: datetime | None, washout_days: int) -> datetime | None:
    """When a set may be read again after the reading that ended then."""
    return None if finished_at is None else finished_at + timedelta(days=washout_days)


def may_review(session: Session) -> bool:
    """Whether earlier cases may be opened again: never where truth was told."""
    rules = session.enrolment.study.rules
    return rules.review == REVIEW and not session.opt_set.is_practice


def total_of(session: Session) -> int:
    """How many cases the session has."""
    rules = session.enrolment.study.rules
    return rules.practice if session.opt_set.is_practice else rules.cases_per_set


@dataclass(frozen=True)
class Position:
    """Where a session stands: the case to rate, those after it, what can be undone."""

    current: PlanItem | None
    version: int
    ahead: Sequence[PlanItem]
    rated: int
    undo_seconds: float
    """How much longer the last rating may be taken back; 0 when it may not."""
    reviewable: Sequence[PlanItem] = ()
    """Earlier cases that may be opened again."""


def set_name(session: Session) -> str:
    """Name of the set as readers know it: its lesion."""
    if session.opt_set.is_practice:
        return _("Practice")
    study = session.enrolment.study
    return _(domain.get(study.pool.domain).lesion(session.opt_set.lesion).name)


def item_payload(item: PlanItem | None) -> dict[str, Any]:
    """One case: nothing but its token and its place."""
    return {
        "token": item.token if item else None,
        "position": item.position if item else None,
    }


def state_payload(
    session: Session, position: Position, room: UUID | None
) -> dict[str, Any]:
    """Where the reader stands in a session, as the asking page may know it."""
    return {
        "session": session.token,
        "total": total_of(session),
        "rated": position.rated,
        "is_complete": position.current is None,
        "is_finished": session.finished_at is not None,
        "current": {**item_payload(position.current), "version": position.version},
        "ahead": [item_payload(item) for item in position.ahead],
        "undo_seconds": int(position.undo_seconds),  # tenths would echo a slow answer
        "room": session.holder in (None, room),
        "user": user_key(session.enrolment.user_id),
        "reviewable": [item_payload(item) for item in position.reviewable],
    }


def room_payload(session: Session) -> dict[str, Any]:
    """Tell the reading page how its instruments are set: the same for every case."""
    rules = session.enrolment.study.rules
    is_practice = session.opt_set.is_practice
    tells = rules.tell_prevalence and not is_practice
    return {
        "session": session.token,
        "set_name": set_name(session),
        "block": session.opt_set.block,
        "question": rules.question,
        "instructions": rules.instructions,
        "scale": asdict(rules.scale),
        "cannot_rate": rules.cannot_rate,
        "total": total_of(session),
        "undo_seconds": 0 if is_practice else rules.undo_seconds,
        "can_review": may_review(session),
        "image_size": rules.reader_profile.size,
        "n_manipulated": rules.n_manipulated if tells else None,
        "is_simulated": session.enrolment.study.is_simulated,
        "marks": rules.marks,
        "tools": rules.tools,
        "view": rules.view,
    }


def set_payload(
    session: Session, *, rated: int, is_its_turn: bool, opens: datetime | None
) -> dict[str, Any]:
    """One of the reader's own sets, for the list of sets."""
    study = session.enrolment.study
    total = total_of(session)
    return {
        "token": session.token,
        "name": set_name(session),
        "study": study.title,
        "study_name": study.name,
        "position": session.position + 1,
        "round": session.round if study.rules.rounds > 1 else None,
        "total": total,
        "rated": rated,
        "left": total - rated,
        "is_started": session.started_at is not None,
        "is_finished": session.finished_at is not None,
        "finished_at": session.finished_at,
        "is_open": study.state == "open",
        "is_withdrawn": session.enrolment.withdrawn_at is not None,
        "is_excluded": session.enrolment.excluded_at is not None,
        "is_its_turn": is_its_turn,
        "opens": opens,
        "study_state": study.get_state_display(),
        "can_debrief": study.state == "locked"
        and study.rules.debrief
        and not session.opt_set.is_practice,
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
