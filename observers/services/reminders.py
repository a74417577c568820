"""E-mails to readers who are late, to nobody else, as often as the protocol says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from observers import policies
from observers.models import Reminder, Study
from observers.selectors.conduct import Conduct, late_readers
from observers.services import audit


def set_due(*, study: Study, actor: Any, due_on: date | None) -> None:
    """Say by when the reading should be done; none asks for no date."""
    policies.check_can_coordinate(actor, study)
    with transaction.atomic():
        own = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        detail = {"due_on": _day(due_on), "before": _day(own.due_on)}
        own.due_on = due_on
        own.save(update_fields=["due_on"])
        audit.record(study=own, user=actor, verb="due date set", detail=detail)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def remind(*, study: Study, actor: Any | None = None, site: str = "") -> list[Reminder]:
    """Write to the late readers of a study who were not written to lately."""
    if actor is not None:
        policies.check_can_coordinate(actor, study)
    return [
        _send(study, row, actor, site or settings.SITE_URL)
        for row in late_readers(study)
        if row.enrolment.user.email and _is_time(study, row)
    ]


def _is_time(study: Study, row: Conduct) -> bool:
    """Whether the days between two reminders are over."""
    apart = timedelta(days=study.rules.reminder_days)
    return row.reminded_at is None or timezone.now() - row.reminded_at >= apart


def _send(study: Study, row: Conduct, actor: Any | None, site: str) -> Reminder:
    """Record one reminder and write the e-mail once it is recorded."""
    enrolment = row.enrolment
    with transaction.atomic():
        made = Reminder.objects.create(enrolment=enrolment, email=enrolment.user.email)
        detail = {"reader": enrolment.pseudonym}
        audit.record(study=study, user=actor, verb="reminder sent", detail=detail)
        transaction.on_commit(lambda: mail(study, row, site))
    return made


def mail(study: Study, row: Conduct, site: str) -> None:
    """Write the e-mail: how much is left, and where to go on."""
    context = {
        "study": study,
        "left": row.progress.total - row.progress.rated,
        "link": site.rstrip("/") + reverse("observers:home"),
    }
    send_mail(
        subject=_("Reading to be done: {title}").format(title=study.title),
        message=render_to_string("observers/email/reminder.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        recipient_list=[row.enrolment.user.email],
    )


def remind_all() -> int:
    """Remind the late readers of every open study: the work of ``tick``."""
    opened = Study.objects.filter(state=Study.State.OPEN, is_simulated=False)
    return sum(
        len(remind(study=study))
        for study in opened.select_related("pool")
        if study.rules.reminder_days
    )
