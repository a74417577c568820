"""Two questions of whoever watches the server: is it alive, can it do work."""

from __future__ import annotations

from collections.abc import Callable

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views import View
from kombu.exceptions import OperationalError

BROKER_SECONDS = 2


def database() -> str:
    """Say 'ok' when the database answers."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return "ok"


def migrations() -> str:
    """Say 'ok' when the tables are those of the code."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError:
        return "the tables cannot be read"
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "tables are behind the code: run manage.py migrate"
    return "ok"


def broker() -> str:
    """Say 'ok' when work could be sent."""
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except (OperationalError, OSError):
        return "the broker does not answer"
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
}


class Live(View):
    """The process answers."""

    access_rule = "public"

    def get(self, _request: HttpRequest) -> JsonResponse:
        """Answer without touching anything."""
        return JsonResponse({"status": "ok"})


class Ready(View):
    """Database, migrations and broker are there."""

    access_rule = "public"

    def get(self, _request: HttpRequest) -> JsonResponse:
        """Answer 200 when all checks pass, else 503 naming what fails."""
        found = {name: check() for name, check in CHECKS.items()}
        ready = set(found.values()) == {"ok"}
        found["status"] = "ok" if ready else "not ready"
        return JsonResponse(found, status=200 if ready else 503)
