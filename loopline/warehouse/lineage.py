"""Where a column comes from: from the relation of operations through the lake to a cube, column by column.

Nothing is written down a second time: the steps are read from the definitions that do the work, the expressions of the
star, the SQL of what is built, of views and of tables made from others (parsed by sqlglot).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from django.apps import apps
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from loopline.warehouse import derived, fixed, monthly, outcome
from loopline.warehouse.shape import ZONE, Table, columns_of
from loopline.warehouse.star import TABLES


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A column of a table: of operations (`source`), or of the lake."""

    table: str
    column: str
    source: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A column and what it is made of, directly."""

    place: Place
    made_of: tuple[Place, ...]


def tables() -> dict[str, tuple[str, ...]]:
    """The columns of every table of the lake whose origins are known."""
    return {
        **{table.name: tuple(column.name for column in columns_of(table)) for table in TABLES},
        **{table.name: tuple(column.name for column in table.columns) for table in fixed.FIXED},
        monthly.NAME: tuple(column.name for column in monthly.COLUMNS),
        **{
            name: tuple(column.name for column in view.columns)
            for name, view in outcome.DEFINITIONS.items()
            if view.columns
        },
        **{
            name: tuple(column for column, _kind in derived.derived[name].columns) for name in derived.names()
        },
    }


def ancestry(table: str, column: str) -> tuple[Step, ...]:
    """A column of the lake and everything that it is made of, the column itself first. Raises KeyError."""
    if column not in tables()[table]:
        raise KeyError(column)
    found: dict[Place, Step] = {}
    left = [Place(table, column)]
    while left:
        place = left.pop(0)
        if place not in found:
            made_of = () if place.source else origins(place.table).get(place.column, ())
            found[place] = Step(place, made_of)
            left += made_of
    return tuple(found.values())


def descent(table: str, column: str) -> tuple[Place, ...]:
    """The columns of the lake that are made of a column, directly."""
    wanted = Place(table, column)
    return tuple(
        Place(name, made) for name in tables() for made, places in origins(name).items() if wanted in places
    )


def origins(table: str) -> dict[str, tuple[Place, ...]]:
    """What each column of a table is made of, directly."""
    return _origins(table, _definition(table))


@lru_cache(maxsize=256)
def _origins(name: str, definition: str) -> dict[str, tuple[Place, ...]]:
    table = next((table for table in TABLES if table.name == name), None)
    if table is not None:
        return _of_relations(table)
    return _of_lake(definition, tables()[name]) if definition else {}


def _definition(name: str) -> str:
    """The SQL that a table of the lake is made by; '' where it follows a relation or is known beforehand."""
    if name == monthly.NAME:
        return monthly.build(monthly.EVERYTHING)
    if name in outcome.DEFINITIONS:
        return outcome.DEFINITIONS[name].sql.replace("{schema}.", "")
    return derived.derived[name].select("true") if name in derived.names() else ""


def _of_relations(table: Table) -> dict[str, tuple[Place, ...]]:
    """A column that follows operations: the columns of relations that its expression names."""
    joined = _named_in_join(table.joined)
    found = {}
    for column in table.columns:
        places: list[Place] = []
        for name in _names(column.source.replace(ZONE, "'UTC'")):
            if name in _relations()[table.relation]:
                places.append(Place(table.relation, name, source=True))
            places += joined.get(name, ())
        found[column.name] = tuple(dict.fromkeys(places))
    return found


def _names(expression: str) -> list[str]:
    return [named.name for named in parse_one(expression, dialect="postgres").find_all(exp.Column)]


def _named_in_join(joined: str) -> dict[str, tuple[Place, ...]]:
    """What the columns that a join brings are made of, by the names it gives them."""
    if not joined:
        return {}
    found: dict[str, tuple[Place, ...]] = {}
    for select in parse_one(f"SELECT 1 FROM own {joined}", dialect="postgres").find_all(exp.Select):
        relations = {one.alias_or_name: one.name for one in select.find_all(exp.Table) if one.name != "own"}
        for projected in select.expressions:
            places = (
                Place(
                    relations.get(named.table) or next(iter(relations.values()), ""), named.name, source=True
                )
                for named in projected.find_all(exp.Column)
            )
            if projected.alias:
                known = (place for place in places if place.column in _relations().get(place.table, ()))
                found[projected.alias] = tuple(dict.fromkeys(known))
    return found


def _of_lake(definition: str, columns: tuple[str, ...]) -> dict[str, tuple[Place, ...]]:
    """Columns of a query over the lake, in their order."""
    known = tables()
    schema: dict[str, object] = {name: dict.fromkeys(names, "VARCHAR") for name, names in known.items()}
    query = qualify(
        parse_one(definition, dialect="duckdb"),
        schema=schema,
        dialect="duckdb",
        validate_qualify_columns=False,
    )
    scope = build_scope(query)
    found = {}
    for name, projected in zip(columns, query.selects, strict=True):
        node = lineage(
            projected.alias_or_name,
            query,
            schema,
            dialect="duckdb",
            scope=scope,
            trim_selects=False,
            copy=False,
        )
        places = (_place(leaf.name, leaf.source, known) for leaf in node.walk() if not leaf.downstream)
        found[name] = tuple(sorted({place for place in places if place}))
    return found


def _place(name: str, source: exp.Expr, known: Mapping[str, tuple[str, ...]]) -> Place | None:
    if not isinstance(source, exp.Table):
        return None
    column = name.rpartition(".")[2].strip('"')
    return Place(source.name, column) if column in known.get(source.name, ()) else None


@cache
def _relations() -> dict[str, frozenset[str]]:
    """The columns of every relation of operations."""
    return {
        model._meta.db_table: frozenset(str(field.column) for field in model._meta.local_fields)
        for model in apps.get_models(include_auto_created=True)
    }
