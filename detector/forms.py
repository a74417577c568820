"""What a coordinator chooses before training a detector or scoring with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detector.models import DetectorModel
from detector.network import configs
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.forms import only_pool
from forgery.forms.names import LaterMixin, NameField
from forgery.forms.training import FoldField, with_presets
from forgery.models import Pool

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PRESETS = {
    "quick": _("quick: for a first look"),
    "full": _("full: for real photographs"),
    "gpu": _("gpu: the forensic detector on a graphics card"),
    "pruned": _("pruned: the sparse CNN with nine weights of ten set to zero"),
    "paper": _("paper: the sparse CNN, trained as long as the paper's"),
}


def recipe_choices() -> list[tuple[str, str]]:
    """Offer the recipes by name, the program's own first."""
    return [(key, gettext(one.name)) for key, one in configs.RECIPES.items()]


def names_of(text: str) -> tuple[str, ...]:
    """Read names, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


class ClustersField(forms.CharField):
    """Names of patient clusters, one a line."""

    def __init__(self, help_text: StrOrPromise) -> None:
        super().__init__(
            label=_("Clusters"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=help_text,
        )


class TrainForm(LaterMixin, forms.Form):
    """Name, pool, recipe, preset, seed, fold and clusters of a training run."""

    later = ("seed", "held_out_fold", "clusters")
    """What few change; folded away on the page."""
    name = NameField(
        label=_("Name"),
        max_length=80,
        help_text=_("Short; spaces become hyphens."),
    )
    pool = forms.ModelChoiceField(
        Pool.objects.all(), label=_("Pool"), to_field_name="name", initial=only_pool
    )
    recipe = forms.ChoiceField(
        label=_("Recipe"),
        choices=recipe_choices,
        widget=with_presets(configs.RECIPES),
    )
    preset = forms.ChoiceField(
        label=_("Preset"),
        choices=[(key, PRESETS[key]) for key in configs.PRESETS],
        initial="full",
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)
    held_out_fold = FoldField(
        _(
            "Of a pool with few patients: three detectors each leave a third of them "
            "out. Empty trains all three."
        )
    )
    clusters = ClustersField(
        _("One name a line: train on exactly these. Empty takes all set aside for it.")
    )

    def order(self) -> DetectorOrder:
        """Give the choices as a training order."""
        chosen = self.cleaned_data
        return DetectorOrder(
            pool=chosen["pool"].name,
            name=chosen["name"],
            recipe=chosen["recipe"],
            preset=chosen["preset"],
            seed=chosen["seed"],
            held_out_fold=chosen["held_out_fold"],
            clusters=names_of(chosen["clusters"]),
        )


class ScoreForm(forms.Form):
    """Pool and clusters that a detector shall score."""

    pool = forms.ModelChoiceField(
        Pool.objects.all(), label=_("Pool"), to_field_name="name"
    )
    clusters = ClustersField(
        _("One name a line. Empty takes the clusters set aside for tests.")
    )

    def order(self, detector: DetectorModel) -> ScoringOrder:
        """Give the choices as a scoring order."""
        chosen = self.cleaned_data
        return ScoringOrder(
            pool=chosen["pool"].name,
            detector=detector.name,
            clusters=names_of(chosen["clusters"]),
        )
