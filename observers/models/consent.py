"""Consent: the very text that was agreed to, and when; append-only."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from observers.models.study import Enrolment


class Consent(models.Model):
    """A reader agreed, or withdrew."""

    class Act(models.TextChoices):
        """What the reader did."""

        GIVEN = "given", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="consents")
    act = models.CharField(_("act"), max_length=9, choices=Act)
    text = models.TextField(_("text"), help_text=_("As it was shown."))
    text_hash = models.CharField(_("hash of the text"), max_length=64)
    language = models.CharField(_("language"), max_length=10)
    given_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"consent {self.pk}"
