"""The tables of the cubes in the lake: the rows of each cube added up by month, unit and the codes of its levels.

Whom a cube counts stands beside the numbers, as crowds: the sets are united cell by cell when a question asks.
"""

from functools import cache

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from loopline.olap.cubes import cubes
from loopline.olap.definitions import UNITS, Cube
from loopline.olap.stars import with_units
from loopline.warehouse.api import THINGS


def placed(cube: Cube) -> ir.Table:
    """The rows of a cube with the codes of the units above each, empty codes as nothing: what is added up."""
    rows = cube.rows()
    rows = rows.mutate(**{code: rows[code].nullif("") for code in cube.codes})
    return rows if UNITS[0] in rows.columns else with_units(rows)


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def crowd(keys: dt.Array(dt.int64)) -> dt.binary:  # type: ignore[valid-type]
    """The set of keys in a list, as the warehouse's writer makes it."""


def added(cube: Cube) -> ir.Table:
    """The cube's table."""
    rows = placed(cube)
    times = ["month", "day"] if cube.is_daily else ["month"]
    keys = [*times, "branch_id", *UNITS, *cube.codes]
    numbers = {part.name: rows[part.name].sum().cast(_ibis_type(part.type)) for part in cube.added}
    who = {part.name: crowd(rows.customer_id.collect(where=rows[part.name] > 0)) for part in cube.counted}
    return rows.group_by(keys).aggregate(**numbers, **{THINGS: rows.count()}, **who)


def table_of(cube: Cube) -> ir.Table:
    """The cube's table as it stands in the lake, without whom it counts, for what is made from it."""
    words = dict.fromkeys((*UNITS, *cube.codes), "string")
    numbers = {part.name: _ibis_type(part.type) for part in cube.added}
    return ibis.table({"month": "date", "branch_id": "int64", **words, **numbers}, name=cube.table)


def placed_sql(cube: Cube) -> str:
    """The rows of a cube, one for each thing that counts, as a statement of DuckDB's."""
    return _placed_sql(cube.name) if cube.name in cubes else _sql(placed(cube))


def added_sql(cube: Cube) -> str:
    """The cube's table as a statement."""
    return _added_sql(cube.name) if cube.name in cubes else _sql(added(cube))


@cache
def _placed_sql(name: str) -> str:
    return _sql(placed(cubes[name]))


@cache
def _added_sql(name: str) -> str:
    return _sql(added(cubes[name]))


def _sql(rows: ir.Table) -> str:
    return str(ibis.to_sql(rows, dialect="duckdb"))


def _ibis_type(kind: str) -> str:
    return {"BIGINT": "int64", "DECIMAL(18,2)": "decimal(18, 2)", "DECIMAL(28,6)": "decimal(28, 6)"}[kind]
