"""Carrying changes from PostgreSQL into the lake, inside the writer's one transaction.

Everything is read in one repeatable-read snapshot. Its horizon is `pg_snapshot_xmin`: every transaction below it is
over and visible. A load takes all rows visible with `changed_xid` at or above the horizon of the load before, also
those above its own horizon, so that the lake equals the snapshot; what was taken early comes again and, being equal,
changes nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import duckdb

from loopline.warehouse import fixed, monthly
from loopline.warehouse.outcome import VIEWS
from loopline.warehouse.personal import keyed_hash, without_personal_values
from loopline.warehouse.shape import Column, Keeping, Table, columns_of
from loopline.warehouse.star import TABLES

FOREVER = "TIMESTAMP '9999-12-31'"
LOAD_COLUMNS = (
    "load_id BIGINT, source VARCHAR, horizon BIGINT, star VARCHAR, moment TIMESTAMP, complete BOOLEAN"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the source stands (or stood at a load): which database it is, and its horizon."""

    source: str
    horizon: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The newest load that the lake itself knows of."""

    load_id: int
    standing: Standing
    star: str


@cache
def star_version() -> str:
    """Changes when the definition of the star does; then everything is loaded anew."""
    words = repr((TABLES, monthly.COLUMNS, monthly.BUILD, monthly.PAYMENTS, VIEWS, fixed.signature()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def standing(con: duckdb.DuckDBPyConnection) -> Standing:
    """Where the source stands now; the first query of a transaction, it takes the snapshot.

    A restored or promoted server counts transactions differently, hence cluster, time line and database.
    """
    row = _from_source(
        con,
        "SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/' "
        "|| left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' "
        "|| (SELECT oid FROM pg_database WHERE datname = current_database()) AS source, "
        "pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon",
    ).fetchone()
    assert row is not None
    return Standing(str(row[0]), int(row[1]))


def newest(con: duckdb.DuckDBPyConnection) -> Loaded | None:
    """The newest load in the lake, None before the first."""
    try:
        row = con.execute(
            'SELECT load_id, source, horizon, star FROM "load" ORDER BY moment DESC, load_id DESC LIMIT 1'
        ).fetchone()
    except duckdb.CatalogException:
        return None
    return None if row is None else Loaded(row[0], Standing(row[1], row[2]), row[3])


def note(
    con: duckdb.DuckDBPyConnection, load_id: int, at: Standing, moment: datetime, complete: bool
) -> None:
    """Write the load into the lake, in the transaction that holds its rows."""
    con.execute(
        'INSERT INTO "load" VALUES (?, ?, ?, ?, ?, ?)',
        [load_id, at.source, at.horizon, star_version(), moment.replace(tzinfo=None), complete],
    )


def prepare(con: duckdb.DuckDBPyConnection, tenant: int, schema: str) -> None:
    """Make what is missing: tables, columns, views and the functions that hide personal values."""
    con.create_function("keyed_hash", lambda text: keyed_hash(tenant, "number", text), ["VARCHAR"], "VARCHAR")
    con.create_function(
        "without_personal_values",
        lambda text: without_personal_values(tenant, text),
        ["VARCHAR"],
        "VARCHAR",
    )
    con.execute(f'CREATE TABLE IF NOT EXISTS "load" ({LOAD_COLUMNS})')
    for table in TABLES:
        _make(con, schema, table.name, columns_of(table))
    _make(con, schema, monthly.NAME, monthly.COLUMNS)
    known = newest(con)
    if known is None or known.star != star_version():
        for name, words in VIEWS.items():
            con.execute(f"CREATE OR REPLACE VIEW {name} AS {words.format(schema=f'lake.{schema}')}")


def begin_touched(con: duckdb.DuckDBPyConnection) -> None:
    """The empty list of keys whose months must be rebuilt."""
    con.execute("CREATE OR REPLACE TEMP TABLE touched_key (kind VARCHAR, key BIGINT, month DATE)")


def merge(con: duckdb.DuckDBPyConnection, table: Table, since: int | None, moment: datetime) -> int:
    """Bring one table up to the snapshot: changes since a horizon, or everything (None). Returns rows written."""
    if since is None and table.keeping is Keeping.LATEST:
        con.execute(f"DELETE FROM {table.name}")
        return _written(con, f"INSERT INTO {table.name} {_taken(table, None)}")
    _stage(con, table, since)
    changed = _number(con, "SELECT count(*) FROM fresh")
    if changed or _number(con, "SELECT count(*) FROM gone"):
        if since is not None:
            _note_touched(con, table)
        _apply(con, table, moment)
    return changed


def rebuild_months(con: duckdb.DuckDBPyConnection, since: int | None) -> int:
    """Build fact_subscription_month anew where something changed (everywhere: None). Returns rows written."""
    if since is None:
        con.execute(f"DELETE FROM {monthly.NAME}")
        return _written(con, f"INSERT INTO {monthly.NAME} {monthly.build(monthly.EVERYTHING)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched_pair AS {monthly.TOUCHED}")
    if not _number(con, "SELECT count(*) FROM touched_pair"):
        return 0
    con.execute(f"CREATE OR REPLACE TEMP TABLE rebuilt AS {monthly.build('SELECT * FROM touched_pair')}")
    con.execute(
        f"DELETE FROM {monthly.NAME} WHERE (subscription_id, month) IN "
        "(SELECT (subscription_id, month) FROM touched_pair)"
    )
    return _written(con, f"INSERT INTO {monthly.NAME} SELECT * FROM rebuilt")


def _stage(con: duckdb.DuckDBPyConnection, table: Table, since: int | None) -> None:
    """Fill `fresh` with rows that differ from the lake's and `gone` with keys deleted at the source."""
    names = ", ".join(column.name for column in table.columns)
    held = "WHERE is_current" if table.keeping is Keeping.HISTORY else ""
    whole = since is None or not table.followed
    con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {_taken(table, None if whole else since)}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT {names} FROM taken EXCEPT SELECT {names} FROM {table.name} "
        f"SEMI JOIN taken USING ({table.key}) {held}"
    )
    gone = (
        f"SELECT {table.key} AS key FROM {table.name} {held}"
        if whole
        else f"SELECT key FROM postgres_query('source', $$SELECT row_id AS key FROM kernel_tombstone "
        f"WHERE relation = '{table.relation}' AND changed_xid >= {since}$$)"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE gone AS {gone} EXCEPT SELECT {table.key} FROM taken")


def _apply(con: duckdb.DuckDBPyConnection, table: Table, moment: datetime) -> None:
    replaced = f"{table.key} IN (SELECT {table.key} FROM fresh UNION ALL SELECT key FROM gone)"
    if table.keeping is Keeping.LATEST:
        con.execute(f"DELETE FROM {table.name} WHERE {replaced}")
        con.execute(f"INSERT INTO {table.name} SELECT * FROM fresh")
        return
    now = f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(sep=' ')}'"
    con.execute(
        f"UPDATE {table.name} SET valid_to = {now}, is_current = false WHERE is_current AND {replaced}"
    )
    con.execute(f"INSERT INTO {table.name} SELECT *, {now}, {FOREVER}, true FROM fresh")


