"""The Korean catalogues are whole, and compiled from what is committed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from detector.network import configs
from forgery.imaging import domain, recipes
from forgery.selectors import REASONS
from fundus_study.texts import (
    ANALYSIS_TEXTS,
    AUDIT_TEXTS,
    DOMAIN_TEXTS,
    PROTOCOL_TEXTS,
    READING_TEXTS,
    REASON_TEXTS,
    RECIPE_SENTENCES,
    RECIPE_TEXTS,
)
from observers.analysis.comparison_result import DEFINITIONS
from observers.models import protocol_texts
from observers.models.protocol import Protocol
from observers.selectors.blinding import AUDITED

PACKAGES = ("fundus_study", "forgery", "detector", "observers")
PLACEHOLDER = re.compile(
    r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*(?:![rs])?(?::[a-z0-9.,+]*)?\}"
)
SCANNED = (*PACKAGES, "templates", "static", "manage.py", "pyproject.toml")


def catalogues(root: Path) -> list[Path]:
    return sorted(root.glob("*/locale/ko/LC_MESSAGES/*.po"))


def test_every_package_has_a_korean_catalogue(root):
    assert {path.relative_to(root).parts[0] for path in catalogues(root)} >= {
        package for package in PACKAGES if (root / package / "locale").is_dir()
    } | {"fundus_study"}


def test_no_message_is_empty_or_fuzzy(root):
    open_messages = [
        f"{path.relative_to(root)}: {entry.msgid!r}"
        for path in catalogues(root)
        for entry in polib.pofile(str(path))
        if not entry.obsolete and not (entry.translated() and not entry.fuzzy)
    ]

    assert open_messages == []


def test_translations_keep_the_placeholders(root):
    wrong = []
    for path in catalogues(root):
        for entry in polib.pofile(str(path)):
            texts = [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values()
            wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            if any(set(PLACEHOLDER.findall(text)) != wanted for text in texts):
                wrong.append(f"{path.relative_to(root)}: {entry.msgid!r}")

    assert wrong == []


def test_korean_has_one_word_for_an_image_and_its_particles_fit(root):
    """As ophthalmologists write: the picture taken is 사진, an image is 영상."""
    other = re.compile("이미지|화상|영상(?:가|를|는|와|로)(?![가-힣])")

    wrong = [
        f"{path.relative_to(root)}: {text}"
        for path in catalogues(root)
        for entry in polib.pofile(str(path))
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if other.search(text)
    ]

    assert wrong == []


def test_the_compiled_catalogues_are_those_of_the_text(root):
    stale = []
    for path in catalogues(root):
        compiled = path.with_suffix(".mo")
        if not compiled.exists():
            stale.append(f"{compiled.relative_to(root)} is missing")
            continue
        text = {e.msgid: e.msgstr or e.msgstr_plural for e in polib.pofile(str(path))}
        binary = {
            e.msgid: e.msgstr or e.msgstr_plural for e in polib.mofile(str(compiled))
        }
        if text != binary:
            stale.append(f"{compiled.relative_to(root)}: run make messages")

    assert stale == []


def test_the_catalogues_hold_every_string_of_pages_and_code(root, tmp_path):
    if shutil.which("xgettext") is None:
        reason = "no xgettext on this machine: apt install gettext"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    for name in SCANNED:
        source = root / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.mo")
            shutil.copytree(source, tmp_path / name, ignore=ignore)
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    command = ["makemessages", "-l", "ko", "--no-location", "--no-obsolete", "-v", "0"]

    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=tmp_path,
        env=os.environ | {"FUNDUS_VAR": str(tmp_path / ".var")},
        check=True,
    )

    missing = []
    for path in catalogues(tmp_path):
        wanted = {entry.msgid for entry in polib.pofile(str(path)) if entry.msgid}
        here = root / path.relative_to(tmp_path)
        held = {entry.msgid for entry in polib.pofile(str(here))}
        missing += [f"{here.relative_to(root)}: {text!r}" for text in wanted - held]
    assert sorted(missing) == []


def test_the_texts_of_the_domain_are_named_for_translation():
    fundus = domain.FUNDUS
    texts = {fundus.name, fundus.image_noun, fundus.question}
    texts |= {lesion.name for lesion in fundus.lesions}

    assert texts == set(DOMAIN_TEXTS)


def test_why_images_are_left_out_is_named_for_translation():
    names = {key.replace("-", " ") for key in REASONS}

    assert {*names, *REASONS.values(), "None of these"} == set(REASON_TEXTS)


def test_the_names_of_recipes_are_named_for_translation():
    made = (*recipes.RECIPES.values(), *configs.RECIPES.values())

    assert {recipe.name for recipe in made} == set(RECIPE_TEXTS)
    assert {recipe.text for recipe in made} == set(RECIPE_SENTENCES)


def test_the_texts_of_the_protocol_are_named_for_translation():
    rules = Protocol(lesions=("normal",))
    scale = (rules.scale.low, rules.scale.middle, rules.scale.high)
    texts = {*(group.name for group in rules.groups), *scale, *rules.cannot_rate}

    assert texts == set(PROTOCOL_TEXTS)
    assert rules.question in DOMAIN_TEXTS


def test_the_texts_of_a_new_study_are_named_for_translation():
    texts = {protocol_texts.CONSENT, protocol_texts.INSTRUCTIONS}
    texts |= {*protocol_texts.FIVE_LABELS, *protocol_texts.SIX_LABELS}

    assert texts == set(READING_TEXTS)


def test_the_verbs_of_the_audit_trail_are_named_for_translation(root):
    code = "".join(path.read_text() for path in (root / "observers").rglob("*.py"))

    assert set(re.findall(r'verb="([^"]+)"', code)) | {AUDITED} == set(AUDIT_TEXTS)


def test_each_definition_of_the_analysis_can_be_said_in_korean():
    parts = {part for text in DEFINITIONS.values() for part in text.split("; ")}

    assert parts <= set(ANALYSIS_TEXTS)
