"""Carrying changes from PostgreSQL into the lake, inside the writer's one transaction.

Everything is read in one repeatable-read snapshot, and all that the snapshot shows is taken: so a snapshot of the
lake equals one of PostgreSQL. Which rows to read is a `Take`: those of keys that the change stream named, everything,
or, where there is no stream, what transactions at or above the horizon of the load before have written. What is taken
twice and is equal changes nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import duckdb

from loopline.warehouse import derived, fixed, monthly
from loopline.warehouse.delta import Delta
from loopline.warehouse.outcome import VIEWS
from loopline.warehouse.shape import Column, Keeping, Known, Table, columns_of, known_tables
from loopline.warehouse.star import TABLES
from loopline.warehouse.touching import Changed

FOREVER = "TIMESTAMP '9999-12-31'"
LOAD_COLUMNS = tuple(
    Column(name, kind, "", "", "")
    for name, kind in (
        ("load_id", "BIGINT"),
        ("source", "VARCHAR"),
        ("horizon", "BIGINT"),
        ("star", "VARCHAR"),
        ("moment", "TIMESTAMP"),
        ("complete", "BOOLEAN"),
        ("epoch", "BIGINT"),
        ("position", "BIGINT"),
        ("made_from", "VARCHAR"),
    )
)
"""The lake's own ledger: which load, of which database, up to which change, by which definitions."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the source stands (or stood at a load): which database it is, and its snapshot.

    `horizon` is the oldest transaction that is not over; from `beyond` on none is visible, nor are those `under_way`.
    """

    source: str
    horizon: int
    beyond: int = 0
    under_way: frozenset[int] = frozenset()

    def sees(self, transaction: int) -> bool:
        """Whether what the transaction wrote is visible."""
        return transaction < self.horizon or (transaction < self.beyond and transaction not in self.under_way)


@dataclass(frozen=True, slots=True)
class Place:
    """What a load holds: a snapshot of the source, and the stream up to a position of an epoch."""

    standing: Standing
    epoch: int
    position: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The newest load that the lake itself knows of, and up to which change of the stream."""

    load_id: int
    standing: Standing
    star: str
    epoch: int
    position: int
    made_from: str


@dataclass(frozen=True, slots=True)
class Take:
    """Which rows of a table's relation to read: those of a condition of PostgreSQL, all when it is empty.

    `perhaps_gone` is the query of keys that may have been deleted; `among` narrows where the lake looks for them.
    """

    condition: str = ""
    perhaps_gone: str = ""
    among: str = ""


EVERYTHING = Take()


def since(table: Table, horizon: int) -> Take:
    """What transactions at or above the horizon wrote; everything of a relation that does not follow them."""
    if not table.followed or table.also:
        return EVERYTHING
    buried = (
        f"SELECT key FROM postgres_query('source', $$SELECT row_id AS key FROM kernel_tombstone "
        f"WHERE relation = '{table.relation}' AND changed_xid >= {horizon}$$)"
    )
    return Take(f"changed_xid >= {horizon}", buried)


def of_keys(table: Table, changed: dict[str, set[int] | None]) -> Take | None:
    """The rows that changes of relations touch; None when the table reads none of them."""
    own = changed.get(table.relation, set())
    if own is None or any(name in changed and not (column and changed[name]) for name, column in table.also):
        return EVERYTHING
    conditions = [f"{table.relation}.id = ANY ('{_array(own)}')"] if own else []
    conditions += [
        f"{table.relation}.{column} = ANY ('{_array(keys)}')"
        for name, column in table.also
        if (keys := changed.get(name))
    ]
    if not conditions:
        return None
    listed = ", ".join(map(str, sorted(own))) or "NULL"
    bounds = f"{table.key} BETWEEN {min(own)} AND {max(own)}" if own and len(conditions) == 1 else ""
    return Take(" OR ".join(conditions), f"SELECT unnest([{listed}]) AS key", bounds)


