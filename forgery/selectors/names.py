"""How pages name what data files keep by a key: reasons of exclusion, recipes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from forgery.imaging import recipes
from forgery.selectors.pools import REASONS


def reason_name(key: str) -> str:
    """Name a reason of exclusion in a few words; an unknown one stays as it is."""
    return _(key.replace("-", " ")) if key in REASONS else key


def reason_sentence(key: str) -> str:
    """Say a reason of exclusion in a sentence."""
    return _(REASONS[key]) if key in REASONS else key


def reason_names() -> dict[str, str]:
    """Name every reason, in order of precedence."""
    return {key: reason_name(key) for key in REASONS}


def recipe_name(key: str) -> str:
    """Name the recipe of a manipulator; that of an older program stays as it is."""
    known = recipes.RECIPES.get(key)
    return key if known is None else _(known.name)
