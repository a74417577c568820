"""Re-compute every chain of a study and compare it with what was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from observers import tokens, triggers
from observers.models import AuditEvent, Rating, Session, Study
from observers.models.protocol_fields import digest_of
from observers.selectors import readings
from observers.selectors.reading import sessions
from observers.services import amending, chain, sealing
from observers.services.result_hash import result_hash


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


def verify_study(
    *, study: Study, heads: Sequence[Mapping[str, Any]] = ()
) -> Verification:
    """Check seal, triggers, every chain, the trail's heads, exported ones, the lock."""
    found = [
        _("the append-only trigger of {table} is gone or altered").format(table=t)
        for t in triggers.missing()
    ]
    if study.protocol_hash and study.protocol_hash != digest_of(study.protocol):
        found.append(_("the protocol was changed after it was frozen"))
    ordered = Rating.objects.select_related("item").order_by("sequence")
    chained = list(
        sessions()
        .filter(enrolment__study=study)
        .prefetch_related(Prefetch("ratings", ordered))
    )
    trail = finished_heads(study)
    for session in chained:
        links = list(session.ratings.all())
        problems = chain.faults(session, links) + head_faults(session, trail)
        found += [f"{named(session)}: {problem}" for problem in problems]
    found += heads_faults(chained, [*trail.values(), *heads])
    found += sealing.plan_faults(study) + lock_faults(study)
    found += amending.amendment_faults(study)
    found += [
        _("the result of {run} was changed").format(run=run)
        for run in study.runs.all()
        if run.result_hash != result_hash(run.result)
    ]
    ratings = sum(len(session.ratings.all()) for session in chained)
    return Verification(len(chained), ratings, tuple(dict.fromkeys(found)))


def named(session: Session) -> str:
    """Name a session by pseudonym and set."""
    return f"{session.enrolment.pseudonym}, {session.opt_set.lesion}"


def finished_heads(study: Study) -> dict[str, dict[str, Any]]:
    """Heads that the append-only trail remembers, by session token."""
    events = AuditEvent.objects.filter(study=study, verb="session finished")
    return {e.detail["session"]: e.detail for e in events}


def head_faults(session: Session, trail: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Compare the session's head with the one in the trail."""
    known = trail.get(session.token)
    if session.finished_at is None:
        return (
            [] if known is None else [_("finished by the audit trail, but open again")]
        )
    if known is None:
        return [_("finished, but the audit trail does not know it")]
    if (known["length"], known["head"]) != (session.length, session.head):
        return [_("the head differs from the one in the audit trail")]
    return []


def heads_faults(
    chained: Sequence[Session], heads: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Look every signed head up in its chain: one signed before must still be there."""
    known = {session.token: session for session in chained}
    found = []
    for head in heads:
        session = known.get(head["session"])
        if session is None:
            found.append(
                _("session {session}: removed after its head was signed").format(
                    session=head["session"]
                )
            )
            continue
        found += [f"{named(session)}: {fault}" for fault in one_head(session, head)]
    return found


def one_head(session: Session, head: Mapping[str, Any]) -> list[str]:
    """Compare one signed head with the chain, which may have grown since."""
    length = head["length"]
    signed = tokens.is_signed(
        head["signature"],
        key=settings.CHAIN_KEY,
        session=session.token,
        sequence=length,
        head=head["head"],
    )
    if length and not signed:
        return [
            _("the signature of the head of {length} ratings is not this key's").format(
                length=length
            )
        ]
    hashes = {rating.sequence: rating.hash for rating in session.ratings.all()}
    if length and length not in hashes:
        return [
            _("rating {length} is gone, though its head was signed").format(
                length=length
            )
        ]
    if length and hashes[length] != head["head"]:
        return [
            _("rating {length} is not the one whose head was signed").format(
                length=length
            )
        ]
    return []


def lock_faults(study: Study) -> list[str]:
    """Compare the ratings with the hash taken at the lock."""
    lock = getattr(study, "lock", None)
    if lock is None:
        return [_("locked without a data hash")] if study.state == "locked" else []
    found = []
    if lock.data_hash != readings.data_hash(study):
        found.append(_("the ratings are not those that were locked"))
    event = AuditEvent.objects.filter(study=study, verb="study locked").last()
    if event is not None and event.detail["data_hash"] != lock.data_hash:
        found.append(_("the lock's data hash differs from the one in the audit trail"))
    return found
