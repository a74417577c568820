"""A field for short names, which become part of addresses and files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _


class NameField(forms.SlugField):
    """A short name; one with spaces or capitals is made into one."""

    def to_python(self, value: Any) -> str:
        """Make a short name of any text."""
        text = super().to_python(value)
        made = slugify(text)
        if text and not made:
            raise ValidationError(
                _("Write the name in Latin letters or digits: addresses hold it.")
            )
        return made
