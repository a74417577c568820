"""What was changed in a protocol after it was frozen, and why; append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from observers.models.study import Study


class Amendment(models.Model):
    """One amendment: the frozen protocol is version 1, the first amendment 2."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField(_("version"))
    reason = models.CharField(_("reason"), max_length=1000)
    changes = models.JSONField(
        _("changes"), help_text=_("Entries of the protocol that hold from now on.")
    )
    digest = models.CharField(
        _("digest"), max_length=64, help_text=_("SHA-256 of the whole document then.")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "number"], name="amendment_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.study_id}"
