"""Do what is due: what Celery's beat does by itself, for a server without it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from forgery.services import logins, uploads
from forgery.services.jobs import requeue_stale
from observers.services.reminders import remind_all


class Command(BaseCommand):
    """Send stale jobs again, remind late readers, let old uploads and logins go."""

    help = (
        "Do what is due: queue jobs of dead workers again, write to readers who are "
        "late, remove uploads that nothing needs and logins that ran out. Run it from "
        "cron where no Celery beat runs."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it and say how much it was."""
        jobs, mails, gone = len(requeue_stale()), remind_all(), uploads.tidy()
        ended = logins.forget_expired()
        self.stdout.write(
            f"{jobs} jobs queued again, {mails} reminders sent, {gone} uploads and "
            f"{ended} logins removed"
        )
