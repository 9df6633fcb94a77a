"""The tables of the cubes in the lake: the rows of each cube added up by month, unit and the codes of its levels."""

from functools import cache

import ibis
import ibis.expr.types as ir

from loopline.olap.cubes import cubes
from loopline.olap.definitions import UNITS, Cube
from loopline.olap.stars import with_units


def placed(cube: Cube) -> ir.Table:
    """The rows of a cube with the codes of the units above each, empty codes as nothing: what is added up."""
    rows = cube.rows()
    rows = rows.mutate(**{code: rows[code].nullif("") for code in cube.codes})
    return rows if UNITS[0] in rows.columns else with_units(rows)


def added(cube: Cube) -> ir.Table:
    """The cube's table."""
    rows = placed(cube)
    keys = [*_times(cube), "branch_id", *UNITS, *cube.codes]
    return rows.group_by(keys).aggregate(
        **{part.name: rows[part.name].sum().cast(_ibis_type(part.type)) for part in cube.added}
    )


def people(cube: Cube) -> ir.Table:
    """Who is counted: a row for each customer, month and combination of levels, with the largest of each number."""
    rows = placed(cube)
    keys = [*_times(cube), "branch_id", *UNITS, *cube.codes, "customer_id"]
    numbers = [rows[part.name] for part in cube.counted]
    some = rows.filter(ibis.or_(*(number > 0 for number in numbers)))
    return some.group_by(keys).aggregate(**{part.name: some[part.name].max() for part in cube.counted})


def _times(cube: Cube) -> list[str]:
    return ["month", "day"] if cube.is_daily else ["month"]


def _ibis_type(kind: str) -> str:
    return {"BIGINT": "int64", "DECIMAL(18,2)": "decimal(18, 2)"}[kind]


@cache
def placed_sql(name: str) -> str:
    """The rows of a cube, one for each thing that counts, as a statement of DuckDB's."""
    return str(ibis.to_sql(placed(cubes[name]), dialect="duckdb"))


@cache
def added_sql(name: str) -> str:
    """The cube's table as a statement."""
    return str(ibis.to_sql(added(cubes[name]), dialect="duckdb"))


@cache
def people_sql(name: str) -> str:
    """The table of who is counted as a statement."""
    return str(ibis.to_sql(people(cubes[name]), dialect="duckdb"))
