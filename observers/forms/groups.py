"""The groups of readers that a protocol plans, row by row."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from observers.models.protocol import PAPER_GROUPS, Protocol


class GroupForm(forms.Form):
    """One group of readers; an empty name leaves it out."""

    name = forms.CharField(label=_("Group"), max_length=100, required=False)
    n_readers = forms.IntegerField(
        label=_("Readers planned"), min_value=0, max_value=500, initial=0
    )
    min_years = forms.FloatField(
        label=_("Least years of experience"), min_value=0, max_value=80, initial=0
    )
    key = forms.SlugField(widget=forms.HiddenInput, required=False)

    def entry(self) -> dict[str, Any] | None:
        """Return the group as the protocol has it."""
        data = self.cleaned_data
        if not data.get("name"):
            return None
        return {
            "key": data.get("key") or slugify(data["name"])[:40] or "group",
            "name": data["name"],
            "n_readers": data["n_readers"],
            "min_years": data["min_years"],
        }


GroupFormSet = forms.formset_factory(GroupForm, extra=1, max_num=8)


def group_rows(protocol: Protocol | None = None) -> list[dict[str, Any]]:
    """Fill in the rows of the groups: the protocol's, else the paper's."""
    groups = protocol.groups if protocol else PAPER_GROUPS
    return [
        {
            "key": group.key,
            "name": group.name,
            "n_readers": group.n_readers,
            "min_years": group.min_years,
        }
        for group in groups
    ]
