"""Forms of the pools' and manipulators' desk; the rules are in the services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forgery.forms.names import NameField
from forgery.imaging import domain
from forgery.models import Pool
from forgery.selectors.folders import import_folders
from forgery.services.reservations import OPT, PRACTICE


def folders() -> list[tuple[str, str]]:
    """List the folders below IMPORT_ROOT as choices."""
    return [("", "-"), *((name, name) for name in import_folders())]


def pairs(text: str) -> dict[str, str]:
    """Read lines of NAME = VALUE."""
    found = {}
    for line in text.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not (name and equals and value):
            raise ValidationError(
                _("Write each line as name = value, not %(line)s."),
                params={"line": line},
            )
        found[name] = value
    return found


def lesions() -> list[tuple[str, str]]:
    """List the lesions of every registered domain by name."""
    known = {one.key: one.name for each in domain.registered() for one in each.lesions}
    return [(key, gettext(name)) for key, name in known.items()]


def only_pool() -> str | None:
    """Name the pool that there is, if there is but one: nobody need choose."""
    names = list(Pool.objects.values_list("name", flat=True)[:2])
    return names[0] if len(names) == 1 else None


class ImportForm(forms.Form):
    """What to import, and how."""

    layout = forms.ChoiceField(
        label=_("Layout"),
        choices=[
            ("odir", _("ODIR: table and images")),
            ("folders", _("a folder per lesion")),
            ("manifest", _("CSV manifest")),
            ("phantom", _("synthetic phantoms")),
        ],
    )
    folder = forms.ChoiceField(
        label=_("Folder"),
        required=False,
        choices=folders,
        help_text=_("Below the server's import folder; empty for phantoms."),
    )
    pool = NameField(
        label=_("Pool"),
        max_length=60,
        help_text=_("Short, such as Seoul clinic 2019; spaces become hyphens."),
    )
    eyes = forms.ChoiceField(
        label=_("Eyes that count"),
        choices=[("right", _("right eyes, as in the paper")), ("any", _("any eye"))],
    )
    names = forms.CharField(
        label=_("Labels"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the source's labels mean, one a line: AMD = glaucoma."),
    )
    draw = forms.CharField(
        label=_("Draw"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Images of a lesion that count, one a line: normal = 114."),
    )
    per_lesion = forms.IntegerField(
        label=_("Phantoms a lesion"), min_value=1, max_value=1000, initial=110
    )
    opt = forms.IntegerField(
        label=_("Clusters a lesion for OPT sets"), min_value=0, initial=OPT
    )
    practice = forms.IntegerField(
        label=_("Clusters a lesion for practice"), min_value=0, initial=PRACTICE
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)
    licence = forms.CharField(label=_("Licence"), max_length=300, required=False)

    def clean_names(self) -> dict[str, str]:
        """Read the labels."""
        return pairs(self.cleaned_data["names"])

    def clean_draw(self) -> dict[str, int]:
        """Read the numbers to draw."""
        found = pairs(self.cleaned_data["draw"])
        if not all(value.isdecimal() for value in found.values()):
            raise ValidationError(_("Write a whole number of images for each lesion."))
        return {lesion: int(n) for lesion, n in found.items()}

    def clean(self) -> dict[str, Any]:
        """Ask for a folder where the layout needs one."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("layout") != "phantom" and not cleaned.get("folder"):
            self.add_error("folder", _("Choose the folder to import."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """Give the import's arguments."""
        given = dict(self.cleaned_data)
        folder = given.pop("folder")
        draw = given.pop("draw") or None
        is_phantom = given["layout"] == "phantom"
        source = None if is_phantom else str(Path(settings.IMPORT_ROOT) / folder)
        return given | {"source": source, "draw": draw}


class ReserveForm(forms.Form):
    """How many clusters to set aside."""

    opt = forms.IntegerField(label=_("OPT clusters"), min_value=0, initial=OPT)
    practice = forms.IntegerField(
        label=_("Practice clusters"), min_value=0, initial=PRACTICE
    )