def _array(keys: set[int]) -> str:
    return "{" + ",".join(map(str, sorted(keys))) + "}"


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a table: rows written, the months of its changed rows (old and new), whether anything changed."""

    rows: int
    months: frozenset[date] = frozenset()
    changed: bool = False


@cache
def star_version() -> str:
    """Changes when the definition of the star does; then everything is loaded anew."""
    words = repr((TABLES, monthly.COLUMNS, monthly.BUILD, monthly.PAYMENTS, VIEWS, fixed.signature()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def made_from() -> str:
    """Changes when the definition of a table made from others does; then all of those are made anew."""
    return hashlib.sha256(derived.signature().encode()).hexdigest()[:16]


def standing(con: duckdb.DuckDBPyConnection) -> Standing:
    """Where the source stands now; the first query of a transaction, it takes the snapshot.

    A restored or promoted server counts transactions differently, hence cluster, time line and database.
    """
    row = _from_source(
        con,
        "SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/' "
        "|| left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' "
        "|| (SELECT oid FROM pg_database WHERE datname = current_database()) AS source, "
        "pg_current_snapshot()::text AS snapshot",
    ).fetchone()
    assert row is not None
    horizon, beyond, under_way = str(row[1]).split(":")
    listed = frozenset(int(number) for number in under_way.split(",") if number)
    return Standing(str(row[0]), int(horizon), int(beyond), listed)


def newest(con: duckdb.DuckDBPyConnection) -> Loaded | None:
    """The newest load in the lake, None before the first."""
    try:
        row = con.execute(
            "SELECT load_id, source, horizon, star, coalesce(epoch, 0), coalesce(position, 0), made_from "
            'FROM "load" ORDER BY moment DESC, load_id DESC LIMIT 1'
        ).fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
    return None if row is None else Loaded(row[0], Standing(row[1], row[2]), *row[3:])


def note(
    con: duckdb.DuckDBPyConnection, load_id: int, moment: datetime, complete: bool, place: Place
) -> None:
    """Write the load into the lake, in the transaction that holds its rows."""
    at = place.standing
    words = [at.source, at.horizon, star_version(), moment.replace(tzinfo=None), complete]
    con.execute('DELETE FROM "load" WHERE load_id = ?', [load_id])
    con.execute(
        'INSERT INTO "load" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [load_id, *words, place.epoch, place.position, made_from()],
    )


def prepare(con: duckdb.DuckDBPyConnection, schema: str, known: Loaded | None) -> None:
    """Make what is missing or defined otherwise: tables, columns, views, tables made from others.

    `known` is the newest load.
    """
    if known is not None and (known.star, known.made_from) == (star_version(), made_from()):
        return
    there = known_tables(con)
    _make(con, there, "load", LOAD_COLUMNS)
    for table in TABLES:
        _make(con, there, table.name, columns_of(table))
    _make(con, there, monthly.NAME, monthly.COLUMNS)
    for name, words in VIEWS.items():
        con.execute(f"CREATE OR REPLACE VIEW {name} AS {words.format(schema=f'lake.{schema}')}")
    derived.prepare(con, there)


def begin_touched(con: duckdb.DuckDBPyConnection) -> None:
    """The empty list of keys whose months must be rebuilt."""
    con.execute("CREATE OR REPLACE TEMP TABLE touched_key (kind VARCHAR, key BIGINT, month DATE)")


def replace(con: duckdb.DuckDBPyConnection, table: Table, moment: datetime) -> Merged:
    """Bring a whole table up to the snapshot: latest rows are written anew, history goes on where it differs."""
    if table.keeping is Keeping.HISTORY:
        return merge(con, table, EVERYTHING, moment)
    con.execute(f"DELETE FROM {table.name}")
    return Merged(
        _written(con, f"INSERT INTO {table.name} BY NAME {_taken(table, EVERYTHING)}"), changed=True
    )


def merge(con: duckdb.DuckDBPyConnection, table: Table, take: Take, moment: datetime) -> Merged:
    """Bring the taken rows of a table up to the snapshot."""
    _stage(con, table, take)
    rows = _number(con, f"SELECT count(*) FROM {_fresh(table.name)}")
    if not rows and not _number(con, "SELECT count(*) FROM gone"):
        return Merged(0)
    _note_touched(con, table)
    months = _months(con, table)
    _apply(con, table, moment)
    return Merged(rows, months, changed=True)


def changes(names: Iterable[str]) -> list[Changed]:
    """What a load changed of some tables that follow relations, while it is under way."""
    return [Changed(table, _fresh(table.name), _old(table.name)) for table in TABLES if table.name in names]


def forget(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Let go of the temporary rows of a load."""
    for one in changes(set(names)):
        con.execute(f"DROP TABLE IF EXISTS temp.{one.fresh}")
        con.execute(f"DROP TABLE IF EXISTS temp.{one.old}")


def build_months(con: duckdb.DuckDBPyConnection) -> Merged:
    """Build fact_subscription_month from nothing."""
    con.execute(f"DELETE FROM {monthly.NAME}")
    rows = _written(con, f"INSERT INTO {monthly.NAME} {monthly.build(monthly.EVERYTHING)}")
    return Merged(rows, changed=True)


def rebuild_months(con: duckdb.DuckDBPyConnection, small: Delta | None) -> Merged:
    """Build fact_subscription_month anew where something changed, out of what a small load touched where that holds."""
    if not _number(con, "SELECT count(*) FROM touched_key"):
        return Merged(0)
    if small is None or not small.months_of_lines():
        con.execute(f"CREATE OR REPLACE TEMP TABLE touched_pair AS {monthly.TOUCHED}")
        con.execute(f"CREATE OR REPLACE TEMP TABLE rebuilt AS {monthly.build('SELECT * FROM touched_pair')}")
    months = con.execute("SELECT DISTINCT month FROM touched_pair").fetchall()
    if not months:
        return Merged(0)
    con.execute(
        f"DELETE FROM {monthly.NAME} WHERE (subscription_id, month) IN "
        "(SELECT (subscription_id, month) FROM touched_pair)"
    )
    rows = _written(con, f"INSERT INTO {monthly.NAME} SELECT * FROM rebuilt")
    return Merged(rows, frozenset(month for (month,) in months), changed=True)


