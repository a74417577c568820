"""What is refused with a sentence can be said in Korean: gettext stands around it."""

import ast
from pathlib import Path

APPS = ("forgery", "detector", "observers")
DRAWERS = ("api", "forms", "policies", "selectors", "serializers", "services")
SAID = {"_", "gettext", "gettext_lazy", "ngettext"}
NAMES = {"msg", "reason", "text", "advice"}
"""What a sentence is called where it is made before it is raised."""
COMMANDS_ALONE = {
    "detector/services/judges.py",
    "detector/services/shipped_data.py",
    "forgery/services/folders.py",
    "observers/services/backups.py",
    "observers/services/blinding_probe.py",
    "observers/services/demo_people.py",
    "observers/services/enrolment.py",
    "observers/services/evaluation/split.py",
}
"""Their sentences reach a terminal only, which speaks English."""
WORDS_ELSEWHERE = {"BadCell", "UnreadableImage"}
"""A row's faults: pages say them by their kind (``selectors.problems.WORDS``)."""


OF_THE_PROGRAM = {"RuntimeError", "TypeError"}
"""Faults of the program, for whoever mends it."""


def modules(root: Path) -> list[Path]:
    found = []
    for app in APPS:
        for drawer in DRAWERS:
            found += [root / app / f"{drawer}.py", *(root / app / drawer).rglob("*.py")]
    return [path for path in found if path.exists()]


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def bare(node: ast.AST) -> list[str]:
    """Sentences below a node that no gettext is called with."""
    if isinstance(node, ast.Call) and called(node) in SAID | WORDS_ELSEWHERE:
        return []
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return ["".join(parts)] if " " in "".join(parts).strip() else []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if " " in node.value.strip() else []
    return [text for child in ast.iter_child_nodes(node) for text in bare(child)]


def raised(tree: ast.AST) -> list[str]:
    """Sentences that are raised without translation, at once or by a name."""
    found, names = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if called(node.exc) in OF_THE_PROGRAM:
                continue
            found += bare(node.exc)
            names |= {n.id for n in ast.walk(node.exc) if isinstance(n, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in NAMES & names and not is_of_a_row(tree, name):
                found += bare(node.value)
    return found


def is_of_a_row(tree: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and called(node) in WORDS_ELSEWHERE
        and name in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for node in ast.walk(tree)
    )


def test_every_raised_sentence_can_be_translated(root):
    english = [
        f"{path.relative_to(root)}: {text!r}"
        for path in modules(root)
        if str(path.relative_to(root)) not in COMMANDS_ALONE
        for text in raised(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert english == []


def test_a_sentence_without_gettext_is_found():
    tree = ast.parse(
        "def f(x):\n"
        "    if x:\n"
        "        raise WrongInput(f'There is no {x}.')\n"
        "    msg = 'Nothing is here.'\n"
        "    raise WrongInput(msg)\n"
        "def g():\n"
        "    raise WrongInput(_('This is said in {n} languages.').format(n=2))\n"
    )

    assert raised(tree) == ["There is no .", "Nothing is here."]


def test_every_exempt_module_is_there(root):
    assert {name for name in COMMANDS_ALONE if not (root / name).is_file()} == set()
