"""Trained detectors and their scores."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forgery.models import FundusImage, Manipulation, Manipulator, PatientCluster, Pool


class DetectorModel(models.Model):
    """A trained detector: weights, threshold, temperature, and what it has seen."""

    name = models.SlugField(
        _("name"),
        max_length=80,
        help_text=_("Cross-fitted models of one detector share their name."),
    )
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="detectors")
    recipe = models.CharField(_("recipe"), max_length=40)
    preset = models.CharField(_("preset"), max_length=20)
    config = models.JSONField(_("configuration"), default=dict)
    seed = models.PositiveBigIntegerField(_("seed"))
    held_out_fold = models.PositiveSmallIntegerField(
        _("held-out fold"),
        null=True,
        blank=True,
        help_text=_("Cross-fitting: the fold that training never saw."),
    )
    file = models.FileField(_("bundle"), upload_to="detectors/", max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    threshold = models.FloatField(
        _("threshold"), help_text=_("On the logit, from validation only.")
    )
    temperature = models.FloatField(
        _("temperature"), help_text=_("From validation only.")
    )
    clusters = models.ManyToManyField(
        PatientCluster,
        related_name="detectors",
        help_text=_("Every cluster that training or validation saw."),
    )
    manipulators = models.ManyToManyField(
        Manipulator,
        related_name="detectors",
        help_text=_("Whose manipulated images it was trained on."),
    )
    data_hash = models.CharField(_("data hash"), max_length=64)
    code_version = models.CharField(_("code version"), max_length=80)
    metrics = models.JSONField(_("metrics"), default=dict)
    loss_curve = models.JSONField(_("loss curve"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "held_out_fold"]
        permissions = [("train_detector", "Can train detectors")]
        constraints = [
            models.UniqueConstraint(
                "name",
                Coalesce("held_out_fold", -1),
                name="one_detector_per_name_and_fold",
            ),
        ]

    def __str__(self) -> str:
        return (
            self.name
            if self.held_out_fold is None
            else f"{self.name} (fold {self.held_out_fold})"
        )

    def get_absolute_url(self) -> str:
        """Address of the detector's page."""
        return reverse("detector:model", args=[self.pk])


class DetectorScore(models.Model):
    """One detector's score of one image as it was shown or tested."""

    class View(models.TextChoices):
        """Which processing the scored pixels went through."""

        READER = "reader", _("reader profile, as shown to readers")
        MATCHED = "matched", _("matched processing of both classes")
        UNMATCHED = "unmatched", _("unmatched: contains the filter shortcut")

    detector = models.ForeignKey(DetectorModel, models.CASCADE, related_name="scores")
    image = models.ForeignKey(
        FundusImage, models.PROTECT, related_name="detector_scores"
    )
    manipulation = models.ForeignKey(
        Manipulation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="detector_scores",
        help_text=_("Empty for an original."),
    )
    view = models.CharField(_("view"), max_length=12, choices=View)
    content_hash = models.CharField(
        _("content hash"), max_length=64, help_text=_("SHA-256 of the pixels scored.")
    )
    score = models.FloatField(
        _("score"), help_text=_("Logit; higher means manipulated.")
    )
    probability = models.FloatField(
        _("probability"), help_text=_("Calibrated on validation.")
    )
    detail = models.FloatField(
        _("fine detail"),
        help_text=_("The one-feature baseline: log of the mean absolute Laplacian."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "detector",
                "image",
                Coalesce("manipulation", 0),
                "view",
                "content_hash",
                name="one_score_per_pixels",
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1),
                name="probability_in_unit_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector_id}: {self.score:.3f}"
