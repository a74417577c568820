"""Forms of what is sent from a page: photographs with their labels, mended rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from forgery.forms import pairs
from forgery.forms.names import LaterMixin, NameField
from forgery.services.reservations import OPT, PRACTICE


class ManyFilesInput(forms.ClearableFileInput):
    """A field into which several files may be dropped."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; each is checked as one would be."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Clean each file that was sent."""
        given = data if isinstance(data, list | tuple) else [data]
        sent: Iterable[Any] = [file for file in given if file]
        if not sent and self.required:
            super().clean(None, initial)
        one = super().clean
        return [one(file, initial) for file in sent]


class UploadForm(LaterMixin, forms.Form):
    """Photographs from this computer, and what is known about them."""

    later = ("names", "opt", "practice", "seed")

    photographs = ManyFilesField(
        label=_("Photographs"),
        help_text=_(
            "One zip archive, or several photographs: JPEG, PNG, TIFF or BMP. An "
            "archive may hold a folder for each lesion, or a labels CSV."
        ),
    )
    table = forms.FileField(
        label=_("Labels CSV"),
        required=False,
        help_text=_(
            "With the columns file and lesion, and patient_id and eye where known. "
            "Not needed where the archive holds one."
        ),
    )
    pool = NameField(
        label=_("Name of the pool"),
        max_length=60,
        help_text=_("Short, such as Seoul clinic 2019; spaces become hyphens."),
    )
    provenance = forms.CharField(
        label=_("Where the photographs come from"),
        max_length=500,
        help_text=_("Hospital or data set, camera, years. Shown beside the images."),
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=300,
        help_text=_("The terms under which they may be used, or the ethics approval."),
    )
    eyes = forms.ChoiceField(
        label=_("Eyes that count"),
        choices=[
            ("any", _("any eye")),
            ("right", _("right eyes, as in the paper: the table must name them")),
        ],
    )
    names = forms.CharField(
        label=_("What the labels mean"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Where the table has its own, one a line: AMD = macular-degeneration. "
            "Labels that nobody knows can be named after the import, too."
        ),
    )
    opt = forms.IntegerField(
        label=_("Patients of a lesion kept for readers"),
        min_value=0,
        initial=OPT,
        help_text=_(
            "A set takes 45 + 5 patients unless a study says otherwise. With few "
            "patients the same ones serve for reading and, in turns, for training."
        ),
    )
    practice = forms.IntegerField(
        label=_("Patients of a lesion kept for practice"), min_value=0, initial=PRACTICE
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        initial=1,
        help_text=_("Draws who is kept for what; the same seed, the same draw."),
    )

    def clean_names(self) -> dict[str, str]:
        """Read the labels."""
        return pairs(self.cleaned_data["names"])

    def arguments(self) -> dict[str, Any]:
        """Give the import's arguments, without the files."""
        kept = ("photographs", "table")
        return {k: v for k, v in self.cleaned_data.items() if k not in kept}


class MendForm(forms.Form):
    """What is sent with mended rows."""

    photographs = ManyFilesField(label=_("Photographs to add"), required=False)
    table = forms.FileField(label=_("Mended table (CSV)"), required=False)
