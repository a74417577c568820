"""What no import could use is refused before anything is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.models import Pool
from forgery.services import layouts

EYES = ("right", "any")
TAKEN_NAMES = frozenset({"import", "images", "manipulators", "manipulations"})
TAKEN_NAMES |= {"jobs", "upload"}
"""Words of addresses, which no pool can be called."""


def check(given: Mapping[str, Any]) -> None:
    """Refuse arguments that no import could use."""
    layout, source = given["layout"], given["source"]
    if layout not in layouts.LAYOUTS:
        raise WrongInput(
            _("No layout {layout!r}; use {known}.").format(
                layout=layout, known=", ".join(layouts.LAYOUTS)
            )
        )
    if given["eyes"] not in EYES:
        raise WrongInput(
            _("No eyes {eyes!r}; use right or any.").format(eyes=given["eyes"])
        )
    is_there = given["uploads"] or (source and Path(source).exists())
    if layout != "phantom" and not is_there:
        raise WrongInput(
            _("There is no {source}; name the folder to import.").format(source=source)
        )
    if not 1 <= int(given["per_lesion"]) <= 99_999:
        raise WrongInput(_("per-lesion must be 1 to 99,999 phantoms."))
    _check_lesions(given)
    _check_pool(given)


def _check_lesions(given: Mapping[str, Any]) -> None:
    try:
        known = domains.get(given["domain"]).lesion_keys
    except KeyError as error:
        raise WrongInput(str(error.args[0])) from None
    named = {*given["names"].values(), *given["draw"]}
    if unknown := sorted(named - set(known)):
        raise WrongInput(
            _("No lesion {lesion!r}; use {known}.").format(
                lesion=unknown[0], known=", ".join(known)
            )
        )
    if any(int(n) < 0 for n in given["draw"].values()):
        raise WrongInput(_("draw must be 0 or more images a lesion."))


def _check_pool(given: Mapping[str, Any]) -> None:
    name = given["pool"]
    if name in TAKEN_NAMES or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise WrongInput(
            _(
                "{name!r} cannot be a pool's name: use small letters, digits and "
                "hyphens."
            ).format(name=name)
        )
    pool = Pool.objects.filter(name=given["pool"]).first()
    if pool is None:
        return
    if pool.layout != given["layout"]:
        raise WrongInput(
            _(
                "Pool {pool} was imported with layout {layout}; choose another "
                "name for this one."
            ).format(pool=pool.name, layout=pool.layout)
        )
    if given["seed"] not in (None, pool.seed):
        raise WrongInput(
            _(
                "Pool {pool} was imported with seed {seed}; leave the seed out or "
                "choose another name."
            ).format(pool=pool.name, seed=pool.seed)
        )
