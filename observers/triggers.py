"""Append-only tables: the database itself refuses UPDATE, DELETE and TRUNCATE.

SQLite silently drops a table's triggers when Django rebuilds the table, so they
are re-created after every ``migrate`` (``apps.py``, the one exception to the rule
against signals). `lifted` exists for tests that flush, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "Rating",
    "Presentation",
    "AuditEvent",
    "DataLock",
    "AnalysisRun",
    "CaseTruth",
    "Consent",
    "ConditionsCheck",
    "RoomVisit",
    "Amendment",
)
FUNCTION = "observers_append_only"
SENTENCE = "{table} is append-only: rows are never changed or removed"


def tables() -> list[str]:
    """Return the names of the append-only tables."""
    return [apps.get_model("observers", name)._meta.db_table for name in APPEND_ONLY]


def existing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return those that this database has (none after ``migrate observers zero``)."""
    present = set(connection.introspection.table_names())
    return [table for table in tables() if table in present]


def install(*, using: str = "default") -> None:
    """Create the triggers that are missing; existing ones are replaced."""
    remove(using=using)
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in _create(connection):
            cursor.execute(statement)


def remove(*, using: str = "default") -> None:
    """Drop the triggers. Only `install` and tests that flush may call this."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in _drop(connection):
            cursor.execute(statement)


@contextmanager
def lifted(*, using: str = "default") -> Iterator[None]:
    """Lift the triggers while a test empties its tables."""
    remove(using=using)
    try:
        yield
    finally:
        install(using=using)


def missing(*, using: str = "default") -> list[str]:
    """Name the append-only tables whose triggers are gone, switched off or altered."""
    connection = connections[using]
    expected = _expected(connection)
    with connection.cursor() as cursor:
        cursor.execute(_QUERIES[connection.vendor])
        present = {name: _plain(text) for name, text in cursor.fetchall()}
    return [
        table
        for table in existing(connection)
        if any(present.get(n) != expected[n] for n in _names(connection, table))
    ]


_QUERIES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE tgenabled IN ('O', 'A')"
    ),
}
_BODY = """
BEGIN
  RAISE EXCEPTION '% is append-only: rows are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END;
"""


def _plain(text: str) -> str:
    """Write a trigger's text without quotes, schema and spacing."""
    return " ".join(text.replace('"', "").replace("public.", "").split())


def _expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the text of every trigger as the database should know it."""
    body = "" if connection.vendor == "sqlite" else _BODY
    statements = _create(connection)[connection.vendor != "sqlite" :]
    return {_plain(s).split()[2]: _plain(s + body) for s in statements}


def _names(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    acts = ["no_update", "no_delete"]
    if connection.vendor == "postgresql":
        acts.append("no_truncate")
    return {f"{table}_{act}" for act in acts}


def _create(connection: BaseDatabaseWrapper) -> list[str]:
    found = existing(connection)
    if connection.vendor == "sqlite":
        return [_sqlite(table, act) for table in found for act in _ACTS]
    return [_POSTGRES_FUNCTION, *(s for table in found for s in _postgres(table))]


def _drop(connection: BaseDatabaseWrapper) -> list[str]:
    on = "" if connection.vendor == "sqlite" else ' ON "{table}"'
    return [
        f'DROP TRIGGER IF EXISTS "{name}"' + on.format(table=table)
        for table in existing(connection)
        for name in sorted(_names(connection, table))
    ]


_ACTS = ("update", "delete")
_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger AS $${_BODY}$$ LANGUAGE plpgsql
"""


def _sqlite(table: str, act: str) -> str:
    return (
        f'CREATE TRIGGER "{table}_no_{act}" BEFORE {act.upper()} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{SENTENCE.format(table=table)}'); END"
    )


def _postgres(table: str) -> list[str]:
    each = [
        f'CREATE TRIGGER "{table}_no_{act}" BEFORE {act.upper()} ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
        for act in _ACTS
    ]
    whole = (
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
    )
    return [*each, whole]
