"""Forms of training and manipulating: one manipulator, or all that a pool lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forgery.forms import lesions, only_pool
from forgery.forms.names import LaterMixin, NameField
from forgery.imaging import recipes
from forgery.models import Pool, Reservation
from forgery.selectors.names import recipe_name
from forgery.services.manipulation_plan import ROLES
from forgery.services.reservations import FOLDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EVERY = [("", _("all roles that it was not trained on"))]
PRESETS = {
    "quick": _("quick: a minute or less on a plain computer, for a first look"),
    "full": _("full: a few minutes on a plain computer, for real photographs"),
    "paper": _("paper: as long as the paper's, an hour or more"),
    "large": _("large: for a graphics card"),
}


class FoldField(forms.IntegerField):
    """The third of cross-fitted patients that a training leaves out; empty for each."""

    def __init__(self, help_text: StrOrPromise) -> None:
        super().__init__(
            label=_("Third left out (fold 0, 1 or 2)"),
            required=False,
            min_value=0,
            max_value=FOLDS - 1,
            help_text=help_text,
        )


def recipe_choices() -> list[tuple[str, str]]:
    """Offer the recipes by name, saying which need no training."""
    ready = gettext("{recipe} (no training needed)")
    return [
        (
            key,
            recipe_name(one.key)
            if one.is_trained
            else ready.format(recipe=recipe_name(one.key)),
        )
        for key, one in recipes.RECIPES.items()
    ]


def with_presets(known: Mapping[str, Any]) -> forms.Select:
    """Make a choice of recipes that tells the page which presets each has."""
    presets = {key: list(one.presets) for key, one in known.items()}
    return forms.Select(attrs={"data-presets": json.dumps(presets)})


class PrepareForm(forms.Form):
    """How everything that a pool lacks is to be made."""

    recipe = forms.ChoiceField(
        label=_("Manipulator"),
        choices=recipe_choices,
        widget=with_presets(recipes.RECIPES),
    )
    preset = forms.ChoiceField(
        label=_("Training"),
        choices=[(key, PRESETS[key]) for key in recipes.PRESETS],
        initial="full",
    )


class TrainForm(LaterMixin, forms.Form):
    """Pool, lesion and settings of a manipulator."""

    later = ("seed", "held_out_fold", "clusters", "name")
    """What few change; folded away on the page."""

    pool = forms.ModelChoiceField(
        Pool.objects.all(), label=_("Pool"), to_field_name="name", initial=only_pool
    )
    lesion = forms.ChoiceField(
        label=_("Lesion"), choices=lesions, help_text=_("It learns from these alone.")
    )
    recipe = forms.ChoiceField(
        label=_("Recipe"),
        choices=recipe_choices,
        widget=with_presets(recipes.RECIPES),
    )
    preset = forms.ChoiceField(
        label=_("Preset"),
        choices=[(key, PRESETS[key]) for key in recipes.PRESETS],
        initial="full",
    )
    target = forms.ChoiceField(
        label=_("Target lesion"),
        required=False,
        choices=lambda: [("", "-"), *lesions()],
        help_text=_(
            "What forgeries shall show, where the recipe turns one into another."
        ),
    )
    manipulate = forms.BooleanField(
        label=_("Manipulate the images as soon as it is trained"),
        required=False,
        initial=True,
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)
    held_out_fold = FoldField(
        _(
            "Of a lesion with few patients: three manipulators each leave a third of "
            "them out. Empty trains all three."
        )
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
