"""The lock of a study's data, and the reports made from it."""

from __future__ import annotations

from django.conf import settings
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


class AnalysisRun(models.Model):
    """One analysis of a locked study: its settings and all its numbers, for good."""

    class Kind(models.TextChoices):
        """What a run's numbers may be called."""

        PREREGISTERED = "pre-registered", _("pre-registered")
        SENSITIVITY = "sensitivity", _("sensitivity analysis")
        EXPLORATORY = "exploratory", _("exploratory")

    study = models.ForeignKey(Study, models.PROTECT, related_name="runs")
    kind = models.CharField(
        _("kind"),
        max_length=14,
        choices=Kind,
        help_text=_("Pre-registered where every setting is the frozen protocol's."),
    )
    options = models.JSONField(
        _("options"),
        help_text=_(
            "Detector, hypothesis, margin, level, covariance, readers left out."
        ),
    )
    result = models.JSONField(_("result"))
    result_hash = models.CharField(
        _("hash of the result"),
        max_length=64,
        help_text=_("SHA-256 of the result as canonical JSON."),
    )
    data_hash = models.CharField(
        _("data hash"), max_length=64, help_text=_("That of the lock.")
    )
    code_version = models.CharField(_("code version"), max_length=80)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}"

    @property
    def has_late_detector(self) -> bool:
        """Whether it compares a detector that the protocol did not name."""
        return bool(self.options["detector"] and not self.study.rules.analysis.detector)


class Report(models.Model):
    """One comparison made from a locked study."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="reports")
    run = models.ForeignKey(
        AnalysisRun, models.PROTECT, null=True, related_name="reports"
    )
    detector = models.CharField(_("detector"), max_length=80, blank=True)
    result = models.JSONField(
        _("result"), help_text=_("The same numbers as result.json.")
    )
    view = models.JSONField(
        _("view"),
        default=dict,
        help_text=_("What the analysis pages draw: curves, histograms and cases."),
    )
    code_version = models.CharField(_("code version"), max_length=80)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"report {self.pk}"
