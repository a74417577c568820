"""What readers are told and agree to, before freezing and after."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from observers.forms.reading import WITHDRAWALS
from observers.forms.steps import StepForm


class ToldForm(StepForm):
    """What readers are told and agree to, before freezing and after."""

    instructions = forms.CharField(
        label=_("Instructions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    consent = forms.CharField(
        label=_("Consent"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What a reader agrees to first; empty asks for nothing."),
    )
    contact = forms.CharField(
        label=_("Whom readers ask"),
        max_length=300,
        required=False,
        help_text=_("A name with telephone or e-mail, for every message to them."),
    )
    debrief = forms.BooleanField(
        label=_("Show readers their own result after the lock"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Take a text that differs by a browser's line ends alone as unchanged."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("instructions", "consent"):
            held = str(self.initial[name])
            if cleaned.get(name, "").splitlines() == held.splitlines():
                cleaned[name] = held
        return cleaned


class WordsForm(ToldForm):
    """What readers are told, and what withdrawing means."""

    entries = ("instructions", "consent", "contact", "withdrawal", "debrief")
    field_order = entries
    withdrawal = forms.ChoiceField(
        label=_("Ratings of a reader who withdraws"), choices=WITHDRAWALS
    )
