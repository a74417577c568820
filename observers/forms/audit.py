"""Which events of an audit trail are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _


class TrailForm(forms.Form):
    """Who, what, and between which days."""

    user = forms.ChoiceField(label=_("Who"), required=False)
    verb = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(
        self, *args: Any, users: Iterable[str], verbs: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        everyone = ("", translate("all"))
        choices = {
            "user": [everyone, *((name, name) for name in users)],
            "verb": [everyone, *((verb, translate(verb)) for verb in verbs)],
        }
        for name, options in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = options
