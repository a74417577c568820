"""README says only true things: tree, diagram, glossary, commands, targets."""

import re
import subprocess

import pytest
from django.apps import apps
from django.core.management import get_commands

from observers import policies

APPS = ("forgery", "detector", "observers")
GLOSSARY_PACKAGES = (*APPS, "fundus_study")


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def section(readme: str, title: str) -> str:
    return readme.split(f"\n## {title}\n")[1].split("\n## ")[0]


def tracked(root) -> list[str]:
    result = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        pytest.skip("not a git checkout: the files in question are not known")
    return result.stdout.splitlines()


def mapped(readme: str) -> list[str]:
    """Paths that the map names, folders with a slash at the end."""
    paths, parent = [], ""
    for line in section(readme, "Map").split("```")[1].strip("\n").splitlines():
        name = line.split()[0]
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            parent = name
        paths.append(name if indent == 0 else parent + name)
    return paths


def test_the_map_names_only_what_there_is(root, readme):
    wrong = [
        path
        for path in mapped(readme)
        if not (
            (root / path).is_dir() if path.endswith("/") else (root / path).exists()
        )
    ]

    assert wrong == []


def test_the_map_names_every_folder_at_the_top_and_every_python_folder(root, readme):
    paths = set(mapped(readme))
    files = tracked(root)
    top = {path.split("/")[0] + "/" for path in files if "/" in path} - {".ci/"}
    inner = {
        "/".join(path.split("/")[:2]) + "/"
        for path in files
        if path.endswith(".py") and path.count("/") >= 2 and path.startswith(APPS)
    }
    usual = {
        f"{app}/{folder}/"
        for app in APPS
        for folder in ("management", "migrations", "templatetags")
    }

    assert (top | inner) - usual - paths == set()


def test_the_map_names_every_file_of_the_project_package(root, readme):
    there = {
        path
        for path in tracked(root)
        if re.fullmatch(r"fundus_study/[a-z_]+\.py", path) and "__" not in path
    }

    assert there - set(mapped(readme)) == set()


def test_the_states_diagram_is_drawn_from_the_code(readme):
    drawn = readme.split("<!-- states:begin")[1].split("```mermaid\n")[1]

    assert drawn.split("\n```")[0] == policies.states_diagram()


def test_the_targets_are_those_of_the_makefile(root, readme):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    told = set(re.findall(r"^\| `make ([a-z-]+)` \|", readme, re.MULTILINE))

    assert told == listed - {"help"}


def test_every_make_command_in_the_text_is_a_target(root, readme):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", readme)) - targets <= {"lists"}


def test_every_command_is_documented_and_exists(readme):
    ours = {name for name, app in get_commands().items() if app in APPS}
    told = set(re.findall(r"^\| `([a-z_]+)` \|", section(readme, "Commands"), re.M))

    assert told == ours


def test_commands_in_examples_exist(readme):
    used = set(re.findall(r"manage\.py ([a-z_]+)", readme))

    assert used - set(get_commands()) == set()


def test_the_words_of_the_glossary_are_in_the_code(root, readme):
    models = {model.__name__ for model in apps.get_models()}
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in GLOSSARY_PACKAGES
        for path in (root / package).rglob("*.py")
    )
    absent = []
    for row in section(readme, "Glossary").splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        if not row.startswith("|") or len(cells) < 5 or cells[1] in {"Word", "---"}:
            continue
        for name in re.findall(r"`([^`]+)`", cells[3]):
            word = re.split(r"[./]", name)[-1].strip()
            if word not in models and not re.search(rf"\b{word}\b", code):
                absent.append(name)

    assert absent == []


def test_every_decision_is_listed(root, readme):
    there = {
        f"docs/decisions/{path.name}" for path in (root / "docs/decisions").glob("*.md")
    }
    listed = set(re.findall(r"\((docs/decisions/[^)]+)\)", readme))

    assert listed == there


def test_pictures_and_links_lead_somewhere(root, readme):
    targets = re.findall(r"\]\(([^)#:]+)\)", readme)

    assert [path for path in targets if not (root / path).exists()] == []
