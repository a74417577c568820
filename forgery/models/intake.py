"""What came in: files that somebody sent, and the rows that could not be taken."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forgery.models.jobs import Job
from forgery.models.pools import Pool


class Upload(models.Model):
    """Files that somebody sent from a page; kept until nothing is left to mend."""

    token = models.UUIDField(_("token"), default=uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads"
    )
    archive = models.CharField(
        _("archive"),
        max_length=200,
        blank=True,
        help_text=_("Zip archive in storage; empty when single files were sent."),
    )
    table = models.CharField(
        _("table"),
        max_length=200,
        blank=True,
        help_text=_("Labels CSV in storage; empty when there is none beside."),
    )
    files = models.JSONField(
        _("files"), default=dict, help_text=_("Name as sent to name in storage.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    removed_at = models.DateTimeField(
        _("removed"), null=True, blank=True, help_text=_("When its files went away.")
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.token)


class ImportProblem(models.Model):
    """One row or file that an import could not take, and why."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="problems")
    job = models.ForeignKey(
        Job,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="problems",
        help_text=_("The import that met it: says where the files lie."),
    )
    row = models.PositiveIntegerField(_("row"), null=True, blank=True)
    file = models.CharField(_("file"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        default="unreadable",
        help_text=_("Key of the sentences that say the field and what to do."),
    )
    value = models.CharField(
        _("value"), max_length=300, blank=True, help_text=_("What stood there.")
    )
    cells = models.JSONField(
        _("cells"), default=dict, blank=True, help_text=_("The row as it was read.")
    )

    class Meta:
        ordering = ["row", "file", "id"]
        constraints = [
            models.UniqueConstraint(
                "pool", Coalesce("row", 0), "file", "reason", name="problem_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"

    def get_absolute_url(self) -> str:
        """Address of the table of problems."""
        return reverse("forgery:problems", args=[self.pool.name])
