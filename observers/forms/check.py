"""Which images a detector shall check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from detector.selectors import detector_names
from detector.services.shipped import NAME
from forgery.forms.uploads import ManyFilesField


class CheckForm(forms.Form):
    """Images, and the detector that looks at them."""

    photographs = ManyFilesField(
        label=_("Photographs"),
        help_text=_("One zip archive, or several photographs: JPEG, PNG, TIFF or BMP."),
    )
    detector = forms.ChoiceField(label=_("Detector"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys([*detector_names(), NAME])
        field = self.fields["detector"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, name) for name in names]
