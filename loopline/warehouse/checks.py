"""Does the lake say what operations say? Counts, sums and a checksum, by table, day and branch, down to the row.

Operations go on while one checks. Rows that changed since the load (and those deleted since) are left out on both
sides by their keys, as the change stream names them; whatever else differs, differs.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import duckdb

from loopline.kernel.scope import Scope, enter
from loopline.warehouse import journal, lake, merge, monthly, stream
from loopline.warehouse.comparing import Difference, differences, sides
from loopline.warehouse.models import Load
from loopline.warehouse.shape import MONEY, Table
from loopline.warehouse.star import TABLES

KEPT = 200
"""At most so many differences are kept by name with the load."""


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A table reconciled: its rows on both sides, its money (name → sum in the lake), what waits for a load."""

    table: str
    rows_source: int
    rows_lake: int
    money: dict[str, str]
    months: int
    waiting: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """The lake reconciled with operations at the horizon of a load."""

    load_id: int
    snapshot: int
    tables: tuple[TableCheck, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every difference found."""
        return tuple(found for table in self.tables for found in table.differences)

    @property
    def agrees(self) -> bool:
        """Whether there is none."""
        return not self.differences

    def as_data(self) -> dict[str, Any]:
        """Plain values for JSON; money as text, to the fen."""
        return {"agrees": self.agrees, **asdict(self)}


def check(tenant: int) -> Check:
    """Reconcile the newest load of a tenant and keep the result with it. Opens its own doors. Raises NotLoaded."""
    pinned = lake.latest_snapshot()
    if pinned is None:
        raise lake.NotLoaded
    with lake.reader(tenant, snapshot=pinned, with_source=True) as con:
        con.execute("BEGIN")
        loaded = merge.newest(con)
        if loaded is None:
            raise lake.NotLoaded
        now = merge.standing(con)
        if now.source != loaded.standing.source:
            tables: tuple[TableCheck, ...] = (_of_another_database(now, loaded.standing),)
        else:
            changed = _changed_since(tenant, loaded)
            tables = (*(_check(con, table, loaded, changed) for table in TABLES), _check_months(con))
        con.execute("ROLLBACK")
    result = Check(loaded.load_id, pinned, tables)
    _keep(tenant, result)
    return result


type Changed = dict[str, set[int] | None]


def _changed_since(tenant: int, loaded: merge.Loaded) -> Changed | None:
    """The keys that changed since the load, as the stream names them; None where there is none."""
    state = stream.collect()
    if state.trouble or state.epoch != loaded.epoch:
        return None
    return journal.since(tenant, state.epoch, loaded.position, state.collected).keys


def _check(
    con: duckdb.DuckDBPyConnection, table: Table, loaded: merge.Loaded, changed: Changed | None
) -> TableCheck:
    horizon = loaded.standing.horizon
    if changed is None:
        condition, keys, buried = _written_since(table, horizon), set[int](), horizon
    else:
        condition, keys, buried = _waits(table, changed), changed.get(table.relation) or set(), 0
    _find_waiting(con, table, condition, keys, buried)
    found = sides(con, table, condition)
    source, held = found.total(found.source), found.total(found.lake)
    sums = zip(table.summed, held[1:-1], strict=True)
    return TableCheck(
        table.name,
        rows_source=int(source[0]),
        rows_lake=int(held[0]),
        money={column.name: str(total) for column, total in sums if column.type == MONEY},
        months=len({day[:7] for day, _ in found.source.keys() | found.lake.keys() if day}),
        waiting=_number(con, "SELECT count(*) FROM waiting"),
        differences=differences(con, found, condition),
    )


def _waits(table: Table, changed: Changed) -> str:
    """PostgreSQL's condition of the rows that wait for a load; '' for none."""
    take = merge.of_keys(table, changed)
    return "" if take is None else take.condition or "true"


def _find_waiting(
    con: duckdb.DuckDBPyConnection, table: Table, condition: str, keys: set[int] | None, buried: int
) -> None:
    """Fill `waiting` with the keys that changed since the load (None: any of the relation) or were deleted.

    Without the stream tombstones tell the deleted, from the transaction `buried` on.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE waiting (key BIGINT)")
    if not condition:
        return
    asked = f"SELECT {table.relation}.id AS key FROM {table.read_from} WHERE {condition}"
    if buried:
        asked += (
            f" UNION SELECT row_id FROM kernel_tombstone WHERE relation = '{table.relation}' "
            f"AND changed_xid >= {buried}"
        )
    con.execute(f"INSERT INTO waiting SELECT key FROM postgres_query('source', $${asked}$$)")
    if keys is None:
        con.execute(f"INSERT INTO waiting SELECT {table.key} FROM {table.name}")
    elif keys:
        con.execute(f"INSERT INTO waiting SELECT unnest({sorted(keys)}) EXCEPT SELECT key FROM waiting")


def _written_since(table: Table, horizon: int) -> str:
    """Whether a row, or one that it is joined with, was written at or after the horizon.

    Without `changed_xid` the system column tells, by the lower half of the transaction's number.
    """
    written = f"xmin::text::bigint >= {horizon % 2**32}"
    ways = [f"changed_xid >= {horizon}" if table.followed else f"{table.relation}.{written}"]
    for relation, column in table.also:
        others = f"SELECT id FROM {relation} WHERE {written}"
        ways.append(f"coalesce({column} IN ({others}), false)" if column else f"EXISTS ({others})")
    return f"({' OR '.join(ways)})"


def _check_months(con: duckdb.DuckDBPyConnection) -> TableCheck:
    """fact_subscription_month against the facts it is built from: its money by month, its rows once each."""
    names = ["rows", "monthly_fee", "usage_charge", "discount", "revenue", "paid"]
    billed = f"""
        SELECT month, 0, sum(monthly_fee), sum(usage_charge), sum(discount), sum(amount), 0
        FROM fact_bill GROUP BY month
        UNION ALL SELECT month, count(*), 0, 0, 0, 0, 0 FROM ({monthly.EVERYTHING}) GROUP BY month
        UNION ALL SELECT p.month, 0, 0, 0, 0, 0, sum(p.amount) FROM ({monthly.PAYMENTS}) p
        SEMI JOIN fact_bill USING (account_id, month) GROUP BY p.month"""
    built = f"""
        SELECT month, count(*), sum(monthly_fee), sum(usage_charge), sum(discount), sum(revenue), sum(paid)
        FROM {monthly.NAME} GROUP BY month"""
    sides = [
        _group(
            con,
            "SELECT CAST(month AS VARCHAR), "
            + ", ".join(f"CAST(sum({name}) AS VARCHAR)" for name in ("n", *names[1:]))
            + f" FROM ({figures}) f(month, n, {', '.join(names[1:])}) GROUP BY 1",
        )
        for figures in (billed, built)
    ]
    source, held = (_total(side, len(names)) for side in sides)
    money = {name: str(total) for name, total in zip(names[1:], held[1:], strict=True)}
    return TableCheck(
        monthly.NAME,
        int(source[0]),
        int(held[0]),
        money,
        len({month for side in sides for month in side if month}),
        0,
        _compare(monthly.NAME, names, *sides),
    )


type Group = dict[str, tuple[Decimal, ...]]


def _group(con: duckdb.DuckDBPyConnection, query: str) -> Group:
    return {row[0] or "": tuple(Decimal(text) for text in row[1:]) for row in con.execute(query).fetchall()}


def _compare(table: str, names: list[str], source: Group, held: Group) -> tuple[Difference, ...]:
    nothing = (Decimal(0),) * len(names)
    return tuple(
        Difference(table, name, month, str(there), str(here))
        for month in sorted(source.keys() | held.keys())
        for name, there, here in zip(names, source.get(month, nothing), held.get(month, nothing), strict=True)
        if there != here
    )


def _total(side: Group, width: int) -> list[Decimal]:
    return [sum((figures[place] for figures in side.values()), Decimal(0)) for place in range(width)]


def _of_another_database(now: merge.Standing, then: merge.Standing) -> TableCheck:
    found = Difference("load", "source", "", now.source, then.source)
    return TableCheck("load", 0, 0, {}, 0, 0, (found,))


def _keep(tenant: int, result: Check) -> None:
    kept = [
        {**asdict(table), "differences": [asdict(found) for found in table.differences[:KEPT]]}
        for table in result.tables
    ]
    with enter(Scope(tenant)):
        Load.objects.filter(pk=result.load_id).update(checks=kept)


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])
