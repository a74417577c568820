"""How a study is read: the choices of scale, marks, views, and their words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from observers.models.protocol import KEEP_VIEW, RESET_VIEW, Protocol
from observers.models.protocol_checks import MAX_REMINDER
from observers.models.protocol_parts import (
    BINARY,
    BOTH,
    ELLIPSE,
    KEEP,
    LEAVE_OUT,
    NO_MARKS,
    ORDINAL,
    POINT,
    SLIDER,
)
from observers.models.protocol_texts import FIVE_LABELS, SIX_LABELS

FIVE, SIX = "ordinal-5", "ordinal-6"
SCALES = (
    (SLIDER, _("slider from 0 to 100")),
    (FIVE, _("five levels")),
    (SIX, _("six levels, without a middle")),
    (BINARY, _("a decision, and how confident it is")),
)
LABELS = {FIVE: FIVE_LABELS, SIX: SIX_LABELS}
MARKS = (
    (NO_MARKS, _("none")),
    (POINT, _("points")),
    (ELLIPSE, _("ellipses")),
    (BOTH, _("points and ellipses")),
)
VIEWS = ((RESET_VIEW, _("fit each case anew")), (KEEP_VIEW, _("keep the zoom")))
WITHDRAWALS = (
    (LEAVE_OUT, _("are left out of the analysis")),
    (KEEP, _("stay in the analysis")),
)


def scale_document(kind: str) -> dict[str, Any]:
    """Write a scale as the protocol has it."""
    if kind in LABELS:
        return {"kind": ORDINAL, "labels": list(LABELS[kind])}
    return {"kind": kind}


def scale_kind(rules: Protocol) -> str:
    """Name the scale of a protocol as the form does."""
    kind = rules.scale.kind
    if kind != ORDINAL:
        return kind
    return FIVE if len(rules.scale.labels) == len(FIVE_LABELS) else SIX


def reminder_field() -> forms.IntegerField:
    """Make the field of the days between reminders, before freezing and after."""
    return forms.IntegerField(
        label=_("Days between two reminders to a late reader"),
        min_value=0,
        max_value=MAX_REMINDER,
        help_text=_("0 sends none by itself; you may always remind by hand."),
    )
