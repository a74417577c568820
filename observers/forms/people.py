"""Forms of the readers' page: many invitations, a date, leaving, handing over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from observers.forms import InvitationForm
from observers.models import Study

MAX_BYTES = 2**20
LEAST_REASON = 8


class ManyReadersForm(forms.Form):
    """A list of readers, pasted or as a CSV."""

    rows = forms.CharField(
        label=_("One reader a line: e-mail, group, years of experience"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("Pasted from a spreadsheet is fine; a header line is skipped."),
    )
    table = forms.FileField(label=_("Or a CSV file"), required=False)

    def clean_table(self) -> UploadedFile[Any] | None:
        """Refuse what cannot be a list of readers."""
        file: UploadedFile[Any] | None = self.cleaned_data["table"]
        if file is not None and (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MiB."))
        return file

    def text(self) -> str:
        """Return the rows, the file's after the pasted ones."""
        file = self.cleaned_data["table"]
        more = "" if file is None else file.read().decode("utf-8-sig", "replace")
        return "\n".join(part for part in (self.cleaned_data["rows"], more) if part)


class DueForm(forms.Form):
    """By when the reading should be done."""

    due_on = forms.DateField(
        label=_("To be read by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ExcludeForm(forms.Form):
    """Why a reader is excluded."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=LEAST_REASON,
        max_length=500,
        help_text=_("A sentence; it stands in the audit trail and in the report."),
    )


class ReplaceForm(InvitationForm):
    """Who takes a place over; the group is the place's."""

    reason = forms.CharField(
        label=_("Why the reader before is excluded"),
        min_length=LEAST_REASON,
        max_length=500,
        help_text=_("A sentence; it stands in the audit trail and in the report."),
    )

    instead_of = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, study: Study, needs_reason: bool, **kwargs: Any):
        super().__init__(*args, study=study, **kwargs)
        del self.fields["group"]
        if not needs_reason:
            del self.fields["reason"]
