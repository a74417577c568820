"""Production refuses to start half-set; embedded makes its own secrets."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fundus_study.environment import REQUIRED_IN_PRODUCTION

PRODUCTION = {
    "FUNDUS_MODE": "production",
    "SECRET_KEY": "k" * 30 + "abcdefghijklmnopqrstuvwxyz",
    "CHAIN_KEY": "chain-key-for-this-test",
    "ALLOWED_HOSTS": "reads.example.org",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
}


def start(root: Path, var: Path, code: str, **environment: str):
    """Run a line of Python with the settings of the given environment."""
    unset = {"DATABASE_URL", "SECRET_KEY", "CHAIN_KEY", "CELERY_BROKER_URL"}
    clean = {name: text for name, text in os.environ.items() if name not in unset}
    clean |= {"FUNDUS_VAR": str(var), "DJANGO_SETTINGS_MODULE": "fundus_study.settings"}
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; {code}"],
        cwd=root,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(REQUIRED_IN_PRODUCTION))
def test_production_refuses_and_names_what_is_missing(root, tmp_path, name):
    environment = {key: text for key, text in PRODUCTION.items() if key != name}

    result = start(root, tmp_path, "settings.DEBUG", **environment)

    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.strip().startswith(f"{name}:")


def test_production_refuses_sqlite(root, tmp_path):
    environment = PRODUCTION | {"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}

    result = start(root, tmp_path, "settings.DEBUG", **environment)

    assert result.returncode != 0
    assert "PostgreSQL" in result.stderr


def test_production_starts_when_everything_is_set(root, tmp_path):
    code = (
        "print(settings.DEBUG, settings.SESSION_COOKIE_SECURE, "
        "settings.SECURE_HSTS_SECONDS > 0, settings.SECURE_SSL_REDIRECT)"
    )

    result = start(root, tmp_path, code, **PRODUCTION)

    assert result.stdout.split() == ["False", "True", "True", "True"], result.stderr


def test_what_the_databases_address_asks_for_is_kept(root, tmp_path):
    address = f"{PRODUCTION['DATABASE_URL']}?sslmode=require"
    code = "print(settings.DATABASES['default']['OPTIONS'])"

    result = start(root, tmp_path, code, **PRODUCTION | {"DATABASE_URL": address})

    assert "'sslmode': 'require'" in result.stdout, result.stderr
    assert "'server_side_binding': True" in result.stdout


def test_an_unknown_mode_is_refused(root, tmp_path):
    result = start(root, tmp_path, "settings.DEBUG", FUNDUS_MODE="prod")

    assert result.returncode != 0
    assert "embedded or production" in result.stderr


def test_embedded_secrets_are_made_once_and_kept_private(root, tmp_path):
    code = "print(settings.SECRET_KEY, settings.CHAIN_KEY)"

    first = start(root, tmp_path, code, FUNDUS_MODE="embedded").stdout.split()
    second = start(root, tmp_path, code, FUNDUS_MODE="embedded").stdout.split()

    assert first == second
    assert len(set(first)) == 2
    assert min(len(secret) for secret in first) >= 50
    for name in ("secret_key", "chain_key"):
        mode = (tmp_path / "secrets" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


def test_two_checkouts_never_share_a_secret(root, tmp_path):
    code = "print(settings.SECRET_KEY)"

    here = start(root, tmp_path / "here", code).stdout
    there = start(root, tmp_path / "there", code).stdout

    assert here != there


def test_production_checks_are_clean(root):
    env = os.environ | {"FUNDUS_BIN": str(Path(sys.executable).parent)}
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own
    result = subprocess.run(
        [root / "deploy" / "check"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
