"""What is known of the room and the screen in which a reader reads; append-only."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from observers.models.reading import Session
from observers.models.study import Enrolment


class RoomVisit(models.Model):
    """A page of the reading room was opened: from then on it holds the session."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="visits")
    room = models.UUIDField(_("room"), help_text=_("Made by the page when it loads."))
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "room"], name="room_once")
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"


class ConditionsCheck(models.Model):
    """What a reader's screen is and what of the test patches could be told apart."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="conditions")
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="conditions"
    )
    device = models.UUIDField(
        _("device"), help_text=_("A random cookie: one check a study and device.")
    )
    screen_width = models.PositiveIntegerField(_("screen width"))
    screen_height = models.PositiveIntegerField(_("screen height"))
    window_width = models.PositiveIntegerField(_("window width"))
    window_height = models.PositiveIntegerField(_("window height"))
    pixel_ratio = models.DecimalField(
        _("device pixels a CSS pixel"), max_digits=6, decimal_places=3
    )
    zoom = models.DecimalField(
        _("browser zoom"),
        max_digits=6,
        decimal_places=3,
        help_text=_("Outer by inner width; 1 when not zoomed."),
    )
    grey_steps = models.PositiveSmallIntegerField(
        _("grey steps told apart"), help_text=_("Of 11.")
    )
    dark_patches = models.PositiveSmallIntegerField(
        _("near-black patches seen"), help_text=_("Of 8.")
    )
    checked_at = models.DateTimeField(_("checked"), auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"conditions {self.pk}"
