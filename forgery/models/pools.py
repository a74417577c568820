"""Pools of photographs, and the patient clusters that every split is made of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Pool(models.Model):
    """Images of one origin, imported once, split by patient cluster."""

    name = models.SlugField(
        _("name"),
        max_length=60,
        unique=True,
        help_text=_("Short name used in commands and addresses."),
    )
    domain = models.CharField(
        _("domain"),
        max_length=40,
        default="fundus",
        help_text=_("Key of the registered domain."),
    )
    source = models.CharField(
        _("source"), max_length=500, help_text=_("Where the images came from.")
    )
    licence = models.CharField(
        _("licence"),
        max_length=300,
        blank=True,
        help_text=_("Under which terms the images may be used."),
    )
    layout = models.CharField(
        _("layout"), max_length=20, help_text=_("odir, folders, manifest or phantom.")
    )
    eyes = models.CharField(
        _("eyes"),
        max_length=10,
        default="right",
        help_text=_("Which eyes may enter: right or any."),
    )
    is_synthetic = models.BooleanField(
        _("synthetic phantom"),
        default=False,
        help_text=_("Procedural phantoms, not photographs."),
    )
    seed = models.PositiveBigIntegerField(
        _("seed"), default=1, help_text=_("Seed of drawing and of reservations.")
    )
    options = models.JSONField(
        _("options"), default=dict, blank=True, help_text=_("Import options, as given.")
    )
    data_hash = models.CharField(
        _("data hash"),
        max_length=64,
        blank=True,
        help_text=_("SHA-256 over the sorted content hashes and labels."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        permissions = [("import_pool", "Can import pools")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Address of the pool's page."""
        return reverse("forgery:pool", args=[self.name])


class PatientCluster(models.Model):
    """All images of one patient with their near-duplicates; the unit of every split."""

    name = models.CharField(
        _("name"),
        max_length=120,
        unique=True,
        help_text=_("Source and patient number, or a content hash."),
    )
    is_split_by_image = models.BooleanField(
        _("split by image"),
        default=False,
        help_text=_("No patient is known: the cluster is a near-duplicate group."),
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FundusImage(models.Model):
    """One verified, re-encoded image with its labels, measures and fate."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="images")
    cluster = models.ForeignKey(PatientCluster, models.PROTECT, related_name="images")
    content_hash = models.CharField(
        _("content hash"), max_length=64, help_text=_("SHA-256 of the stored pixels.")
    )
    file = models.FileField(
        _("file"),
        upload_to="images/",
        max_length=200,
        help_text=_("Lossless square PNG without metadata."),
    )
    source_file = models.CharField(
        _("source file"),
        max_length=300,
        help_text=_("File name as delivered; never shown to a reader."),
    )
    source_sha256 = models.CharField(
        _("SHA-256 as delivered"),
        max_length=64,
        blank=True,
        help_text=_("Digest of the delivered file; empty for a phantom."),
    )
    patient_id = models.CharField(_("patient"), max_length=80, blank=True)
    eye = models.CharField(
        _("eye"),
        max_length=5,
        blank=True,
        help_text=_("right, left or unknown (empty)."),
    )
    lesion = models.CharField(
        _("lesion"),
        max_length=40,
        blank=True,
        db_index=True,
        help_text=_("Key of the first lesion named; empty when there is none."),
    )
    keywords = models.CharField(_("keywords"), max_length=500, blank=True)
    width = models.PositiveIntegerField(_("width as delivered"))
    height = models.PositiveIntegerField(_("height as delivered"))
    measures = models.JSONField(
        _("measures"),
        default=dict,
        help_text=_("Quality measures on the frame as delivered."),
    )
    dhash = models.CharField(_("perceptual hash"), max_length=16, db_index=True)
    thumbnail = models.BinaryField(
        _("low-resolution copy"), help_text=_("Grey 32 x 32 for near-duplicate search.")
    )
    excluded_because = models.CharField(
        _("excluded because"),
        max_length=40,
        blank=True,
        db_index=True,
        help_text=_("Key of the reason; empty when included in Table 1."),
    )
    is_trainable = models.BooleanField(
        _("may train"),
        default=False,
        help_text=_(
            "Good quality and one known lesion, also when Table 1 leaves it out."
        ),
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "source_file"], name="file_once_per_pool"
            ),
        ]
        indexes = [
            models.Index(fields=["pool", "lesion", "excluded_because"]),
            models.Index(fields=["content_hash"]),
        ]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.source_file}"

    @property
    def is_included(self) -> bool:
        """Whether Table 1 counts the image."""
        return not self.excluded_because


class Reservation(models.Model):
    """A cluster's one role. Training, freezing and scoring refuse any other."""

    class Role(models.TextChoices):
        """What a cluster is set aside for."""

        MANIPULATOR_TRAIN = "manipulator-train", _("manipulator training")
        DETECTOR_TRAIN = "detector-train", _("detector training")
        VALIDATION = "validation", _("validation")
        TEST = "test", _("test")
        OPT = "opt", _("OPT sets")
        PRACTICE = "practice", _("practice")
        CROSSFIT = "crossfit", _("cross-fitting")

    cluster = models.OneToOneField(
        PatientCluster, models.PROTECT, related_name="reservation"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    fold = models.PositiveSmallIntegerField(
        _("fold"), null=True, blank=True, help_text=_("Only for cross-fitting.")
    )
    lesion = models.CharField(
        _("lesion"),
        max_length=40,
        help_text=_("The lesion whose quota the cluster fills."),
    )
    seed = models.PositiveBigIntegerField(_("seed"), help_text=_("Seed of the draw."))
    is_pinned = models.BooleanField(
        _("pinned"),
        default=False,
        help_text=_(
            "A frozen study or a trained model relies on it: it cannot change."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["cluster__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="crossfit", fold__isnull=False)
                | (~Q(role="crossfit") & Q(fold__isnull=True)),
                name="fold_only_when_crossfit",
            ),
        ]

    def __str__(self) -> str:
        fold = "" if self.fold is None else f" fold {self.fold}"
        return f"{self.cluster}: {self.role}{fold}"
