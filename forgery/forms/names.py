"""Parts of forms: short names for addresses and files, fields folded away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _


class LaterMixin:
    """A form some fields of which are folded away on its page."""

    later: tuple[str, ...] = ()
    """Names of the fields that few change."""

    def has_later_error(self) -> bool:
        """Say whether what is folded away must be seen."""
        errors: Mapping[str, Any] = self.errors  # type: ignore[attr-defined]
        return any(name in errors for name in self.later)


class NameField(forms.SlugField):
    """A short name; one with spaces or capitals is made into one."""

    def to_python(self, value: Any) -> str:
        """Make a short name of any text."""
        text = super().to_python(value) or ""
        made = slugify(text)
        if text and not made:
            raise ValidationError(
                _("Write the name in Latin letters or digits: addresses hold it.")
            )
        return made