def _note_touched(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Keys of the months that the old and the new rows of a table belong to."""
    if table.name not in monthly.KEYS_TOUCHED:
        return
    kind, key, month = monthly.KEYS_TOUCHED[table.name]
    kinds = [(kind, key)] if table.name != "fact_bill" else [(kind, key), ("subscription", "subscription_id")]
    old = (
        f"(SELECT * FROM {table.name} WHERE {table.key} IN "
        f"(SELECT {table.key} FROM fresh UNION ALL SELECT key FROM gone))"
    )
    for name, column in kinds:
        for rows in ("fresh", old):
            con.execute(
                f"INSERT INTO touched_key SELECT DISTINCT '{name}', {column}, {month or 'NULL'} FROM {rows}"
            )


def _taken(table: Table, since: int | None) -> str:
    where = "" if since is None else f" WHERE changed_xid >= {since}"
    query = f"SELECT {table.source_columns} FROM {table.read_from}{where}"
    return f"SELECT {table.taken_columns} FROM postgres_query('source', $${query}$$)"


def _make(con: duckdb.DuckDBPyConnection, schema: str, name: str, columns: tuple[Column, ...]) -> None:
    wanted = ", ".join(f"{column.name} {column.type}" for column in columns)
    con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({wanted})")
    there = {
        row[0]
        for row in con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND schema_name = ? "
            "AND table_name = ?",
            [schema, name],
        ).fetchall()
    }
    for column in columns:
        if column.name not in there:
            con.execute(f"ALTER TABLE {name} ADD COLUMN {column.name} {column.type}")


def _from_source(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    return con.execute(f"SELECT * FROM postgres_query('source', $${query}$$)")


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _written(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    return _number(con, statement)
