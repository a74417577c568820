"""Change what a frozen protocol says to readers, for a reason that is kept.

The frozen document, its hash and its seal stay as they are. What readers are told and
agree to, the washout and the debriefing may be amended until the study is closed.
Cases, orders, scale, question and the analysis plan may not: they make another study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import WrongProtocol
from observers.models import Amendment, Study
from observers.models.protocol import Protocol
from observers.models.protocol_fields import digest_of
from observers.services import audit

AMENDABLE = ("instructions", "consent", "washout_days", "conditions_check", "debrief")
LEAST_REASON = 8


def amend(
    *, study: Study, user: Any, reason: str, entries: Mapping[str, Any]
) -> Amendment:
    """Let other entries hold from now on; the reason and both versions are kept."""
    reason = reason.strip()
    if len(reason) < LEAST_REASON:
        raise WrongProtocol(_("Say in a sentence why the protocol is amended."))
    if wrong := sorted(set(entries) - set(AMENDABLE)):
        raise WrongProtocol(
            _("{field} is fixed since the study was frozen.").format(field=wrong[0])
        )
    with transaction.atomic():
        own = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
        policies.check_can_amend(user, own)
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
            number=own.amendments.count() + 2,
            reason=reason[:1000],
            changes=changes,
            digest=digest_of(document),
            user=user,
        )
        detail = {"version": made.number, "digest": made.digest, "reason": made.reason}
        audit.record(study=own, user=user, verb="protocol amended", detail=detail)
    return made


def amendment_faults(study: Study) -> list[str]:
    """Compare what holds with what was amended, version by version."""
    held: dict[str, Any] = {}
    for one in study.amendments.order_by("number"):
        held |= one.changes
        if one.digest != digest_of({**study.protocol, **held}):
            return [f"version {one.number} of the protocol is not the one amended"]
    return [] if held == study.amended else ["the protocol holds what nobody amended"]
