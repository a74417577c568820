"""Re-compute every chain of a study and compare it with what was signed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from observers import triggers
from observers.models import AuditEvent, Rating, Session, Study
from observers.models.protocol_fields import digest_of
from observers.selectors import readings
from observers.selectors.reading import sessions
from observers.services import chain


@dataclass(frozen=True)
class Verification:
    """What a verification found; ``faults`` is empty when the evidence is sound."""

    sessions: int
    ratings: int
    faults: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify_study(*, study: Study) -> Verification:
    """Check protocol hash, triggers, every chain, the trail's heads and the lock."""
    found = [f"the append-only trigger of {t} is gone" for t in triggers.missing()]
    if study.protocol_hash and study.protocol_hash != digest_of(study.protocol):
        found.append("the protocol was changed after it was frozen")
    ordered = Rating.objects.select_related("item").order_by("sequence")
    chained = (
        sessions()
        .filter(enrolment__study=study)
        .prefetch_related(Prefetch("ratings", ordered))
    )
    heads = finished_heads(study)
    n_ratings = 0
    for session in chained:
        links = list(session.ratings.all())
        n_ratings += len(links)
        problems = chain.faults(session, links) + head_faults(session, heads)
        found += [f"{named(session)}: {problem}" for problem in problems]
    return Verification(len(chained), n_ratings, tuple(found + lock_faults(study)))


def named(session: Session) -> str:
    """Name a session by pseudonym and set."""
    return f"{session.enrolment.pseudonym}, {session.opt_set.lesion}"


def finished_heads(study: Study) -> dict[str, tuple[int, str]]:
    """Heads that the append-only trail remembers, by session token."""
    events = AuditEvent.objects.filter(study=study, verb="session finished")
    return {e.detail["session"]: (e.detail["length"], e.detail["head"]) for e in events}


def head_faults(session: Session, heads: dict[str, tuple[int, str]]) -> list[str]:
    """Compare the session's head with the one in the trail."""
    known = heads.get(session.token)
    if session.finished_at is None:
        return [] if known is None else ["finished by the audit trail, but open again"]
    if known is None:
        return ["finished, but the audit trail does not know it"]
    if known != (session.length, session.head):
        return ["the head differs from the one in the audit trail"]
    return []


def lock_faults(study: Study) -> list[str]:
    """Compare the ratings with the hash taken at the lock."""
    lock = getattr(study, "lock", None)
    if lock is None:
        return ["locked without a data hash"] if study.state == "locked" else []
    if lock.data_hash != readings.data_hash(study):
        return ["the ratings are not those that were locked"]
    return []
