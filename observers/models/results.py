"""The lock of a study's data, and the reports made from it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from observers.models.study import Study


class DataLock(models.Model):
    """The study's ratings as they were when it was locked; never undone."""

    study = models.OneToOneField(Study, models.PROTECT, related_name="lock")
    data_hash = models.CharField(
        _("data hash"), max_length=64, help_text=_("SHA-256 of the tidy ratings table.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    def __str__(self) -> str:
        return self.data_hash[:12]


class Report(models.Model):
    """One comparison made from a locked study."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="reports")
    detector = models.CharField(_("detector"), max_length=80, blank=True)
    result = models.JSONField(
        _("result"), help_text=_("The same numbers as result.json.")
    )
    code_version = models.CharField(_("code version"), max_length=80)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"report {self.pk}"
