"""How a study begins, and how its protocol is amended once it is frozen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forgery.forms import only_pool
from forgery.models import Pool
from observers.forms.reading import reminder_field
from observers.forms.words import ToldForm
from observers.models import Study
from observers.models.protocol import Protocol
from observers.models.protocol_checks import MAX_READERS
from observers.models.protocol_parts import planned_groups


class AmendForm(ToldForm):
    """What may still be amended after freezing, and why it is."""

    entries = (
        "instructions",
        "consent",
        "contact",
        "washout_days",
        "conditions_check",
        "reminder_days",
        "debrief",
    )
    washout_days = forms.IntegerField(
        label=_("Days between two readings of a set"), min_value=0, max_value=3650
    )
    conditions_check = forms.BooleanField(
        label=_("Check each reader's screen first"), required=False
    )
    reminder_days = reminder_field()
    begun_from = forms.IntegerField(widget=forms.HiddenInput(attrs={"data-keep": ""}))
    """The version that the form was filled from: a draft kept by the browser, too."""
    reason = forms.CharField(
        label=_("Reason of the amendment"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the version, and shown on the protocol's page."),
    )

    def offer(self) -> None:
        """Say what a new consent means; ask how many readers are planned."""
        self.fields["consent"].help_text = _(
            "Who has agreed already has agreed to the earlier text."
        )
        self.initial["begun_from"] = self.study.version
        for group in self.study.rules.groups:
            self.fields[f"planned-{group.key}"] = forms.IntegerField(
                label=_("Readers planned: {group}").format(group=gettext(group.name)),
                min_value=0,
                max_value=MAX_READERS,
                initial=group.n_readers,
            )
        planned = [name for name in self.fields if name.startswith("planned-")]
        self.order_fields([*self.entries, *planned, "reason"])

    def document(self) -> dict[str, Any]:
        """Return the entries, with the groups as they are planned now."""
        groups = self.study.rules.groups
        planned = {g.key: self.cleaned_data[f"planned-{g.key}"] for g in groups}
        return super().document() | {"groups": planned_groups(groups, planned)}

    def carried_on(self, before: Protocol) -> AmendForm:
        """Fill the form anew after another amendment: what was written stays.

        What was left as it stood before follows the other amendment, or amending once
        more would take that back.
        """
        now, was = _fields_of(self.study.rules), _fields_of(before)
        written = {
            name: now[name] if self.cleaned_data[name] == was[name] else value
            for name, value in self.cleaned_data.items()
            if name in now
        }
        ticked = {name: value for name, value in written.items() if value is not False}
        kept = {
            "reason": self.cleaned_data["reason"],
            "begun_from": self.study.version,
        }
        form = AmendForm(ticked | kept, study=self.study)
        form.full_clean()
        return form


def _fields_of(rules: Protocol) -> dict[str, Any]:
    """Give what the form's fields hold of a protocol."""
    planned = {f"planned-{group.key}": group.n_readers for group in rules.groups}
    return {name: getattr(rules, name) for name in AmendForm.entries} | planned


class NewStudyForm(forms.Form):
    """Title and pool: all that a draft needs to begin with."""

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("As readers and reports show it.")
    )
    pool = forms.ModelChoiceField(
        label=_("Pool"),
        queryset=Pool.objects.all(),
        to_field_name="name",
        initial=only_pool,
        help_text=_("Cases are drawn from its patients kept for readers."),
    )
    name = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        required=False,
        help_text=_("For addresses and files, never changed; empty: from the title."),
    )

    def clean(self) -> dict[str, Any]:
        """Make a name of the title where none is given; refuse one that is taken."""
        cleaned = super().clean() or self.cleaned_data
        wanted = cleaned.get("name") or ""
        name = free_name(wanted.lower() or cleaned.get("title", ""))
        if wanted and (slugify(wanted.lower()) != wanted.lower()):
            self.add_error("name", _("Use letters, digits and hyphens."))
        elif wanted and name != wanted.lower():
            self.add_error("name", _("There is a study of this name already."))
        cleaned["name"] = name
        return cleaned


def free_name(title: str) -> str:
    """Make a name for addresses that no study has yet."""
    base = slugify(title)[:50] or "study"
    taken = set(Study.objects.filter(name__startswith=base).values_list("name"))
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    return next(n for n in names if (n,) not in taken and n != "new")
