"""A cube over a table that one operator brought: its rows are joined to the dimensions that all cubes share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.olap.building import added_sql
from loopline.olap.definitions import TIME, Cube, Level, Measure, Over, Part
from loopline.olap.shared import KIND, MONEY_UNIT, PLAN, PRODUCT, SERVICE, TIER, levels
from loopline.olap.stars import at, lake, offerings, with_customer, with_units
from loopline.warehouse import api as warehouse

KEYS = ("branch", "customer", "line", "offering", "channel", "handset")
"""The shared dimensions that a row may be joined to."""
COLUMNS = {
    "load_id": "int64",
    "month": "date",
    "on_day": "date",
    "branch_id": "int64",
    "customer_id": "int64",
    "subscription_id": "int64",
    "offering_id": "int64",
    "channel": "string",
    "tac": "int32",
}
"""What every such table has; the columns of its own come after."""
CHANNEL = Level("channel", pgettext_lazy("order", "Channel"), _("Further"), "channel", labels="channel")
MAKER = Level("maker", _("Maker"), PRODUCT, "maker")
MODEL = Level("model", _("Model"), PRODUCT, "model", above="maker")
_OF_KEY: Mapping[str, tuple[Level, ...]] = {
    "customer": (TIER, KIND),
    "line": (TIER, KIND, SERVICE, PLAN),
    "offering": (SERVICE, PLAN),
    "channel": (CHANNEL,),
    "handset": (MAKER, MODEL),
}

RESERVED = frozenset(
    {*levels(), "team", "rows", "customers", *(level.name for found in _OF_KEY.values() for level in found)}
)
"""Names that columns of such a table cannot have."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of words: `name` in questions, `column` in the table."""

    name: str
    column: str
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of numbers; `mean`: averaged over its rows, else added up. `type` is the lake's."""

    name: str
    column: str
    label: str
    type: str
    mean: bool = False
    money: bool = False


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A brought table: its name in the lake, the shared dimensions it meets, and the columns of its own."""

    name: str
    table: str
    label: str
    about: str
    keys: frozenset[str]
    attributes: tuple[Attribute, ...]
    figures: tuple[Figure, ...]


def cube_of(own: OwnTable, as_of: datetime | None) -> Cube:
    """The cube over a brought table, whose rows are joined as its keys say."""
    found = _levels(own)
    counted = (Part("customers", Over.DISTINCT),) if _has_people(own) else ()
    parts = [Part("rows"), *counted]
    for figure in own.figures:
        parts += [
            Part(figure.column, type=figure.type),
            *([Part(f"{figure.column}_n")] if figure.mean else []),
        ]
    return Cube(
        own.name,
        own.label,
        own.about,
        "table",
        found,
        tuple(parts),
        _measures(own),
        lambda: _rows(own),
        (),
        (),
        as_of=as_of,
    )


def _has_people(own: OwnTable) -> bool:
    return bool(own.keys & {"customer", "line"})


def _levels(own: OwnTable) -> dict[str, Level]:
    placed = bool(own.keys & {"branch", "customer", "line"})
    found = {name: level for name, level in levels().items() if placed or name in TIME}
    for key in KEYS:
        found |= {level.name: level for level in _OF_KEY.get(key, ()) if key in own.keys}
    if "line" not in own.keys and "offering" not in own.keys:
        found.pop("service", None)
    further = {one.name: Level(one.name, one.label, own.label, one.column) for one in own.attributes}
    return found | further


def _measures(own: OwnTable) -> dict[str, Measure]:
    found = {}
    for one in own.figures:
        below = ((f"{one.column}_n", 1),) if one.mean else ()
        decimals = 0 if one.type == "BIGINT" and not one.mean else 2
        unit: Any = MONEY_UNIT if one.money else ""
        about = _("Mean over the rows that say it.") if one.mean else _("Added up.")
        found[one.name] = Measure(
            one.name, one.label, ((one.column, 1),), below, unit=unit, decimals=decimals, about=about
        )
    found["rows"] = Measure("rows", _("Rows"), (("rows", 1),), about=_("Rows of the table."))
    if _has_people(own):
        about = _("Different customers among the rows.")
        found["customers"] = Measure(
            "customers", _("Customers"), (("customers", 1),), unit=_("customers"), about=about
        )
    return found


def _rows(own: OwnTable) -> ir.Table:
    """The table's rows with the levels of the dimensions that they meet."""
    rows = ibis.table(_schema(own), name=own.table).drop("load_id", "on_day")
    rows = rows.mutate(
        rows=ibis.literal(1, "int64"),
        customers=rows.customer_id.notnull().cast("int64"),
        **{f"{one.column}_n": rows[one.column].notnull().cast("int64") for one in own.figures if one.mean},
    )
    if "line" in own.keys and "offering" not in own.keys:
        rows = at(rows.drop("offering_id"), "dim_subscription", "subscription_id", ("offering_id", "service"))
        rows = rows.left_join(offerings(), "offering_id").drop("offering_id_right", "plan_cost")
    elif "offering" in own.keys:
        served = lake("dim_offering").filter(lambda table: table.is_current)
        served = served.select(served_id="offering_id", plan="code", service="service")
        rows = rows.left_join(served, rows.offering_id == served.served_id).drop("served_id")
    if "handset" in own.keys:
        sets = lake("dim_handset").select(type_code="tac", maker="maker", model="model")
        rows = rows.left_join(sets, rows.tac == sets.type_code).drop("type_code")
    if _has_people(own):
        rows = with_customer(rows)
    return with_units(rows)


def _schema(own: OwnTable) -> ibis.Schema:
    kinds = {"BIGINT": "int64", "DECIMAL(18,2)": "decimal(18, 2)", "DECIMAL(28,6)": "decimal(28, 6)"}
    further = {one.column: "string" for one in own.attributes}
    return ibis.schema(COLUMNS | further | {one.column: kinds[one.type] for one in own.figures})


def make(con: duckdb.DuckDBPyConnection, cube: Cube) -> None:
    """Make the cube's table anew, in the writer's open transaction."""
    con.execute(f"CREATE OR REPLACE TABLE {cube.table} AS {added_sql(cube)}")
    warehouse.note_made(con, cube.table)


def drop(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Let go of a cube's table, in the writer's open transaction."""
    con.execute(f"DROP TABLE IF EXISTS {table}")
    warehouse.note_gone(con, table)
