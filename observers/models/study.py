"""A study: its protocol, its groups, its people."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forgery.models import Pool
from observers.models.protocol import Protocol


class Study(models.Model):
    """One observer performance test with its protocol document."""

    class State(models.TextChoices):
        """draft -> frozen -> open -> closed -> locked."""

        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("frozen")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        LOCKED = "locked", _("locked")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="studies")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT
    )
    protocol = models.JSONField(
        _("protocol"),
        default=dict,
        help_text=_(
            "See observers.models.protocol.Protocol: every rule of the study as data."
        ),
    )
    protocol_hash = models.CharField(
        _("protocol hash"),
        max_length=64,
        blank=True,
        help_text=_("SHA-256 of the canonical protocol, fixed at freezing."),
    )
    amended = models.JSONField(
        _("amended"),
        default=dict,
        blank=True,
        help_text=_("Entries that amendments changed; the frozen document stays."),
    )
    is_simulated = models.BooleanField(
        _("simulated readers"),
        default=False,
        help_text=_("Every page, figure and file then says so."),
    )
    due_on = models.DateField(
        _("to be read by"),
        null=True,
        blank=True,
        help_text=_("Readers who fall behind it are reminded."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "studies"
        permissions = [("create_study", "Can create studies")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft") | ~models.Q(protocol_hash=""),
                name="frozen_study_has_protocol_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Address of the study's desk page."""
        return reverse("observers:study", args=[self.name])

    @property
    def version(self) -> int:
        """The version of the protocol that holds: 1 as frozen, one more each time."""
        return self.amendments.count() + 1

    @property
    def rules(self) -> Protocol:
        """The protocol that holds, as an object; read once while it is the same."""
        document = {**self.protocol, **self.amended}
        kept = READ.get(self.pk)
        if kept is None or kept[0] != document:
            kept = (deepcopy(document), Protocol.from_dict(document))
            if self.pk is not None:
                if len(READ) >= KEPT:
                    READ.clear()
                READ[self.pk] = kept
        return kept[1]


READ: dict[int, tuple[Any, Protocol]] = {}
"""The documents that this process has read last: a study's key, document, object."""
KEPT = 256


class ReaderGroup(models.Model):
    """Ophthalmologists, general doctors ..."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="groups")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "key"], name="group_key_once_per_study"
            )
        ]

    def __str__(self) -> str:
        return self.name


class StudyRole(models.Model):
    """Who coordinates or analyses a study (readers are enrolments)."""

    class Role(models.TextChoices):
        """What the person may do in this study."""

        COORDINATOR = "coordinator", _("coordinator")
        ANALYST = "analyst", _("analyst")

    study = models.ForeignKey(Study, models.CASCADE, related_name="roles")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="study_roles"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "user", "role"], name="role_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class Enrolment(models.Model):
    """A reader of a study, known outside it by a pseudonym."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="enrolments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments"
    )
    group = models.ForeignKey(ReaderGroup, models.PROTECT, related_name="enrolments")
    pseudonym = models.CharField(
        _("pseudonym"),
        max_length=20,
        help_text=_("The only name in figures and exports."),
    )
    years = models.DecimalField(
        _("years of experience"), max_digits=4, decimal_places=1
    )
    position = models.PositiveSmallIntegerField(_("row of the Latin square"))
    is_simulated = models.BooleanField(
        _("simulated"),
        default=False,
        help_text=_("A program reads; real and simulated readers never mix."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    consented_at = models.DateTimeField(_("consented"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrew"), null=True, blank=True)
    excluded_at = models.DateTimeField(
        _("excluded"),
        null=True,
        blank=True,
        help_text=_("Reads no more and is left out of the analysis; nothing is lost."),
    )
    excluded_because = models.CharField(
        _("excluded because"), max_length=500, blank=True
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        help_text=_("Whose group and order of sets this reader took over."),
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "user"], name="reader_once_per_study"
            ),
            models.UniqueConstraint(
                fields=["study", "pseudonym"], name="pseudonym_once_per_study"
            ),
            models.UniqueConstraint(
                fields=["study", "position"], name="latin_row_once_per_study"
            ),
            models.CheckConstraint(
                condition=models.Q(years__gte=0, years__lte=80), name="plausible_years"
            ),
            models.CheckConstraint(
                condition=models.Q(excluded_at=None, excluded_because="")
                | models.Q(excluded_at__isnull=False, excluded_because__gt=""),
                name="excluded_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym
