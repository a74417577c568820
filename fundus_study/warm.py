"""Load at start what the first reader of a process would otherwise wait for.

Views, the tables of addresses, templates and catalogues are built once a process, on
first use. Then all that is loaded is set aside from the garbage collector: without
that, reading a report of some megabytes sets off a walk over every module, which
takes longer than the page.
"""

from __future__ import annotations

import gc
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils import translation

ONE_OF_EACH = (
    "observers:home",
    "forgery:pools",
    "detector:models",
    "api:docs",
    "login",
)
"""An address of each namespace: the first one asked builds its table."""


def warm() -> None:
    """Load views, addresses, templates and catalogues, and set them aside."""
    get_resolver().url_patterns  # noqa: B018 (views are imported now)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Studies")
            for name in ONE_OF_EACH:
                reverse(name)
    for name in template_names():
        get_template(name)
    gc.collect()
    gc.freeze()


def template_names() -> list[str]:
    """Name every page of the program."""
    folders = [Path(one) for engine in engines.all() for one in engine.dirs]
    return [
        str(path.relative_to(folder))
        for folder in folders
        for path in sorted(folder.rglob("*.html"))
    ]
