"""Sessions, the materialised reading plan, and the append-only evidence."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from observers.models.sets import Case, OptSet
from observers.models.study import Enrolment


class Session(models.Model):
    """One reader's reading of one OPT set, with its seed and place in the order."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="sessions")
    opt_set = models.ForeignKey(OptSet, models.PROTECT, related_name="sessions")
    position = models.PositiveSmallIntegerField(
        _("position"), help_text=_("From the Latin square; practice comes first.")
    )
    round = models.PositiveSmallIntegerField(
        _("round"), default=1, help_text=_("Which reading of the set this is.")
    )
    seed = models.PositiveBigIntegerField(_("seed"))
    algorithm = models.CharField(
        _("ordering algorithm"),
        max_length=40,
        help_text=_("Name and version of the pure function that made the order."),
    )
    token = models.CharField(
        _("token"),
        max_length=32,
        unique=True,
        help_text=_("Random; the session's name in addresses."),
    )
    length = models.PositiveIntegerField(
        _("chain length"), default=0, help_text=_("Number of ratings in the chain.")
    )
    head = models.CharField(
        _("chain head"),
        max_length=64,
        blank=True,
        help_text=_("Hash of the last rating of the chain."),
    )
    head_signature = models.CharField(
        _("signature of the head"),
        max_length=64,
        blank=True,
        help_text=_("HMAC with a key that is not in the database."),
    )
    reopened = models.ForeignKey(
        "observers.PlanItem",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The case whose rating is taken back and waits for its next one."),
    )
    holder = models.UUIDField(
        _("holder"),
        null=True,
        blank=True,
        help_text=_("The open page that may rate: the newest takes the session over."),
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "opt_set", "round"],
                name="one_session_per_reader_set_and_round",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "position"], name="session_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class PlanItem(models.Model):
    """One case at one place of one session; made at freezing, never re-shuffled."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    token = models.CharField(
        _("token"),
        max_length=32,
        unique=True,
        help_text=_("Random; all that a browser learns of the case."),
    )

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "position"], name="position_once_per_session"
            ),
            models.UniqueConstraint(
                fields=["session", "case"], name="case_once_per_session"
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Presentation(models.Model):
    """The server gave out an image, or a case again: an append-only event."""

    class Kind(models.TextChoices):
        """What was given out."""

        IMAGE = "image", _("image")
        UNDO = "undo", _("taken back")
        REVIEW = "review", _("reviewed")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.IMAGE)
    item = models.ForeignKey(PlanItem, models.PROTECT, related_name="presentations")
    issued_at = models.DateTimeField(_("issued"), auto_now_add=True)

    def __str__(self) -> str:
        return f"presentation {self.pk}"


class Rating(models.Model):
    """One version of one rating; append-only, chained, never updated or deleted."""

    item = models.ForeignKey(PlanItem, models.PROTECT, related_name="ratings")
    version = models.PositiveSmallIntegerField(_("version"))
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("0 to 100: confidence that the case is manipulated."),
    )
    cannot_rate = models.CharField(_("cannot rate because"), max_length=200, blank=True)
    answer = models.JSONField(
        _("answer"),
        default=dict,
        blank=True,
        help_text=_("As it was given: slider value, level, or decision."),
    )
    marks = models.JSONField(
        _("marks"),
        default=list,
        blank=True,
        help_text=_("Suspected regions in pixels of the image that was shown."),
    )
    elapsed_ms = models.PositiveIntegerField(
        _("milliseconds from first paint to decision"),
        help_text=_("From the browser's monotonic clock, without pauses."),
    )
    paint_ms = models.PositiveIntegerField(
        _("milliseconds from request to first paint"), default=0
    )
    active_ms = models.PositiveIntegerField(_("active milliseconds"), default=0)
    hidden_ms = models.PositiveIntegerField(
        _("milliseconds with the page hidden"), default=0
    )
    idle_ms = models.PositiveIntegerField(
        _("milliseconds without any input"), default=0
    )
    paused_ms = models.PositiveIntegerField(_("paused milliseconds"), default=0)
    waited_ms = models.PositiveIntegerField(
        _("milliseconds between decision and sending"), default=0
    )
    served_ms = models.PositiveIntegerField(
        _("milliseconds from issue to receipt"),
        null=True,
        blank=True,
        help_text=_("By the server's clock, from the signed presentation."),
    )
    flags = models.JSONField(
        _("flags"),
        default=list,
        blank=True,
        help_text=_("What in the times does not fit; see services.timing."),
    )
    idempotency_key = models.UUIDField(_("idempotency key"))
    received_at = models.DateTimeField(_("received"))
    sequence = models.PositiveIntegerField(
        _("sequence"), help_text=_("Place in the session's hash chain, from 1.")
    )
    chain = models.PositiveSmallIntegerField(
        _("chain format"),
        default=2,
        help_text=_("Which content the hash covers; 1 had no answer, marks or spans."),
    )
    previous_hash = models.CharField(_("previous hash"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64)
    session = models.ForeignKey(Session, models.PROTECT, related_name="ratings")

    class Meta:
        ordering = ["session", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "version"], name="rating_version_once"
            ),
            models.UniqueConstraint(
                fields=["session", "idempotency_key"], name="rating_idempotent"
            ),
            models.UniqueConstraint(
                fields=["session", "sequence"], name="rating_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
                name="score_between_0_and_100",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, cannot_rate__gt="")
                | Q(score__isnull=False, cannot_rate=""),
                name="score_null_iff_cannot_rate",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="version_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"
