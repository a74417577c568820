"""E-mails to readers: invitations (single use, expiring) and reminders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from observers.models.study import Enrolment


class Invitation(models.Model):
    """One link that was sent to one reader, with the group and years enrolled."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    token_hash = models.CharField(
        _("hash of the token"),
        max_length=64,
        unique=True,
        help_text=_("SHA-256; the token itself is in the e-mail alone."),
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the link still lets somebody in."""
        return self.used_at is None and self.expires_at > timezone.now()


class Reminder(models.Model):
    """An e-mail to a reader who was late."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="reminders")
    email = models.EmailField(_("e-mail"))
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"reminder {self.pk}"
