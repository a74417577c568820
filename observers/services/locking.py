"""The lock: after it the ratings are evidence, and results may be shown."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from observers.exceptions import WrongState
from observers.models import DataLock, Study
from observers.selectors import readings
from observers.services import audit, studies
from observers.services.verification import verify_study


def lock_study(*, study: Study, user: Any | None) -> DataLock:
    """Fix the hash of the ratings for good; refuse evidence that does not verify."""
    with transaction.atomic():
        locked = studies.move(study, user, Study.State.LOCKED)
        data_hash = readings.data_hash(locked)
        lock = DataLock.objects.create(study=locked, data_hash=data_hash)
        locked = Study.objects.get(pk=locked.pk)
        verdict = verify_study(study=locked)
        if not verdict.is_sound:
            raise WrongState(
                _("The study cannot be locked: {fault}.").format(
                    fault=verdict.faults[0]
                )
            )
        detail = {"data_hash": data_hash, "ratings": verdict.ratings}
        audit.record(study=locked, user=user, verb="study locked", detail=detail)
    return lock
