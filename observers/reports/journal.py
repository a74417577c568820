"""Figures at the widths that journals print: one column of 85 mm, two of 174 mm.

Each is drawn once as SVG, with text as outlines, and brought to its width by Typst:
the PDF stays vector, the PNG has 600 dots an inch. Only a figure whose smallest text
stays at least 5 points high is offered in one column.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import typst

WIDTHS = {"single": 85.0, "double": 174.0}
"""Millimetres."""
DOTS = 600.0
"""Dots an inch."""
ONE_COLUMN = re.compile(r"roc-.+|experience")
SIZE = re.compile(rb'(<svg\b[^>]*?)\swidth="([0-9.]+)[a-z]*"', re.DOTALL)
HEIGHT = re.compile(rb'(<svg\b[^>]*?)\sheight="([0-9.]+)[a-z]*"', re.DOTALL)
PAGE = """
#set document(date: none)
#set page(width: {width}mm, height: auto, margin: 0pt)
#image("figure.svg", width: 100%)
"""


def all_sizes(figures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give each SVG at each width that suits it, as SVG, PDF and PNG."""
    made: dict[str, bytes] = {}
    for file, svg in figures.items():
        name = file.removesuffix(".svg")
        column = "single" if ONE_COLUMN.fullmatch(name) else "double"
        for suffix, data in _at_width(svg, WIDTHS[column]).items():
            made[f"figures/{column}/{name}.{suffix}"] = data
    return made


def _at_width(svg: bytes, width: float) -> dict[str, bytes]:
    """Bring an SVG to a width in millimetres."""
    sized = resized(svg, width)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "figure.svg").write_bytes(sized)
        page = root / "page.typ"
        page.write_text(PAGE.format(width=width), encoding="utf-8")
        return {
            "svg": sized,
            "pdf": _whole(typst.compile(str(page), root=name, format="pdf")),
            "png": _whole(typst.compile(str(page), root=name, format="png", ppi=DOTS)),
        }


def resized(svg: bytes, width: float) -> bytes:
    """Write a width in millimetres into an SVG, and the height that goes with it."""
    found, tall = SIZE.search(svg), HEIGHT.search(svg)
    if found is None or tall is None:
        msg = "a figure without width and height cannot be brought to a size"
        raise ValueError(msg)
    height = width * float(tall[2]) / float(found[2])
    svg = SIZE.sub(rb'\1 width="%.2fmm"' % width, svg, count=1)
    return HEIGHT.sub(rb'\1 height="%.2fmm"' % height, svg, count=1)


def _whole(compiled: bytes | list[bytes] | None) -> bytes:
    """Return the one page that was compiled."""
    if not isinstance(compiled, bytes):
        msg = f"Typst returned {type(compiled).__name__}, not one page"
        raise TypeError(msg)
    return compiled
