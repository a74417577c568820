"""A reader made for an audit, who leaves nothing behind.

The probe is enrolled, gets plans like every other reader and reads them, all in one
transaction that is rolled back: append-only tables refuse to forget, a transaction
that never was does not ask them. Other readers' rows are never touched, so on
PostgreSQL nobody waits; SQLite has one writer, so there the readers wait.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from observers.models import ConditionsCheck, Enrolment, Session, Study
from observers.services import plans

NAME = "blinding-audit"
DEVICE = UUID(int=0)


@contextmanager
def reading(study: Study) -> Iterator[list[Session]]:
    """Give the sessions of a reader who exists within this block only."""
    with transaction.atomic():
        Study.objects.filter(pk=study.pk).update(state=Study.State.OPEN)
        enrolment = enrol(Study.objects.get(pk=study.pk))
        sets = study.sets.prefetch_related("cases")
        first_to_last = sorted(sets, key=lambda one: not one.is_practice)
        for position, opt_set in enumerate(first_to_last):
            plans.make_session(study, enrolment, opt_set, position=position)
        yield list(
            Session.objects.filter(enrolment=enrolment)
            .select_related("enrolment__user", "enrolment__study", "opt_set")
            .order_by("position")
        )
        transaction.set_rollback(True)


def close(study: Study) -> None:
    """Close the study for the probe."""
    Study.objects.filter(pk=study.pk).update(state=Study.State.CLOSED)


def enrol(study: Study) -> Enrolment:
    """Enrol the probe behind the readers whom the study has."""
    name = f"{NAME}-{secrets.token_hex(4)}"
    last = study.enrolments.aggregate(last=Max("position"))["last"]
    group = study.groups.first()
    if group is None:
        msg = f"study {study.name} has no group of readers"
        raise ValueError(msg)
    enrolment = Enrolment.objects.create(
        study=study,
        user=get_user_model().objects.create_user(name),
        group=group,
        pseudonym=name[-20:],
        years=0,
        position=1 + (last or 0),
        consented_at=timezone.now(),
    )
    ConditionsCheck.objects.create(
        enrolment=enrolment,
        device=DEVICE,
        screen_width=1920,
        screen_height=1080,
        window_width=1440,
        window_height=900,
        pixel_ratio=1,
        zoom=1,
        grey_steps=11,
        dark_patches=8,
    )
    return enrolment
