"""A check of images as a PDF."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pylopdf_fonts_ko
import typst
from django.utils.translation import gettext as _

from observers.reports.check_words import caveat, sentence

TEMPLATE = Path(__file__).with_name("check.typ")
FONTS = Path(pylopdf_fonts_ko.__file__).parent


def render_check(result: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """Print the check: each image beside its heat map, with its sentence."""
    rows = [{**row, "sentence": sentence(row)} for row in result["images"]]
    words = {
        "title": _("Check of images by a detector"),
        "detector": _("Detector: {name}").format(name=result["detector"]),
        "caveat": caveat(),
    }
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for file, data in pictures.items():
            (root / file).write_bytes(data)
        (root / "check.json").write_text(json.dumps({"rows": rows, "words": words}))
        (root / "check.typ").write_bytes(TEMPLATE.read_bytes())
        compiled = typst.compile(
            str(root / "check.typ"), root=name, font_paths=[str(FONTS)]
        )
    if not isinstance(compiled, bytes):
        msg = f"Typst returned {type(compiled).__name__}, not one PDF"
        raise TypeError(msg)
    return compiled