def _stage(con: duckdb.DuckDBPyConnection, table: Table, take: Take) -> None:
    """Set apart rows that differ from the lake's, keys deleted at the source, and the lake's rows of either.

    Each look at a table of the lake costs some questions to its catalogue: the rows in question are read once.
    """
    names = ", ".join(column.name for column in table.columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {_taken(table, take)}")
    conditions = [*(["is_current"] if table.keeping is Keeping.HISTORY else []), *filter(None, [take.among])]
    held, asked = "held", ""
    if take.perhaps_gone:
        con.execute(f"CREATE OR REPLACE TEMP TABLE asked AS {take.perhaps_gone}")
        asked = f"SEMI JOIN asked ON asked.key = held.{table.key}"
        conditions.append(f"{table.key} IN (SELECT {table.key} FROM taken UNION ALL SELECT key FROM asked)")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    if take.perhaps_gone:
        con.execute(f"CREATE OR REPLACE TEMP TABLE held AS SELECT * FROM {table.name} {where}")
    else:
        held = f"(SELECT * FROM {table.name} {where}) held"
    fresh, old = _fresh(table.name), _old(table.name)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {fresh} AS SELECT {names} FROM taken EXCEPT SELECT {names} FROM {held}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {table.key} AS key FROM {held} {asked} "
        f"EXCEPT SELECT {table.key} FROM taken"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {old} AS SELECT * FROM {held} WHERE {table.key} IN "
        f"(SELECT {table.key} FROM {fresh} UNION ALL SELECT key FROM gone)"
    )


def _fresh(name: str) -> str:
    return f"fresh_{name}"


def _old(name: str) -> str:
    return f"old_{name}"


def _months(con: duckdb.DuckDBPyConnection, table: Table) -> frozenset[date]:
    """The months of the old and the new rows, where the table has months; of a dimension the first it tells of."""
    fresh, old = _fresh(table.name), _old(table.name)
    if table.past:
        row = con.execute(
            f"SELECT CAST(date_trunc('month', min({table.past})) AS DATE) FROM {fresh} f FULL JOIN {old} o "
            f"USING ({table.key})"
        ).fetchone()
        return frozenset(row) if row and row[0] is not None else frozenset()
    if not table.lake_month or table.keeping is Keeping.HISTORY:
        return frozenset()
    rows = con.execute(
        f"SELECT DISTINCT {table.lake_month} FROM {fresh} UNION SELECT DISTINCT {table.lake_month} FROM {old}"
    ).fetchall()
    return frozenset(month for (month,) in rows if month is not None)


def _apply(con: duckdb.DuckDBPyConnection, table: Table, moment: datetime) -> None:
    fresh, old = _fresh(table.name), _old(table.name)
    replaced = f"{table.key} IN (SELECT {table.key} FROM {old})"
    any_old, any_fresh = (_number(con, f"SELECT count(*) FROM {name}") for name in (old, fresh))
    if table.keeping is Keeping.LATEST:
        if any_old:
            con.execute(f"DELETE FROM {table.name} WHERE {replaced}")
        if any_fresh:
            con.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM {fresh}")
        return
    now = f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(sep=' ')}'"
    if any_old:
        con.execute(
            f"UPDATE {table.name} SET valid_to = {now}, is_current = false WHERE is_current AND {replaced}"
        )
    if not any_fresh:
        return
    con.execute(
        f"INSERT INTO {table.name} BY NAME "
        f"SELECT *, {now} AS valid_from, {FOREVER} AS valid_to, true AS is_current FROM {fresh}"
    )


def _note_touched(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Keys of the months that the old and the new rows of a table belong to."""
    if table.name not in monthly.KEYS_TOUCHED:
        return
    kind, key, month = monthly.KEYS_TOUCHED[table.name]
    kinds = [(kind, key)] if table.name != "fact_bill" else [(kind, key), ("subscription", "subscription_id")]
    for name, column in kinds:
        for rows in (_fresh(table.name), _old(table.name)):
            con.execute(
                f"INSERT INTO touched_key SELECT DISTINCT '{name}', {column}, {month or 'NULL'} FROM {rows}"
            )


def _taken(table: Table, take: Take) -> str:
    where = f" WHERE {take.condition}" if take.condition else ""
    query = f"SELECT {table.source_columns} FROM {table.read_from}{where}"
    return f"SELECT {table.taken_columns} FROM postgres_query('source', $${query}$$)"


def _make(con: duckdb.DuckDBPyConnection, there: Known, name: str, columns: tuple[Column, ...]) -> None:
    if name not in there:
        wanted = ", ".join(f"{column.name} {column.type}" for column in columns)
        con.execute(f"CREATE TABLE {name} ({wanted})")
        return
    known = {column for column, _type in there[name]}
    for column in columns:
        if column.name not in known:
            con.execute(f"ALTER TABLE {name} ADD COLUMN {column.name} {column.type}")


def _from_source(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    return con.execute(f"SELECT * FROM postgres_query('source', $${query}$$)")


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _written(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    return _number(con, statement)
