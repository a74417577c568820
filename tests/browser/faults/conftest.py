"""A real server behind a wire that can be cut; SQLite, or PostgreSQL of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
import pytest
from django.conf import global_settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections

from observers.models import Study
from observers.services.verification import verify_study
from tests.browser.faults.cluster import Cluster, free_port
from tests.browser.faults.server import Server
from tests.browser.faults.wire import Wire


@dataclass
class Site:
    """What the browser is connected to, and how to break it."""

    server: Server
    wire: Wire

    @property
    def url(self) -> str:
        """Where the browser finds the site: at the wire's end."""
        return f"http://127.0.0.1:{self.wire.port}"


@contextmanager
def running(database_url: str, var: Path) -> Iterator[Site]:
    """Run a server on a database, and a wire to it."""
    server = Server(port=free_port(), database_url=database_url, var=var)
    server.start()
    wire = Wire(server.port)
    try:
        yield Site(server, wire)
    finally:
        wire.take_down()
        server.stop()


@pytest.fixture
def real_passwords(settings: Any, house: None) -> None:
    """Hash as the server does: it does not know the tests' quick hash."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS


@pytest.fixture
def site(transactional_db: None, real_passwords: None, tmp_path: Path) -> Iterator[Any]:
    """A real server on the tests' database and files."""
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite here, and on PostgreSQL in postgres_site")
    name = connection.settings_dict["NAME"]
    with running(f"sqlite:///{name}", tmp_path) as site:
        yield site


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own."""
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.remove()


@contextmanager
def another_database(url: str) -> Iterator[None]:
    """Let this thread's models live in another database for a while."""
    kept, settings = connections["default"], connections.settings["default"]
    wanted = connections.configure_settings({"default": environ.Env.db_url_config(url)})
    connections.settings["default"] = wanted["default"]
    connections["default"] = connections.create_connection("default")
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"], connections["default"] = settings, kept
        ContentType.objects.clear_cache()


@pytest.fixture
def postgres_site(
    cluster: Cluster, django_db_blocker: Any, real_passwords: None, tmp_path: Path
) -> Iterator[Site]:
    """A real server on a fresh PostgreSQL database, which the test sees too."""
    url = cluster.create()
    with django_db_blocker.unblock(), another_database(url):
        call_command("migrate", verbosity=0)
        with running(url, tmp_path) as site:
            yield site


@pytest.fixture
def is_sound() -> Callable[[Study], bool]:
    """Whether every chain of a study verifies."""

    def verify(study: Study) -> bool:
        verdict = verify_study(study=Study.objects.get(pk=study.pk))
        assert verdict.faults == ()
        return verdict.is_sound

    return verify
