"""A table of the lake beside its source: figures by day and branch, and the very rows and columns that differ.

Both databases write each row as the same canonical text, hash it (the first 60 bits of its MD5) and add the hashes up:
the sum depends on no order and tells a changed, missing or doubled row where counts and sums of money agree by chance.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from loopline.warehouse.shape import Column, Keeping, Table

ROWS, CHECKSUM = "rows", "checksum"
GROUPS_LOOKED_INTO, ROWS_NAMED = 40, 20
"""So many groups that differ are searched for their rows, and so many rows of each are named."""

_NOTHING = "chr(30)"
_MONTH_OF_DAY = re.compile(r"^(?:CAST\()?date_trunc\('month', (.*)\)(?:::date| AS DATE\))$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on which source and lake disagree.

    `key` is the row's, where the row was found; then `figure` is the column, or `rows` for how often the row is there.
    `month` and `day` are ISO dates, `branch` the key of the unit, each '' where there is none.
    """

    table: str
    figure: str
    month: str
    source: str
    lake: str
    day: str = ""
    branch: str = ""
    key: str = ""


type Place = tuple[str, str]
"""Day (ISO) and branch of a group, '' where there is none."""

type Groups = dict[Place, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The figures of a table on both sides, by day and branch, in the order of `figures`."""

    table: Table
    source: Groups
    lake: Groups

    @property
    def figures(self) -> list[str]:
        """What is compared: rows, sums, the checksum."""
        return [ROWS, *(column.name for column in self.table.summed), CHECKSUM]

    @property
    def differing(self) -> list[Place]:
        """The groups that are not equal."""
        places = self.source.keys() | self.lake.keys()
        return sorted(place for place in places if self.source.get(place) != self.lake.get(place))

    def total(self, side: Groups) -> list[Decimal]:
        """The figures of a side over all groups."""
        return [sum((row[at] for row in side.values()), Decimal(0)) for at in range(len(self.figures))]


def sides(con: duckdb.DuckDBPyConnection, table: Table, waiting: str) -> Sides:
    """Both sides without the rows whose keys the temporary table `waiting` holds; `waiting` is that for PostgreSQL."""
    sums = [f"coalesce(sum({column.source}), 0)::text" for column in table.summed]
    source = (
        f"SELECT ({_day(table.month)})::text AS d, ({_branch(table)})::text AS b, count(*)::text AS n"
        + "".join(f", {words} AS s{place}" for place, words in enumerate(sums))
        + f", sum({_source_hash(table)})::text AS h FROM {table.read_from} {_except(table, waiting)} GROUP BY 1, 2"
    )
    held = "".join(f", CAST(coalesce(sum({column.name}), 0) AS VARCHAR)" for column in table.summed)
    lake = (
        f"SELECT {_lake_place(table)}, CAST(count(*) AS VARCHAR){held}, CAST(sum({_lake_hash(table)}) AS VARCHAR) "
        f"FROM {table.name} WHERE {_now(table)} GROUP BY 1, 2"
    )
    return Sides(
        table, _groups(con, f"SELECT * FROM postgres_query('source', $${source}$$)"), _groups(con, lake)
    )


def differences(con: duckdb.DuckDBPyConnection, found: Sides, waiting: str) -> tuple[Difference, ...]:
    """Every difference, down to the row where it could be looked for, else the figures of its group."""
    named: list[Difference] = []
    places = found.differing
    if places:
        named += _rows(con, found.table, places[:GROUPS_LOOKED_INTO], waiting)
    for day, branch in places[GROUPS_LOOKED_INTO:]:
        nothing = (Decimal(0),) * len(found.figures)
        here, there = (side.get((day, branch), nothing) for side in (found.lake, found.source))
        for figure, source, lake in zip(found.figures, there, here, strict=True):
            if source != lake:
                name = found.table.name
                named.append(Difference(name, figure, _month(day), str(source), str(lake), day, branch))
    return tuple(named)


def _rows(
    con: duckdb.DuckDBPyConnection, table: Table, places: list[Place], waiting: str
) -> list[Difference]:
    """The rows of these groups that are missing, doubled or different, each with its columns."""
    day, branch = f"coalesce(({_day(table.month)})::text, '')", _branch(table)
    listed = ", ".join(f"('{on}', '{unit}')" for on, unit in places)
    source = (
        f"SELECT {table.columns[0].source} AS key, {_source_hash(table)} AS hash FROM {table.read_from} "
        f"{_except(table, waiting)} AND ({day}, coalesce(({branch})::text, '')) IN ({listed})"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE there AS SELECT * FROM postgres_query('source', $${source}$$)")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE here AS SELECT key, count(*) AS n, min(hash) AS hash FROM (SELECT {table.key} "
        f"AS key, {_lake_hash(table)} AS hash, {_lake_place(table)} FROM {table.name} WHERE {_now(table)}) "
        f"WHERE (coalesce(d, ''), coalesce(b, '')) IN ({listed}) GROUP BY key"
    )
    keys = con.execute(
        "SELECT key FROM there FULL JOIN here USING (key) WHERE here.n IS DISTINCT FROM 1 "
        "OR there.hash IS DISTINCT FROM here.hash ORDER BY key LIMIT ?",
        [ROWS_NAMED * len(places)],
    ).fetchall()
    return _named(con, table, [int(row[0]) for row in keys]) if keys else []


def _named(con: duckdb.DuckDBPyConnection, table: Table, keys: list[int]) -> list[Difference]:
    """For each key the columns that differ, or that the row is not there once."""
    among = ", ".join(map(str, keys))
    compared = _compared(table)
    place = f"({_day(table.month)})::text AS d, ({_branch(table)})::text AS b"
    columns = ", ".join(f"{_source_text(column)} AS c{at}" for at, column in enumerate(compared))
    source = (
        f"SELECT id AS key, {place}, {columns} FROM {table.read_from} WHERE {table.relation}.id IN ({among})"
    )
    there = _by_key(con, f"SELECT * FROM postgres_query('source', $${source}$$)")
    texts = ", ".join(_lake_text(column) for column in compared)
    here = _by_key(
        con,
        f"SELECT {table.key}, {_lake_place(table)}, {texts} FROM {table.name} "
        f"WHERE {table.key} IN ({among}) {'AND is_current' if table.keeping is Keeping.HISTORY else ''}",
    )
    named = []
    for key in keys:
        source_rows, lake_rows = there.get(key, []), here.get(key, [])
        day, branch, *_ = (source_rows or lake_rows)[0]
        where = {"month": _month(day), "day": day, "branch": branch, "key": str(key)}
        if len(source_rows) != len(lake_rows):
            count = {"source": str(len(source_rows)), "lake": str(len(lake_rows))}
            named.append(Difference(table.name, ROWS, **count, **where))
            continue
        pairs = zip(compared, source_rows[0][2:], lake_rows[0][2:], strict=True)
        named += [
            Difference(table.name, column.name, source=source, lake=lake, **where)
            for column, source, lake in pairs
            if source != lake
        ]
    return named


def _by_key(con: duckdb.DuckDBPyConnection, query: str) -> dict[int, list[tuple[str, ...]]]:
    rows: dict[int, list[tuple[str, ...]]] = {}
    for key, *values in con.execute(query).fetchall():
        rows.setdefault(int(key), []).append(tuple("" if value is None else str(value) for value in values))
    return rows


def _groups(con: duckdb.DuckDBPyConnection, query: str) -> Groups:
    return {
        (row[0] or "", row[1] or ""): tuple(Decimal(text) for text in row[2:])
        for row in con.execute(query).fetchall()
    }


# The same words in both databases


def _compared(table: Table) -> list[Column]:
    """The columns that are equal on both sides: what is hashed on its way is not."""
    return [column for column in table.columns if not column.taken]


def _source_hash(table: Table) -> str:
    return f"('x' || left(md5({_joined(table, _source_text)}), 15))::bit(60)::bigint"


def _lake_hash(table: Table) -> str:
    return f"CAST('0x' || left(md5({_joined(table, _lake_text)}), 15) AS BIGINT)"


def _joined(table: Table, text: Callable[[Column], str]) -> str:
    words = ", ".join(f"coalesce({text(column)}, {_NOTHING})" for column in _compared(table))
    return f"concat_ws(chr(31), {words})"


def _source_text(column: Column) -> str:
    kind, value = column.type, f"({column.source})"
    if kind == "TIMESTAMP":
        return f"(extract(epoch FROM {value}) * 1000000)::bigint::text"
    if kind == "DOUBLE":
        return f"floor({value}::float8 * 1e9::float8)::bigint::text"
    if kind.startswith("DECIMAL"):
        return f"{value}::numeric{kind.removeprefix('DECIMAL')}::text"
    return f"{value}::text"


def _lake_text(column: Column) -> str:
    if column.type == "TIMESTAMP":
        return f"CAST(epoch_us({column.name}) AS VARCHAR)"
    if column.type == "DOUBLE":
        return f"CAST(CAST(floor({column.name} * 1e9) AS BIGINT) AS VARCHAR)"
    return f"CAST({column.name} AS VARCHAR)"


def _day(month: str) -> str:
    """The day behind the month of a table, the month where there is no finer one."""
    found = _MONTH_OF_DAY.match(month)
    return found[1] if found else month or "NULL::date"


def _branch(table: Table) -> str:
    return next((column.source for column in table.columns if column.name == "branch_id"), "NULL::bigint")


def _lake_place(table: Table) -> str:
    unit = "branch_id" if any(column.name == "branch_id" for column in table.columns) else "NULL"
    return f"CAST({_day(table.lake_month)} AS VARCHAR) AS d, CAST({unit} AS VARCHAR) AS b"


def _except(table: Table, waiting: str) -> str:
    return f"WHERE NOT coalesce({waiting}, false)" if waiting else "WHERE true"


def _now(table: Table) -> str:
    held = "is_current AND " if table.keeping is Keeping.HISTORY else ""
    return f"{held}{table.key} NOT IN (SELECT key FROM waiting)"


def _month(day: str) -> str:
    return f"{day[:7]}-01" if day else ""
