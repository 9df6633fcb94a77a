"""Queries that are compiled once: making the SQL costs Django's ORM more than PostgreSQL needs to answer it."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.db import connections
from django.db.models import Expression, Field, ForeignKey, Lookup, QuerySet


class Given(Expression):
    """A value that is given when the query runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A place for the value."""
        return "%s", (_Place(self.name),)


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`customer__any_of=Given("files")`: the column is one of a list whose length may differ from time to time."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """column = ANY (list)."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = compiler.compile(self.rhs)
        return f"{left} = ANY ({right})", (*left_values, *right_values)


class Compiled[Row]:
    """A query with `Given` values, compiled when it is first asked and run with other values from then on.

    `build` makes the queryset, for each shape that is asked (such as how many rows); it may join (`select_related`),
    name columns (`only`, `values_list`), annotate, order and slice. What is prefetched has to be asked apart.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self._build = build
        self._made: dict[tuple[Any, ...], _Made[Row]] = {}

    def __call__(self, *shape: Any, **given: Any) -> list[Row]:
        """The rows for these values."""
        rows, compiler, text, places = self._made.get(shape) or self._compile(shape)
        values = tuple(given[one.name] if isinstance(one, _Place) else one for one in places)
        ready = _Ready(rows, query=_Ready(rows.query, get_compiler=_Known(compiler, text, values)))
        reads: Any = rows._iterable_class
        return list(reads(ready))

    def _compile(self, shape: tuple[Any, ...]) -> "_Made[Row]":
        rows = self._build(*shape)
        compiler = rows.query.get_compiler(using=rows.db)
        text, places = compiler.as_sql()
        self._made[shape] = made = rows, compiler, text, tuple(places)
        return made


type _Made[Row] = tuple["QuerySet[Any, Row]", Any, str, tuple[Any, ...]]
"""A queryset, its compiler, the SQL and its values, some of them places."""


class _Place:
    """Where a value comes in."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Known:
    """Hands out a compiler that knows its SQL, for one run."""

    def __init__(self, compiler: Any, text: str, values: tuple[Any, ...]) -> None:
        self._compiler, self._said = compiler, (text, values)

    def __call__(self, using: str | None = None, connection: Any = None) -> Any:
        again = copy(self._compiler)
        again.connection = connections[using or again.using]
        again.as_sql = lambda *_given, **_options: self._said
        return again


class _Ready:
    """Something with a part put in its place; all else is asked of the thing itself."""

    def __init__(self, thing: Any, **parts: Any) -> None:
        self._thing = thing
        self.__dict__.update(parts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._thing, name)
