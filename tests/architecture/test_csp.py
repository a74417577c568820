"""No template needs what the content security policy forbids."""

import re

import pytest
from django.conf import settings

FORBIDDEN = {
    "inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)", re.IGNORECASE
    ),
    "inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event handler": re.compile(r"<[^>{%]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"[\"']javascript:", re.IGNORECASE),
    "foreign resource": re.compile(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//",
        re.IGNORECASE,
    ),
}
FILE_ONLY = {"report.html"}
"""Templates of exported files, which no browser gets from this server."""


def templates(root):
    folders = [root / "templates", *root.glob("*/templates")]
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.html"))
        if path.name not in FILE_ONLY
    ]


def test_templates_hold_nothing_inline(root):
    found = [
        f"{path.relative_to(root)}: {name}"
        for path in templates(root)
        for name, pattern in FORBIDDEN.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]

    assert len(templates(root)) > 5
    assert found == []


def test_scripts_neither_evaluate_text_nor_write_style_attributes(root):
    pattern = re.compile(
        r"\beval\(|new Function\(|setAttribute\(\s*[\"']style|javascript:"
    )
    found = [
        str(path.relative_to(root))
        for path in sorted((root / "static").rglob("*.js"))
        if pattern.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_the_policy_allows_nothing_unsafe():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]

    assert directives["default-src"] == ["'none'"]
    assert not [
        source
        for sources in directives.values()
        for source in sources
        if "unsafe" in source or source in {"*", "https:", "data:"}
    ]


@pytest.mark.django_db
def test_every_answer_carries_the_policies(client):
    response = client.get("/accounts/login/")

    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
