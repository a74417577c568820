"""The guides say only true things: pictures, links, targets, commands, settings."""

import re

import pytest
from django.core.management import get_commands, load_command_class

APPS = ("forgery", "detector", "observers")
GUIDES = ("README.md", "docs/reader.md", "docs/coordinator.md", "docs/analyst.md")
MEGABYTES = 4  # of pictures, at most
CODE = re.compile(r"`([^`\n]+)`")
EXAMPLES = re.compile(r"```.*?```", re.DOTALL)
SETTING = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(=\S+)?$")
OURS = {name for name, app in get_commands().items() if app in APPS}


@pytest.fixture(params=GUIDES)
def guide(root, request):
    return root / request.param


def codes(guide) -> list[str]:
    """Return what stands between backquotes, outside longer examples."""
    return CODE.findall(EXAMPLES.sub("", guide.read_text(encoding="utf-8")))


def test_pictures_and_links_lead_somewhere(guide):
    text = guide.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)

    assert [path for path in targets if not (guide.parent / path).exists()] == []


def test_every_make_target_exists(root, guide):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    examples = "".join(EXAMPLES.findall(guide.read_text(encoding="utf-8")))
    used = {code.split()[1] for code in codes(guide) if re.match(r"make [a-z]", code)}
    used |= set(re.findall(r"^make ([a-z-]+)", examples, re.MULTILINE))

    assert used - targets == set()


def called(guide) -> list[list[str]]:
    """Return the commands that a guide names, each with its arguments."""
    words = [re.sub(r"^.*manage\.py ", "", code).split() for code in codes(guide)]
    return [w for w in words if re.fullmatch(r"[a-z]+(_[a-z]+)+", w[0]) or w[0] in OURS]


def test_every_command_exists(guide):
    named = {words[0] for words in called(guide) if len(words) > 1}
    named |= {w[0] for w in called(guide) if is_row_of_commands(guide, w[0])}

    assert named - set(get_commands()) == set()


def is_row_of_commands(guide, word: str) -> bool:
    """Whether a word stands in a table whose last column names commands."""
    text = guide.read_text(encoding="utf-8")
    tables = re.findall(r"\| Command \|\n\|[-|]+\|\n((?:\|.*\n)+)", text)
    cells = [row.rsplit("|", 2)[-2] for table in tables for row in table.splitlines()]
    return any(f"`{word}" in cell for cell in cells)


def test_every_option_of_a_command_exists(guide):
    unknown = []
    for name, *arguments in called(guide):
        if name not in OURS:
            continue
        parser = load_command_class(get_commands()[name], name).create_parser("", name)
        known = set(parser._option_string_actions)
        used = {word.split("=")[0] for word in arguments if word.startswith("--")}
        unknown += [f"{name} {option}" for option in sorted(used - known)]

    assert unknown == []


def test_every_setting_is_read_somewhere(root, guide):
    readers = [root / "Makefile", *(root / "deploy").glob("*"), root / ".ci" / "run"]
    readers += [p for a in (*APPS, "fundus_study") for p in (root / a).rglob("*.py")]
    readers += [root / "tests" / "conftest.py"]
    read = "\n".join(p.read_text("utf-8") for p in readers if p.is_file())
    named = {code.split("=")[0] for code in codes(guide) if SETTING.match(code)}

    assert {name for name in named if name not in read} == set()


def test_every_picture_is_of_a_scene_and_all_are_small(root):
    scenes = (root / "deploy" / "scenes.py").read_text(encoding="utf-8")
    scenes += (root / "deploy" / "screenshots.py").read_text(encoding="utf-8")
    pictures = sorted((root / "docs" / "screens").glob("*.png"))
    names = {re.sub(r"-\d+$", "", picture.stem) for picture in pictures}
    steps = {name for name in names if name.startswith("setup-")}

    assert {name for name in names - steps if f'"{name}"' not in scenes} == set()
    assert sum(p.stat().st_size for p in pictures) < MEGABYTES * 2**20
