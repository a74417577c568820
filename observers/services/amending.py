"""Change what a frozen protocol says to readers, for a reason that is kept.

The frozen document, its hash and its seal stay as they are. What readers are told and
agree to, whom they ask, how many are planned, reminders, washout and debriefing may be
amended until the study is closed: nothing of it changes what is read, or how it is
analysed. Everything else is refused, with its reason in `FIXED`. The protocol sets no
dates of opening and closing, so there are none to amend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from observers import policies
from observers.exceptions import AmendedMeanwhile, WrongProtocol
from observers.models import Amendment, Study
from observers.models.protocol import Protocol
from observers.models.protocol_fields import digest_of
from observers.models.protocol_parts import planned_groups
from observers.services import audit

AMENDABLE = (
    "instructions",
    "consent",
    "contact",
    "washout_days",
    "conditions_check",
    "reminder_days",
    "groups",
    "debrief",
)


DATES = ("opens_on", "closes_on", "opens_at", "closes_at", "due_on")
"""Names by which somebody may look for dates in a protocol."""


@dataclass(frozen=True)
class Fixed:
    """Entries that no amendment changes, and why."""

    name: Promise
    entries: tuple[str, ...]
    why: Promise
    where: str = ""
    """Page on which the study's people decide it instead."""


FIXED = (
    Fixed(
        gettext_lazy("Cases"),
        (
            "lesions",
            "n_original",
            "n_manipulated",
            "manipulators",
            "clusters",
            "seed",
            "reader_profile",
            "filters",
        ),
        gettext_lazy("They are drawn and rendered; others would be another test."),
    ),
    Fixed(
        gettext_lazy("Orders and rounds"),
        ("set_order", "rounds", "practice"),
        gettext_lazy("Every reader's plan is made and sealed."),
    ),
    Fixed(
        gettext_lazy("Question, scale and reading room"),
        (
            "question",
            "scale",
            "cannot_rate",
            "marks",
            "tools",
            "view",
            "undo_seconds",
            "review",
            "tell_prevalence",
        ),
        gettext_lazy(
            "Ratings given before and after would not be comparable: every reader and "
            "every case is read under the same conditions."
        ),
    ),
    Fixed(
        gettext_lazy("Groups of readers"),
        ("group names and experience", "groups"),
        gettext_lazy(
            "They are compared with each other; how many are planned may change."
        ),
    ),
    Fixed(
        gettext_lazy("Dates of opening and closing"),
        DATES,
        gettext_lazy(
            "The protocol sets none: a coordinator opens and closes the study, and a "
            "set that is read again opens after its washout, which may be amended. The "
            "day to be read by is set among the readers; the audit trail keeps each "
            "change of it."
        ),
        where="observers:readers",
    ),
    Fixed(
        gettext_lazy("Ratings of a reader who withdraws"),
        ("withdrawal",),
        gettext_lazy("Readers have agreed to what happens with their ratings."),
    ),
    Fixed(
        gettext_lazy("Analysis plan"),
        ("analysis",),
        gettext_lazy(
            "It is fixed before anybody sees a result; another analysis is run as an "
            "exploratory one beside it."
        ),
    ),
)
LEAST_REASON = 8


def amend(
    *, study: Study, user: Any, reason: str, entries: Mapping[str, Any], begun_from: int
) -> Amendment:
    """Let other entries hold from now on; the reason and both versions are kept.

    ``begun_from`` is the version that whoever amends has read: two who amend at once
    would otherwise take each other's words back without knowing it.
    """
    reason = reason.strip()
    if len(reason) < LEAST_REASON:
        raise WrongProtocol(_("Say in a sentence why the protocol is amended."))
    check_amendable(study, entries)
    with transaction.atomic():
        own = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
        policies.check_can_amend(user, own)
        if begun_from != own.version:
            text = _("The protocol was amended meanwhile: version {n} holds now.")
            raise AmendedMeanwhile(text.format(n=own.version))
        held = own.rules.to_dict()
        changes = {
            name: value for name, value in entries.items() if held[name] != value
        }
        if not changes:
            raise WrongProtocol(_("Nothing was changed."))
        own.amended = {**own.amended, **changes}
        document = {**own.protocol, **own.amended}
        Protocol.from_dict(document)
        own.save(update_fields=["amended"])
        made = Amendment.objects.create(
            study=own,
            number=begun_from + 1,
            reason=reason[:1000],
            changes=changes,
            digest=digest_of(document),
            user=user,
        )
        detail = {"version": made.number, "digest": made.digest, "reason": made.reason}
        audit.record(study=own, user=user, verb="protocol amended", detail=detail)
    return made


def check_amendable(study: Study, entries: Mapping[str, Any]) -> None:
    """Refuse what makes another study, saying why."""
    wrong = sorted(set(entries) - set(AMENDABLE))
    planned = {row["key"]: row["n_readers"] for row in entries.get("groups", ())}
    held = planned_groups(study.rules.groups, planned)
    if "groups" in entries and list(entries["groups"]) != held:
        wrong.append("group names and experience")
    if wrong:
        raise WrongProtocol(refusal(wrong[0]))


def refusal(field: str) -> str:
    """Say why an entry is not amended."""
    why = next((one.why for one in FIXED if field in one.entries), "")
    if why and field not in DATES:
        text = _("{field} is fixed since the study was frozen. {why}")
    else:
        text = _("{field} is no entry of the protocol. {why}")
    return text.format(field=field, why=why).strip()


def replanned(study: Study, planned: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the study's groups, with other numbers of planned readers."""
    groups = study.rules.groups
    known = [group.key for group in groups]
    for key in planned:
        if key not in known:
            text = _("{key!r} is not a group of this study; there are: {known}.")
            raise WrongProtocol(text.format(key=key, known=", ".join(known)))
    return planned_groups(groups, planned)


def amendment_faults(study: Study) -> list[str]:
    """Compare what holds with what was amended, version by version."""
    held: dict[str, Any] = {}
    for one in study.amendments.order_by("number"):
        held |= one.changes
        if one.digest != digest_of({**study.protocol, **held}):
            text = _("version {n} of the protocol is not the one amended")
            return [text.format(n=one.number)]
    if held == study.amended:
        return []
    return [_("the protocol holds what nobody amended")]
