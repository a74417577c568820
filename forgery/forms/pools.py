"""Forms of a pool's pages: quality bounds, origin."""

from __future__ import annotations

from dataclasses import fields

from django import forms
from django.utils.translation import gettext_lazy as _

from forgery.imaging.selection import Thresholds


class BoundsForm(forms.Form):
    """A bound for each measure."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in fields(Thresholds):
            self.fields[field.name] = forms.FloatField(min_value=0)


class OriginForm(forms.Form):
    """Where images come from, and under which terms."""

    source = forms.CharField(label=_("Source"), max_length=500)
    licence = forms.CharField(label=_("Licence"), max_length=300)
