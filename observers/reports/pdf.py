"""The report as PDF, by Typst: vector figures, a Korean font, no system library."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pylopdf_fonts_ko
import typst
from django.utils.translation import get_language

from observers.reports.study_tables import study_tables

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = Path(pylopdf_fonts_ko.__file__).parent


def render_pdf(
    result: dict[str, Any], words: dict[str, str], figures: dict[str, bytes]
) -> bytes:
    """Compile the report; ``figures`` maps file names such as ``roc.svg`` to bytes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "report.typ").write_bytes(TEMPLATE.read_bytes())
        (root / "result.json").write_text(json.dumps(result))
        (root / "tables.json").write_text(json.dumps(study_tables(result)))
        (root / "words.json").write_text(json.dumps(words))
        (root / "figures").mkdir()
        for file, data in figures.items():
            (root / "figures" / file).write_bytes(data)
        compiled = typst.compile(
            str(root / "report.typ"),
            root=str(root),
            font_paths=[str(FONTS)],
            sys_inputs={"language": get_language() or "en"},
        )
    if not isinstance(compiled, bytes):
        msg = f"Typst returned {type(compiled).__name__}, not one PDF"
        raise TypeError(msg)
    return compiled
