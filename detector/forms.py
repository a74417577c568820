"""What a coordinator chooses before training a detector."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from detector.models import DetectorModel
from detector.network import configs
from forgery.models import Pool

DEFAULT_RECIPE = "paper-sparse-cnn"


class TrainForm(forms.Form):
    """Name, pool, preset and seed of a training run."""

    name = forms.SlugField(
        label=_("Name"), max_length=80, help_text=_("Letters, digits and hyphens.")
    )
    pool = forms.ModelChoiceField(Pool.objects.all(), label=_("Pool"))
    preset = forms.ChoiceField(
        label=_("Preset"),
        choices=[(key, key) for key in configs.get(DEFAULT_RECIPE).presets],
        help_text=_("quick for a first look, full for real photographs."),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)

    def clean_name(self) -> str:
        """Refuse a name that is taken."""
        name = str(self.cleaned_data["name"])
        if DetectorModel.objects.filter(name=name).exists():
            raise forms.ValidationError(
                _("A detector of this name exists; choose another name.")
            )
        return name
