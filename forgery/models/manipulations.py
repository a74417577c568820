"""Manipulators (trained recipes), the images they made, and how good those are."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forgery.models.pools import FundusImage, PatientCluster, Pool


class Manipulator(models.Model):
    """A recipe with its checkpoint, and the clusters it has seen."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="manipulators")
    lesion = models.CharField(_("lesion"), max_length=40)
    target = models.CharField(
        _("target lesion"),
        max_length=40,
        blank=True,
        help_text=_("What its images shall show; empty: as drawn, or the same lesion."),
    )
    recipe = models.CharField(_("recipe"), max_length=40)
    preset = models.CharField(_("preset"), max_length=20)
    config = models.JSONField(_("configuration"), default=dict)
    profile = models.JSONField(_("preprocessing profile"), default=dict)
    seed = models.PositiveBigIntegerField(_("seed"))
    held_out_fold = models.PositiveSmallIntegerField(
        _("held-out fold"),
        null=True,
        blank=True,
        help_text=_("Cross-fitting: the fold that training never saw."),
    )
    file = models.FileField(
        _("checkpoint"),
        upload_to="manipulators/",
        max_length=200,
        blank=True,
        help_text=_("None for recipes that need no training."),
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    clusters = models.ManyToManyField(
        PatientCluster,
        related_name="manipulators",
        help_text=_("Every cluster that training saw."),
    )
    data_hash = models.CharField(_("data hash"), max_length=64)
    code_version = models.CharField(_("code version"), max_length=80)
    metrics = models.JSONField(_("metrics"), default=dict)
    loss_curve = models.JSONField(
        _("loss curve"), default=list, help_text=_("Pairs of step and loss.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        permissions = [("train_manipulator", "Can train manipulators")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Address of the manipulator's page."""
        return reverse("forgery:manipulator", args=[self.name])


class Manipulation(models.Model):
    """One manipulated image, at working size before any reader profile."""

    manipulator = models.ForeignKey(
        Manipulator, models.PROTECT, related_name="manipulations"
    )
    source = models.ForeignKey(
        FundusImage, models.PROTECT, related_name="manipulations"
    )
    seed = models.PositiveBigIntegerField(_("seed"))
    file = models.FileField(
        _("file"),
        upload_to="manipulations/",
        max_length=200,
        help_text=_("Before the final blur; lossless."),
    )
    content_hash = models.CharField(_("content hash"), max_length=64)
    target = models.CharField(
        _("target lesion"),
        max_length=40,
        blank=True,
        help_text=_("The lesion that the image shall show."),
    )
    mask = models.FileField(
        _("mask"),
        upload_to="manipulations/",
        max_length=200,
        blank=True,
        help_text=_("White where pixels were manipulated; the change map, cut."),
    )
    parameters = models.JSONField(
        _("parameters"), default=dict, help_text=_("What the recipe drew.")
    )
    laundering = models.JSONField(
        _("laundering"),
        default=list,
        blank=True,
        help_text=_("Steps after the last blur; its original goes through them too."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["manipulator", "source"],
                name="one_manipulation_per_manipulator_and_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manipulator_id} of {self.source_id}"

    @property
    def family(self) -> str:
        """Name of the recipe that made it."""
        return self.manipulator.recipe


class QualityScore(models.Model):
    """How close a manipulator's images are to their originals (paper, Table 2)."""

    manipulator = models.OneToOneField(
        Manipulator, models.CASCADE, related_name="quality"
    )
    metrics = models.JSONField(
        _("metrics"),
        help_text=_(
            "rmse, ssim, fid, kid against the raw and the equally processed "
            "original, with n and floors."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now=True)

    def __str__(self) -> str:
        return f"quality of {self.manipulator_id}"
