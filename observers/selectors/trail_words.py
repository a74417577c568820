"""An event's detail for people: names and values in words; files keep the JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from observers.models import AnalysisRun, AuditEvent, StudyRole
from observers.selectors.api import told_detail

NAMES: Mapping[str, Promise] = {
    "alpha": gettext_lazy("level"),
    "answers": gettext_lazy("answers of the server looked at"),
    "auc": gettext_lazy("AUC of a guess at the truth"),
    "before": gettext_lazy("before"),
    "by": gettext_lazy("replaced by"),
    "can_reach_limit": gettext_lazy("enough cases to find a leak"),
    "cases": gettext_lazy("cases"),
    "code_version": gettext_lazy("program"),
    "copied_from": gettext_lazy("copied from"),
    "covariance": gettext_lazy("covariance"),
    "data_hash": gettext_lazy("hash of the ratings"),
    "detector": gettext_lazy("detector"),
    "digest": gettext_lazy("hash of the protocol"),
    "due_on": gettext_lazy("to be read by"),
    "features": gettext_lazy("features compared"),
    "from": gettext_lazy("from"),
    "group": gettext_lazy("group"),
    "head": gettext_lazy("end of the chain"),
    "heads": gettext_lazy("chains closed"),
    "hypothesis": gettext_lazy("claim"),
    "invariants": gettext_lazy("rules checked"),
    "is_blind": gettext_lazy("nothing tells the truth"),
    "kind": gettext_lazy("kind"),
    "left_out": gettext_lazy("left out"),
    "length": gettext_lazy("entries of the chain"),
    "margin": gettext_lazy("margin"),
    "named": gettext_lazy("what tells the truth"),
    "p": gettext_lazy("p"),
    "protocol_hash": gettext_lazy("hash of the protocol"),
    "pseudonym": gettext_lazy("reader"),
    "ratings": gettext_lazy("ratings"),
    "reader": gettext_lazy("reader"),
    "reason": gettext_lazy("reason"),
    "result_hash": gettext_lazy("hash of the result"),
    "role": gettext_lazy("role"),
    "sealed": gettext_lazy("sealed"),
    "seed": gettext_lazy("seed"),
    "session": gettext_lazy("session"),
    "sessions": gettext_lazy("sessions"),
    "signature": gettext_lazy("signature"),
    "text": gettext_lazy("hash of the text"),
    "to": gettext_lazy("to"),
    "user": gettext_lazy("account"),
    "version": gettext_lazy("version"),
}
VALUES = {
    **dict(StudyRole.Role.choices),
    **dict(AnalysisRun.Kind.choices),
    "superiority": gettext_lazy("superiority"),
    "non-inferiority": gettext_lazy("non-inferiority"),
    "equivalence": gettext_lazy("equivalence"),
}
"""Values that are words of the program, not of a person."""
HASH = re.compile(r"[0-9a-f]{40,}")


@dataclass(frozen=True)
class Fact:
    """One entry of a detail, in words."""

    name: str
    text: str
    whole: str = ""
    """The whole hash, where the text is its beginning."""


def facts(event: AuditEvent) -> list[Fact]:
    """Put an event's detail into words, in the order it was written."""
    return [
        _fact(str(NAMES.get(key, key.replace("_", " "))), value)
        for key, value in told_detail(event).items()
    ]


def _fact(name: str, value: Any) -> Fact:
    text = _text(value)
    if HASH.fullmatch(text):
        return Fact(name, f"{text[:12]}…", whole=text)
    return Fact(name, text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value) or "\N{EN DASH}"
    if value is None or value == "":
        return "\N{EN DASH}"
    return str(VALUES.get(value, value))
