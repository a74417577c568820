"""Fixtures that every test may use."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import caches
from django.test import Client
from django.utils import translation

from fundus_study.celery import app
from observers import triggers

ROOT = Path(__file__).resolve().parents[1]
COORDINATOR = (
    "forgery.import_pool",
    "forgery.train_manipulator",
    "detector.train_detector",
    "observers.create_study",
)


def missing(reason: str) -> None:
    """Skip, or fail where CI promises that everything is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared reference material; its absence skips, or fails in CI."""
    folder = Path(os.environ.get("FUNDUS_SHARED", ROOT.parent / "shared"))
    if not (folder / "README.md").is_file():
        missing(f"shared material not found at {folder} (set FUNDUS_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def house(
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Keep files, cache and messages of a test to itself."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = tmp_path / "var"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for cache in caches.all(initialized_only=True):
        cache.clear()
    if request.node.get_closest_marker("broker") is None:
        monkeypatch.delenv("CELERY_BROKER_URL", raising=False)  # Celery prefers it
        app.conf.update(broker_url="memory://", broker_transport_options={})


@pytest.fixture(autouse=True)
def language() -> None:
    """Begin in the site's language: a page asked for in Korean leaves it behind."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def flushable(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lift the append-only triggers before a transactional test empties its tables.

    Flushing emits post_migrate, which installs them again for the next test. Tests
    that flush nothing get no database from here.
    """
    marker = request.node.get_closest_marker("django_db")
    flushes = {"transactional_db", "live_server"} & set(request.fixturenames)
    if flushes or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        yield
        triggers.remove()
    else:
        yield


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that starts the same in every test."""
    return np.random.default_rng(20250607)


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """Make a user with the named permissions, e.g. ``forgery.import_pool``."""

    def make(name: str, *permissions: str, **fields: Any) -> User:
        user = User.objects.create_user(name, password="reads-well-4", **fields)
        for permission in permissions:
            app_label, codename = permission.split(".")
            user.user_permissions.add(
                Permission.objects.get(
                    content_type__app_label=app_label, codename=codename
                )
            )
        return user

    return make


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Log a user in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def coordinator(make_user: Callable[..., User]) -> User:
    """Someone with every right of the group 'coordinators'."""
    return make_user("coordinator", *COORDINATOR)


@pytest.fixture
def coordinator_client(
    coordinator: User, client_of: Callable[[User], Client]
) -> Client:
    """The coordinator's browser."""
    return client_of(coordinator)


@pytest.fixture
def somebody(make_user: Callable[..., User]) -> User:
    """Someone who is logged in and has no part in anything."""
    return make_user("somebody")


@pytest.fixture
def somebody_client(somebody: User, client_of: Callable[[User], Client]) -> Client:
    """The browser of someone without any part."""
    return client_of(somebody)


@pytest.fixture
def quiet_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages to workers go nowhere."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
