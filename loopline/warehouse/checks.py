"""Does the lake say what operations say? Counts and sums, by table and month, at the horizon of the newest load.

Operations go on while one checks. Rows that changed since the load (and those deleted since) are left out on both
sides by their keys; whatever else differs, differs. Sums of money are compared as exact decimals.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import duckdb

from loopline.kernel.scope import Scope, enter
from loopline.warehouse import lake, merge, monthly
from loopline.warehouse.models import Load
from loopline.warehouse.shape import MONEY, Keeping, Table
from loopline.warehouse.star import TABLES

KEPT = 200
"""At most so many differences are kept by name with the load."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on which source and lake disagree. `month` is an ISO date, '' where there is none."""

    table: str
    figure: str
    month: str
    source: str
    lake: str


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
            horizon = loaded.standing.horizon
            tables = (*(_check(con, table, horizon) for table in TABLES), _check_months(con))
        con.execute("ROLLBACK")
    result = Check(loaded.load_id, pinned, tables)
    _keep(tenant, result)
    return result


def _check(con: duckdb.DuckDBPyConnection, table: Table, horizon: int) -> TableCheck:
    _find_waiting(con, table, horizon)
    names = ["rows", *(column.name for column in table.summed)]
    sides = [_group(con, _of_source(table, horizon)), _group(con, _of_lake(table))]
    differences = _compare(table.name, names, *sides)
    source, held = (_total(side, len(names)) for side in sides)
    return TableCheck(
        table.name,
        rows_source=int(source[0]),
        rows_lake=int(held[0]),
        money={
            column.name: str(total)
            for column, total in zip(table.summed, held[1:], strict=True)
            if column.type == MONEY
        },
        months=len({month for side in sides for month in side if month}),
        waiting=_number(con, "SELECT count(*) FROM waiting"),
        differences=differences,
    )


type Group = dict[str, tuple[Decimal, ...]]


def _find_waiting(con: duckdb.DuckDBPyConnection, table: Table, horizon: int) -> None:
    """Fill `waiting` with the keys that changed or were deleted since the load."""
    changed = (
        f"SELECT id AS key FROM {table.read_from} WHERE {_changed(table, horizon)} UNION "
        f"SELECT row_id FROM kernel_tombstone WHERE relation = '{table.relation}' AND changed_xid >= {horizon}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE waiting AS SELECT key FROM postgres_query('source', $${changed}$$)"
    )


def _changed(table: Table, horizon: int) -> str:
    """Whether a row, or one that it is joined with, was written at or after the horizon.

    Without `changed_xid` the system column tells, by the lower half of the transaction's number.
    """
    written = f"xmin::text::bigint >= {horizon % 2**32}"
    ways = [f"changed_xid >= {horizon}" if table.followed else f"{table.relation}.{written}"]
    for relation, column in table.also:
        others = f"SELECT id FROM {relation} WHERE {written}"
        ways.append(f"coalesce({column} IN ({others}), false)" if column else f"EXISTS ({others})")
    return f"({' OR '.join(ways)})"


def _of_source(table: Table, horizon: int) -> str:
    """Figures by month over what the load could see and nobody has touched since, computed by PostgreSQL."""
    sums = "".join(
        f", coalesce(sum({column.source}), 0)::text AS {column.name}_sum" for column in table.summed
    )
    month = table.month or "NULL::date"
    query = (
        f"SELECT ({month})::text AS in_month, count(*)::text AS rows{sums} FROM {table.read_from} "
        f"WHERE NOT {_changed(table, horizon)} GROUP BY 1"
    )
    return f"SELECT * FROM postgres_query('source', $${query}$$)"


def _of_lake(table: Table) -> str:
    sums = "".join(f", CAST(coalesce(sum({column.name}), 0) AS VARCHAR)" for column in table.summed)
    month = table.lake_month or "NULL"
    held = "is_current AND" if table.keeping is Keeping.HISTORY else ""
    return (
        f"SELECT CAST({month} AS VARCHAR), CAST(count(*) AS VARCHAR){sums} FROM {table.name} "
        f"WHERE {held} {table.key} NOT IN (SELECT key FROM waiting) GROUP BY 1"
    )


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
