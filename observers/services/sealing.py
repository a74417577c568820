"""The plan under a seal: what freezing fixed, hashed, signed and kept in the trail.

The chains prove what was rated. The seal proves that there were no more sessions,
that nobody changed which case stands where, what a case shows, or what it is. The
hash of a case is keyed, so that nobody can read its truth from the trail by trying.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from observers import tokens
from observers.models import (
    AuditEvent,
    CaseTruth,
    Enrolment,
    PlanItem,
    Session,
    Study,
)
from observers.models.protocol_fields import canonical
from observers.services import audit

SEALED, PLACE_SEALED = "plan sealed", "place sealed"
SESSION = {
    "removed": gettext_noop("session {name} was removed"),
    "added": gettext_noop("session {name} was added"),
    "changed": gettext_noop("session {name}: its plan was changed after freezing"),
}
CASE = {
    "removed": gettext_noop("case {name} was removed"),
    "added": gettext_noop("case {name} was added"),
    "changed": gettext_noop(
        "case {name}: its truth, image or set was changed after freezing"
    ),
}


def seal_plan(study: Study, user: Any) -> None:
    """Write the seal into the audit trail; runs in freezing's transaction."""
    content = {
        "protocol_hash": study.protocol_hash,
        "sessions": session_digests(study),
        "cases": case_digests(study),
    }
    detail = content | {"signature": signature_of(content)}
    audit.record(study=study, user=user, verb="plan sealed", detail=detail)


def seal_place(enrolment: Enrolment, user: Any) -> None:
    """Seal the plan of a reader who came later, in place of another."""
    study = enrolment.study
    own = set(enrolment.sessions.values_list("token", flat=True))
    digests = session_digests(study)
    content = {
        "protocol_hash": study.protocol_hash,
        "reader": enrolment.pseudonym,
        "sessions": {token: digests[token] for token in sorted(own)},
    }
    detail = content | {"signature": signature_of(content)}
    audit.record(study=study, user=user, verb="place sealed", detail=detail)


def signature_of(content: dict[str, Any]) -> str:
    """Sign the seal with the key that is not in the database."""
    return tokens.sign_text(canonical(content), key=settings.CHAIN_KEY)


def session_digests(study: Study) -> dict[str, str]:
    """Hash every session's plan, by the session's token."""
    found = defaultdict(list)
    rows = PlanItem.objects.filter(session__enrolment__study=study).values_list(
        "session__token", "position", "token", "case__code"
    )
    for session, *item in rows.order_by("session_id", "position"):
        found[session].append(item)
    sessions = Session.objects.filter(enrolment__study=study).values_list(
        "token", "enrolment__pseudonym", "opt_set__lesion", "position"
    )
    return {
        token: digest([reader, lesion, position, *found[token]])
        for token, reader, lesion, position in sessions
    }


def case_digests(study: Study) -> dict[str, str]:
    """Hash every case with its file and truth, by the case's code."""
    rows = CaseTruth.objects.filter(case__opt_set__study=study).values_list(
        "case__code",
        "case__content_hash",
        "case__opt_set__lesion",
        "truth",
        "image__content_hash",
        "manipulation__content_hash",
    )
    return {
        code: tokens.sign_text(canonical({"case": [code, *rest]}), settings.CHAIN_KEY)
        for code, *rest in rows
    }


def digest(content: list[Any]) -> str:
    """Hash a list of plain values."""
    return hashlib.sha256(canonical({"plan": content}).encode()).hexdigest()


def plan_faults(study: Study) -> list[str]:
    """Compare plan, cases and files with the seal."""
    if study.state == Study.State.DRAFT:
        return []
    event = AuditEvent.objects.filter(study=study, verb=SEALED).last()
    if event is None:
        return missing_seal(study)
    sealed = event.detail
    found = signature_faults(event)
    if sealed["protocol_hash"] != study.protocol_hash:
        found.append(_("the protocol is not the one that was frozen"))
    sessions = dict(sealed["sessions"])
    for later in AuditEvent.objects.filter(study=study, verb=PLACE_SEALED):
        found += signature_faults(later)
        sessions |= later.detail["sessions"]
    found += compared(SESSION, sessions, session_digests(study))
    found += compared(CASE, sealed["cases"], case_digests(study))
    return found + file_faults(study)


def signature_faults(event: AuditEvent) -> list[str]:
    """Compare a seal with its signature."""
    content = {k: v for k, v in event.detail.items() if k != "signature"}
    if event.detail.get("signature") == signature_of(content):
        return []
    return [_("the seal of the plan was changed, or made with another key")]


def missing_seal(study: Study) -> list[str]:
    """Say that the seal is gone; studies frozen before there were seals have none."""
    event = AuditEvent.objects.filter(study=study, verb="study frozen").last()
    if event is not None and not event.detail.get("sealed"):
        return []
    return [_("the audit trail does not hold the seal of the plan")]


def compared(
    said: Mapping[str, str], sealed: dict[str, str], now: dict[str, str]
) -> list[str]:
    """Name what was removed, added or changed, each by its sentence."""
    removed = [name for name in sealed if name not in now]
    added = [name for name in now if name not in sealed]
    changed = [name for name, value in sealed.items() if now.get(name, value) != value]
    return [
        _(said[how]).format(name=name)
        for how, names in (("removed", removed), ("added", added), ("changed", changed))
        for name in names
    ]


def file_faults(study: Study) -> list[str]:
    """Hash every case's file again."""
    found = []
    truths = CaseTruth.objects.filter(case__opt_set__study=study)
    for truth in truths.select_related("case").order_by("case__code"):
        case = truth.case
        try:
            with case.file.open("rb") as handle:
                data = handle.read()
        except OSError:
            found.append(_("case {case}: its file is gone").format(case=case.code))
            continue
        if hashlib.sha256(data).hexdigest() != case.content_hash:
            found.append(_("case {case}: its file was changed").format(case=case.code))
    return found
