"""The versions of a protocol, and in words how each differs from the one before."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from observers.models import Study
from observers.models.protocol import Protocol

Text = str | Promise
NAMES: Mapping[str, Text] = {
    "instructions": gettext_lazy("Instructions"),
    "consent": gettext_lazy("Consent"),
    "contact": gettext_lazy("Whom readers ask"),
    "groups": gettext_lazy("Readers planned"),
    "reminder_days": gettext_lazy("Days between two reminders to a late reader"),
    "washout_days": gettext_lazy("Days between two readings of a set"),
    "conditions_check": gettext_lazy("Check each reader's screen first"),
    "debrief": gettext_lazy("Show readers their own result after the lock"),
}


@dataclass(frozen=True)
class Piece:
    """Some words: kept, added or removed."""

    kind: str
    """same, added or removed."""
    text: str


@dataclass(frozen=True)
class Difference:
    """How one entry differs."""

    name: Text
    pieces: list[Piece]


@dataclass(frozen=True)
class Version:
    """One version of a protocol."""

    number: int
    digest: str
    made_at: datetime | None
    made_by: str
    reason: str
    differences: list[Difference]


def versions(study: Study) -> list[Version]:
    """List the frozen protocol and its amendments, the newest first."""
    if not study.protocol_hash:
        return []
    held = Protocol.from_dict(study.protocol).to_dict()
    found = [Version(1, study.protocol_hash, study.frozen_at, "", "", [])]
    for one in study.amendments.select_related("user").order_by("number"):
        changed = [
            Difference(NAMES.get(name, name), pieces(held.get(name), value))
            for name, value in one.changes.items()
        ]
        held |= one.changes
        found.append(
            Version(
                number=one.number,
                digest=one.digest,
                made_at=one.created_at,
                made_by=one.user.get_username() if one.user else "",
                reason=one.reason,
                differences=changed,
            )
        )
    return found[::-1]


def held_in(study: Study, number: int) -> Protocol:
    """Return the protocol as an earlier version had it."""
    held = dict(study.protocol)
    for one in study.amendments.filter(number__lte=number).order_by("number"):
        held |= one.changes
    return Protocol.from_dict(held)


def differences(study: Study, entries: Mapping[str, Any]) -> list[Difference]:
    """Say how entries differ from what the study holds now."""
    held = study.rules.to_dict()
    return [
        Difference(NAMES.get(name, name), pieces(held[name], value))
        for name, value in entries.items()
        if held[name] != value
    ]


def pieces(before: Any, after: Any) -> list[Piece]:
    """Compare two values word by word."""
    old, new = words(before), words(after)
    found = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for act, i, j, k, m in matcher.get_opcodes():
        if act == "equal":
            found.append(Piece("same", " ".join(old[i:j])))
            continue
        if i < j:
            found.append(Piece("removed", " ".join(old[i:j])))
        if k < m:
            found.append(Piece("added", " ".join(new[k:m])))
    return found


def words(value: Any) -> list[str]:
    """Write a value as words: yes and no, and of groups what is planned."""
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if isinstance(value, list):
        rows = [f"{_(group['name'])}: {group['n_readers']}" for group in value]
        return "; ".join(rows).split()
    return str(value if value is not None else "").split() or [_("nothing")]
