"""The web process stays light: it never imports torch, nor the tasks."""

import subprocess
import sys

CODE = """
import sys, django
django.setup()
import fundus_study.urls
heavy = {"torch", "forgery.tasks", "detector.tasks", "observers.tasks"}
print(sorted(heavy & set(sys.modules)))
"""


WARM = """
import gc, sys
import fundus_study.wsgi
from django.conf import settings
from django.template import engines
from django.urls import get_resolver
loaders = engines["django"].engine.template_loaders
held = {str(key) for loader in loaders for key in loader.get_template_cache}
print("observers/results.html" in held, "ko" in get_resolver()._reverse_dict)
print("observers.views.results" in sys.modules, gc.get_freeze_count() > 100_000)
print(settings.MESSAGE_STORAGE.rpartition(".")[0] in sys.modules)
print("torch" in sys.modules)
"""


def run(root, tmp_path, code):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={
            "DJANGO_SETTINGS_MODULE": "fundus_study.settings",
            "FUNDUS_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_server_loads_at_its_start_what_its_first_visitor_needs(root, tmp_path):
    result = run(root, tmp_path, WARM)

    assert result.stdout.split() == ["True"] * 5 + ["False"], result.stderr


def test_the_web_process_starts_without_torch(root, tmp_path):
    result = run(root, tmp_path, CODE)

    assert result.stdout.strip() == "[]", result.stdout + result.stderr
