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


def test_the_web_process_starts_without_torch(root, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=root,
        env={
            "DJANGO_SETTINGS_MODULE": "fundus_study.settings",
            "FUNDUS_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout.strip() == "[]", result.stdout + result.stderr
