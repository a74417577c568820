"""OPT sets, their cases, and - in a table of its own - truth."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from forgery.models import FundusImage, Manipulation
from observers.models.study import Study


class OptSet(models.Model):
    """The frozen, ordered-by-nobody list of cases of one lesion, or of practice."""

    class Block(models.TextChoices):
        """Practice is told truth afterwards and never reaches the statistics."""

        MAIN = "main", _("main")
        PRACTICE = "practice", _("practice")

    study = models.ForeignKey(Study, models.PROTECT, related_name="sets")
    block = models.CharField(
        _("block"), max_length=8, choices=Block, default=Block.MAIN
    )
    lesion = models.CharField(
        _("lesion"), max_length=40, blank=True, help_text=_("Empty for practice.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), help_text=_("Order of the lesions in tables, not of reading.")
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "lesion"], name="one_set_per_lesion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.lesion or self.block}"

    @property
    def is_practice(self) -> bool:
        """Whether truth is told after each answer."""
        return self.block == self.Block.PRACTICE


class Case(models.Model):
    """One image as readers see it. Its id and file name say nothing of truth."""

    opt_set = models.ForeignKey(OptSet, models.PROTECT, related_name="cases")
    code = models.CharField(
        _("code"),
        max_length=12,
        help_text=_("Random; the case's name in exports after the lock."),
    )
    file = models.FileField(
        _("file"),
        upload_to="cases/",
        max_length=200,
        help_text=_("Rendered once at freezing, the same way for both classes."),
    )
    content_hash = models.CharField(_("content hash"), max_length=64)
    byte_length = models.PositiveIntegerField(_("bytes"))

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="case_code_once")]

    def __str__(self) -> str:
        return self.code


class CaseTruth(models.Model):
    """Whether a case is original or manipulated; never sent to a reader's browser."""

    class Truth(models.TextChoices):
        """Reference state of a case."""

        ORIGINAL = "original", _("original")
        MANIPULATED = "manipulated", _("manipulated")

    case = models.OneToOneField(Case, models.PROTECT, related_name="truth")
    truth = models.CharField(_("truth"), max_length=12, choices=Truth)
    image = models.ForeignKey(
        FundusImage,
        models.PROTECT,
        related_name="+",
        help_text=_("The photograph, or the photograph that was manipulated."),
    )
    manipulation = models.ForeignKey(
        Manipulation, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(truth="manipulated", manipulation__isnull=False)
                | models.Q(truth="original", manipulation__isnull=True),
                name="manipulated_has_manipulation",
            ),
        ]

    def __str__(self) -> str:
        return f"truth of {self.case_id}"
