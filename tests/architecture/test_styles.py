"""Styles: every class that a style sheet names is used by a page or a script."""

import re

import pytest

CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
MADE_BY_DJANGO = {"errorlist", "breadcrumbs"}
MADE_FROM_WORDS = {"scale-slider", "scale-binary"}  # scale-{{ kind }}
LONGEST = 300  # lines


@pytest.fixture(scope="module")
def sheets(root):
    return sorted((root / "static").rglob("*.css"))


def classes(text: str) -> set[str]:
    """Return the classes of the selectors."""
    rules = re.findall(r"([^{}]+)\{", COMMENT.sub("", text))
    return {name for rule in rules for name in CLASS.findall(rule)}


def test_no_class_is_styled_that_nobody_has(root, sheets):
    folders = ("templates", "static", "observers", "forgery", "detector")
    used = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.suffix in {".html", ".js", ".py", ".svg"}
    )
    named = {name for sheet in sheets for name in classes(sheet.read_text("utf-8"))}
    unused = {
        name
        for name in named
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", used)
    }

    assert unused - MADE_BY_DJANGO - MADE_FROM_WORDS == set()


def test_no_sheet_is_too_long(sheets):
    long = [s.name for s in sheets if len(s.read_text("utf-8").splitlines()) > LONGEST]

    assert long == []
