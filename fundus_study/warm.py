"""Load at start what the first reader of a process would otherwise wait for.

Views, the tables of addresses, templates with what they are given, catalogues and
formats are built once a process, on first use. Then all that is loaded is set aside
from the garbage collector, and it is told to walk less often: without that, reading a
report of some megabytes sets off a walk over every module and over all of the report,
which takes as long as the page.
"""

from __future__ import annotations

import gc
from pathlib import Path

from django.conf import settings
from django.template import Engine, engines
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils import formats, translation
from django.utils.module_loading import import_string

ONE_OF_EACH = (
    "observers:home",
    "forgery:pools",
    "detector:models",
    "api:docs",
    "login",
)
"""An address of each namespace: the first one asked builds its table."""
NEW_OBJECTS = 10_000
"""Between two walks of the garbage collector; a page makes some thousands."""


def warm() -> None:
    """Load views, addresses, templates, catalogues, formats, and set them aside."""
    get_resolver().url_patterns  # noqa: B018 (views are imported now)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Studies")
            formats.get_format("DATE_FORMAT")
            for name in ONE_OF_EACH:
                reverse(name)
    for name in template_names():
        get_template(name)
    Engine.get_default().template_context_processors  # noqa: B018 (imported now)
    import_string(settings.MESSAGE_STORAGE)
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


def template_names() -> list[str]:
    """Name every page of the program."""
    folders = [Path(one) for engine in engines.all() for one in engine.dirs]
    return [
        str(path.relative_to(folder))
        for folder in folders
        for path in sorted(folder.rglob("*.html"))
    ]
