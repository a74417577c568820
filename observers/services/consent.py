"""Consent: given before the first case, withdrawn at any time until the lock."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from observers import policies
from observers.models import Consent, Enrolment
from observers.services import audit


def give_consent(*, enrolment: Enrolment, reader: Any, text: str) -> Enrolment:
    """Store what was agreed to, as it was shown; again is the same as once."""
    with transaction.atomic():
        own = locked(enrolment)
        policies.check_can_consent(reader, own)
        if own.consented_at is not None:
            return own
        own.consented_at = timezone.now()
        own.save(update_fields=["consented_at"])
        store(own, Consent.Act.GIVEN, text)
        audit.record(
            study=own.study,
            user=reader,
            verb="consent given",
            detail={"reader": own.pseudonym, "text": digest(text)},
        )
    return own


def withdraw_consent(*, enrolment: Enrolment, reader: Any, text: str) -> Enrolment:
    """Close the reader's sessions for good; no rating is removed.

    The heads of the chains as they stand go into the audit trail: nothing can be
    added or taken away afterwards without a trace.
    """
    with transaction.atomic():
        own = locked(enrolment)
        policies.check_can_withdraw(reader, own)
        if own.withdrawn_at is not None:
            return own
        sessions = own.sessions.select_for_update().order_by("pk")
        heads = {s.token: [s.length, s.head] for s in sessions}
        own.withdrawn_at = timezone.now()
        own.save(update_fields=["withdrawn_at"])
        store(own, Consent.Act.WITHDRAWN, text)
        audit.record(
            study=own.study,
            user=reader,
            verb="consent withdrawn",
            detail={"reader": own.pseudonym, "heads": heads},
        )
    return own


def store(enrolment: Enrolment, act: Consent.Act, text: str) -> Consent:
    """Append one act with its text."""
    return Consent.objects.create(
        enrolment=enrolment,
        act=act,
        text=text,
        text_hash=digest(text),
        language=get_language() or "",
    )


def digest(text: str) -> str:
    """SHA-256 of the text that was shown."""
    return hashlib.sha256(text.encode()).hexdigest()


def locked(enrolment: Enrolment) -> Enrolment:
    """Return the enrolment under a lock until the transaction ends."""
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("study")
        .get(pk=enrolment.pk)
    )
