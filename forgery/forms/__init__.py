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
from forgery.imaging import domain, recipes
from forgery.models import Pool, Reservation
from forgery.selectors.folders import import_folders
from forgery.selectors.names import recipe_name
from forgery.services.manipulation_plan import ROLES
from forgery.services.reservations import FOLDS, OPT, PRACTICE

EVERY = [("", _("all roles that it was not trained on"))]


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


class TrainForm(forms.Form):
    """Pool, lesion and settings of a manipulator."""

    pool = forms.ModelChoiceField(
        Pool.objects.all(), label=_("Pool"), to_field_name="name"
    )
    lesion = forms.ChoiceField(
        label=_("Lesion"), choices=lesions, help_text=_("It learns from these alone.")
    )
    recipe = forms.ChoiceField(
        label=_("Recipe"),
        choices=lambda: [(key, recipe_name(key)) for key in recipes.RECIPES],
    )
    preset = forms.ChoiceField(
        label=_("Preset"),
        choices=[(key, key) for key in recipes.PRESETS],
        initial="full",
        help_text=_("quick for a first look, full for real photographs."),
    )
    target = forms.ChoiceField(
        label=_("Target lesion"),
        required=False,
        choices=lambda: [("", "-"), *lesions()],
        help_text=_(
            "What forgeries shall show, where the recipe turns one into another."
        ),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)
    held_out_fold = forms.IntegerField(
        label=_("Held-out fold"),
        required=False,
        min_value=0,
        max_value=FOLDS - 1,
        help_text=_("Only where the lesion is cross-fitted."),
    )
    clusters = forms.CharField(
        label=_("Clusters"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Train on these alone, one name a line; empty takes all."),
    )
    name = NameField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("Empty: pool, lesion, recipe and preset."),
    )

    def arguments(self) -> dict[str, Any]:
        """Give the training's arguments."""
        names = self.cleaned_data["clusters"].splitlines()
        return self.cleaned_data | {
            "pool": self.cleaned_data["pool"].name,
            "clusters": [name.strip() for name in names if name.strip()],
        }


class RoleForm(forms.Form):
    """Which clusters' images to manipulate."""

    role = forms.ChoiceField(
        label=_("Clusters"),
        required=False,
        choices=[
            *EVERY,
            *(
                (role, label)
                for role, label in Reservation.Role.choices
                if role in ROLES
            ),
            (
                Reservation.Role.MANIPULATOR_TRAIN,
                Reservation.Role.MANIPULATOR_TRAIN.label,
            ),
        ],
    )


class ReserveForm(forms.Form):
    """How many clusters to set aside."""

    opt = forms.IntegerField(label=_("OPT clusters"), min_value=0, initial=OPT)
    practice = forms.IntegerField(
        label=_("Practice clusters"), min_value=0, initial=PRACTICE
    )
