"""Long work as a row: Celery carries only its id."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of long work: kind, arguments, state, progress, heartbeat."""

    class State(models.TextChoices):
        """Where a job stands."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    MAX_ATTEMPTS = 3

    kind = models.CharField(
        _("kind"),
        max_length=40,
        help_text=_("Name of the work, as its command is called."),
    )
    arguments = models.JSONField(_("arguments"), default=dict)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        help_text=_("Empty when a command started it."),
    )
    language = models.CharField(
        _("language"),
        max_length=12,
        blank=True,
        help_text=_("Of whoever started it; its messages and its log are in it."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.QUEUED, db_index=True
    )
    done = models.PositiveIntegerField(_("steps done"), default=0)
    total = models.PositiveIntegerField(_("steps in all"), default=0)
    message = models.CharField(_("message"), max_length=500, blank=True)
    heartbeat = models.DateTimeField(_("heartbeat"), null=True, blank=True)
    checkpoint = models.CharField(
        _("checkpoint"),
        max_length=300,
        blank=True,
        help_text=_("Folder below the job folder from which the work resumes."),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(
        _("worker"),
        max_length=200,
        blank=True,
        help_text=_("Host, process and start of the process that claimed the job."),
    )
    is_cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    log = models.TextField(_("log"), blank=True)
    curve = models.JSONField(
        _("loss curve"),
        default=list,
        blank=True,
        help_text=_("Step and loss while it trains, thinned as it grows."),
    )
    result = models.JSONField(_("result"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(attempts__lte=3), name="at_most_three_attempts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    def get_absolute_url(self) -> str:
        """Address of the job's page."""
        return reverse("forgery:job", args=[self.pk])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class Worker(models.Model):
    """A worker that has shown itself: pages say so when none does."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    queues = models.JSONField(_("queues"), default=list)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
