"""How pages name a detector's recipe."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from detector.network import configs

register = template.Library()


@register.filter
def detector_recipe(key: str) -> str:
    """Name the recipe of a detector; that of an older program stays as it is."""
    known = configs.RECIPES.get(key)
    return key if known is None else _(known.name)


@register.filter
def measured(value: float, name: str = "") -> str:
    """Write a figure of a training: counts and seconds whole, the rest to 3 places."""
    is_whole = name == "seconds" or name.startswith("n_")
    return f"{value:.{0 if is_whole else 3}f}".replace("-", "\N{MINUS SIGN}")
