"""How a study is read: scale, marks, practice, consent, rounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from observers.models.protocol import KEEP_VIEW, RESET_VIEW, Protocol
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
from observers.models.protocol_texts import (
    CONSENT,
    FIVE_LABELS,
    INSTRUCTIONS,
    SIX_LABELS,
)

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
READING = (
    "marks",
    "view",
    "practice",
    "consent",
    "withdrawal",
    "instructions",
    "conditions_check",
    "rounds",
    "washout_days",
    "debrief",
)


class ReadingForm(forms.Form):
    """The protocol's entries about reading; what is left empty has its default."""

    scale_kind = forms.ChoiceField(
        label=_("Rating scale"), choices=SCALES, required=False
    )
    marks = forms.ChoiceField(
        label=_("Regions that a reader may mark"), choices=MARKS, required=False
    )
    view = forms.ChoiceField(
        label=_("From case to case"), choices=VIEWS, required=False
    )
    practice = forms.IntegerField(
        label=_("Practice cases"),
        min_value=0,
        max_value=50,
        initial=0,
        required=False,
        help_text=_("From clusters reserved for practice; truth is told after each."),
    )
    consent = forms.CharField(
        label=_("Consent"),
        required=False,
        initial=CONSENT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What a reader agrees to first; empty asks for nothing."),
    )
    withdrawal = forms.ChoiceField(
        label=_("Ratings of a reader who withdraws"),
        choices=WITHDRAWALS,
        required=False,
    )
    instructions = forms.CharField(
        label=_("Instructions"),
        required=False,
        initial=INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    conditions_check = forms.BooleanField(
        label=_("Check each reader's screen first"), required=False, initial=True
    )
    rounds = forms.IntegerField(
        label=_("Readings of each set"),
        min_value=1,
        max_value=3,
        initial=1,
        required=False,
    )
    washout_days = forms.IntegerField(
        label=_("Days between two readings of a set"),
        min_value=0,
        max_value=3650,
        initial=0,
        required=False,
    )
    debrief = forms.BooleanField(
        label=_("Show readers their own result after the lock"), required=False
    )

    def reading_document(self) -> dict[str, Any]:
        """Return the protocol's entries about reading that the form decides."""
        data = self.cleaned_data
        found = {n: data[n] for n in READING if data[n] is not None}
        texts = ("consent", "instructions")
        found = {n: v for n, v in found.items() if v != "" or n in texts}
        kind = data["scale_kind"]
        if kind and kind != self.initial.get("scale_kind"):
            found["scale"] = scale_document(kind)
        return found


def scale_document(kind: str) -> dict[str, Any]:
    """Write a scale as the protocol has it."""
    if kind in LABELS:
        return {"kind": ORDINAL, "labels": list(LABELS[kind])}
    return {"kind": kind}


def reading_initial(rules: Protocol) -> dict[str, Any]:
    """Fill the form in with a study's protocol."""
    kind = rules.scale.kind
    if kind == ORDINAL:
        kind = FIVE if len(rules.scale.labels) == len(FIVE_LABELS) else SIX
    return {name: getattr(rules, name) for name in READING} | {"scale_kind": kind}
