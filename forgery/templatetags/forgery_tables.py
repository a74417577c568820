"""How pages say reasons, roles and kinds, and look a cell up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from forgery.models import Job, Reservation
from forgery.selectors import job_words, names

register = template.Library()
register.filter(names.reason_name)
register.filter(names.reason_sentence)
register.filter(names.recipe_name)
UNTOLD = frozenset({"rows", "mended", "uploads", "domain", "columns"})
"""Arguments of jobs that tell a person nothing."""
NONE = "\u2013"
"""A dash where there is nothing to say."""


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """Look a key up; nothing where it is missing."""
    return mapping.get(key)


@register.filter
def role_name(key: str) -> str:
    """Say a role in words; no role is a dash."""
    if key not in Reservation.Role.values:
        return NONE
    return str(Reservation.Role(key).label)


@register.filter
def lesion_name(key: str) -> str:
    """Say a lesion's key by its name."""
    return job_words.lesion_name(key) if key else ""


@register.filter
def bare(path: str) -> str:
    """Leave the folder, or the pool of a cluster, out of a name."""
    return path.rpartition("/")[2]


@register.filter
def unlocalized(value: float) -> str:
    """Write a number as SVG and fields need it, whatever the language."""
    return f"{value:.6g}"


@register.filter
def kind_name(kind: str) -> str:
    """Say a job's kind in words."""
    return _(kind.rpartition(".")[2].replace("_", " ").capitalize())


@register.filter
def job_title(job: Job) -> str:
    """Say what a job does to what."""
    return job_words.job_title(job)


@register.filter
def asked_for(job: Job) -> list[tuple[str, str]]:
    """Say what a job was asked for: name and value of what was given at all."""
    is_phantom = job.arguments.get("layout") == "phantom"
    return [
        (job_words.word_of(key), job_words.value_of(key, value) or plain(value))
        for key, value in job.arguments.items()
        if key not in UNTOLD
        and (is_phantom or key != "per_lesion")
        and value is not False
        and value not in (None, "", [], {})
    ]


@register.filter
def in_words(key: str) -> str:
    """Say the name of an argument or a figure in words."""
    return job_words.word_of(key)


@register.filter
def plain(value: Any) -> str:
    """Write a value of a job's arguments or result without brackets."""
    if value in (None, "", [], {}):
        return NONE
    if isinstance(value, Mapping):
        return ", ".join(
            f"{job_words.word_of(str(key))} = {plain(one)}"
            for key, one in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@register.filter
def figure(value: Any) -> str:
    """Write a figure of a run with four digits that count; a dash for none."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) if value not in (None, "") else NONE


@register.filter
def drawn(value: object) -> str:
    """Write what a recipe drew: numbers by name, or a number."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return str(value)
