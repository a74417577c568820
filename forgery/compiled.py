"""Queries that are asked for every case of every reader: their SQL is written once.

Django writes a query's SQL anew each time it is asked, which costs a server more than
the database's answer does. A `Compiled` query is an ordinary queryset whose SQL is
kept; only its arguments change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=Model)
related: Callable[..., list[Any]] = get_related_populators  # the stubs are of Django 6

STANDS_FOR: dict[type, Callable[[str, int], Any]] = {
    str: lambda name, _place: f"argument {name}",
    int: lambda _name, place: -(2**31) + place,
}
"""Values that no query holds of its own; each is replaced by its argument."""


@dataclass(frozen=True)
class Written(Generic[M]):
    """A queryset's SQL, and how its rows become objects; for one kind of database."""

    model: type[M]
    is_lock: bool
    sql: str
    params: tuple[Any, ...]
    compiler: Any
    converters: Any
    own: slice
    """The model's own columns; those of related models lie beside them."""
    fields: list[str]
    populators: list[Any]
    annotations: dict[str, int]

    def objects(self, rows: list[Any], connection: Any) -> Iterator[M]:
        """Make objects of rows, as Django's ``ModelIterable`` does."""
        if self.converters:
            compiler = copy(self.compiler)  # another thread's connection is not ours
            compiler.connection = connection
            rows = compiler.apply_converters(rows, self.converters)
        for row in rows:
            made = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, row[self.own])
            for populator in self.populators:
                populator.populate(row, made)
            for name, place in self.annotations.items():
                setattr(made, name, row[place])
            yield made


def written(queryset: QuerySet[M]) -> Written[M]:
    """Let Django write a queryset's SQL."""
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    select, klass = compiler.select, compiler.klass_info
    places = klass["select_fields"]
    own = slice(places[0], places[-1] + 1)
    return Written(
        model=klass["model"],
        is_lock=queryset.query.select_for_update,
        sql=sql,
        params=tuple(params),
        compiler=compiler,
        converters=compiler.get_converters([col for col, *_ in select]),
        own=own,
        fields=[col.target.attname for col, *_ in select[own]],
        populators=related(klass, select, DEFAULT_DB_ALIAS),
        annotations=compiler.annotation_col_map or {},
    )


class Compiled(Generic[M]):
    """A queryset of named arguments (texts or whole numbers), compiled once."""

    def __init__(self, build: Callable[..., QuerySet[M]], **arguments: type) -> None:
        self.build = build
        self.marks = {
            name: STANDS_FOR[kind](name, place)
            for place, (name, kind) in enumerate(arguments.items())
        }
        self.kept: dict[str, Written[M]] = {}

    def rows(self, **given: Any) -> list[M]:
        """Return what the queryset finds for these arguments."""
        connection = connections[DEFAULT_DB_ALIAS]
        query = self.on(connection)
        if query.is_lock and not connection.in_atomic_block:
            raise TransactionManagementError("A lock is held in a transaction only.")
        values = {self.marks[name]: value for name, value in given.items()}
        with connection.cursor() as cursor:
            cursor.execute(query.sql, [values.get(p, p) for p in query.params])
            found = cursor.fetchall()
        return list(query.objects(found, connection))

    def get(self, **given: Any) -> M:
        """Return the one row, or raise the model's ``DoesNotExist``."""
        found = self.rows(**given)
        if not found:
            model: Any = self.on(connections[DEFAULT_DB_ALIAS]).model
            raise model.DoesNotExist
        return found[0]

    def on(self, connection: Any) -> Written[M]:
        """Return the SQL for this kind of database."""
        kept = self.kept.get(connection.vendor)
        if kept is None:
            kept = self.kept[connection.vendor] = written(self.build(**self.marks))
        return kept


def insert(row: Model) -> None:
    """Insert a row as ``row.save(force_insert=True)`` does, without signals."""
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = insertion(type(row), connection.vendor)
    values = [f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(row: Model, *names: str) -> None:
    """Write some fields of a row as ``row.save(update_fields=names)`` does."""
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = change(type(row), names, connection.vendor)
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk])
        if cursor.rowcount != 1:
            msg = f"{row!r} is gone"
            raise DatabaseError(msg)


Fields = list[Field[Any, Any]]


@cache
def insertion(model: type[Model], _vendor: str) -> tuple[str, Fields]:
    """Write an insertion's SQL, and name the fields it takes: the key is given."""
    key, *fields = model._meta.local_concrete_fields
    names, places = ", ".join(map(quoted, fields)), ", ".join(["%s"] * len(fields))
    table = model._meta.db_table
    sql = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {quoted(key)}"  # noqa: S608 (names of the model)
    return sql, fields


@cache
def change(
    model: type[Model], names: tuple[str, ...], _vendor: str
) -> tuple[str, Fields]:
    """Write the SQL that changes these fields of one row."""
    key, *others = model._meta.local_concrete_fields
    fields = [field for field in others if field.name in names]
    places = ", ".join(f"{quoted(field)} = %s" for field in fields)
    sql = f"UPDATE {model._meta.db_table} SET {places} WHERE {quoted(key)} = %s"  # noqa: S608 (names of the model)
    return sql, fields


def quoted(field: Field[Any, Any]) -> str:
    """Name a field's column as SQL does."""
    return str(connections[DEFAULT_DB_ALIAS].ops.quote_name(field.column or ""))
