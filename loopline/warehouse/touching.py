"""Whom a load touched: the customers of the changed rows, their lines and accounts, and those who share these."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from loopline.warehouse import lineage
from loopline.warehouse.shape import Table

KEYS = {
    "customer_id": "touched_customer",
    "subscription_id": "touched_line",
    "account_id": "touched_account",
}
"""By which columns the rows of the touched customers are found, and the temporary tables of the keys."""
NOBODY = 0
"""Stands for the customer of rows that have none."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A table that a load changed: temporary tables hold its new rows, and those replaced or gone."""

    table: Table
    fresh: str
    old: str


@cache
def columns() -> Mapping[str, tuple[str, ...]]:
    """The columns of every table of the lake."""
    return lineage.tables()


def links(name: str) -> list[str]:
    """The columns of a table that say whose its rows are."""
    return [key for key in KEYS if key in columns()[name]]


def touched(con: duckdb.DuckDBPyConnection, changes: Iterable[Changed]) -> list[int]:
    """The touched customers; NOBODY where a changed row is of none. Fills the temporary tables of all keys.

    Of a line all customers count who ever had it, of an account all lines that ever were on it.
    """
    for key, into in KEYS.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {into} ({key} BIGINT)")
    for one in changes:
        has = links(one.table.name)
        for rows in (one.fresh, one.old):
            for key in has:
                con.execute(
                    f"INSERT INTO {KEYS[key]} SELECT DISTINCT {key} FROM {rows} WHERE {key} IS NOT NULL"
                )
            con.execute(
                f"INSERT INTO touched_customer SELECT {NOBODY} FROM {rows} "
                f"WHERE {' AND '.join(f'{key} IS NULL' for key in has)} LIMIT 1"
            )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE holder AS "
        "SELECT DISTINCT subscription_id, account_id, customer_id FROM dim_subscription"
    )
    lines = "INSERT INTO touched_line SELECT subscription_id FROM holder SEMI JOIN"
    con.execute(f"{lines} touched_customer USING (customer_id)")
    con.execute(
        "INSERT INTO touched_account SELECT account_id FROM holder SEMI JOIN touched_line USING (subscription_id)"
    )
    con.execute(f"{lines} touched_account USING (account_id)")
    con.execute(
        f"INSERT INTO touched_customer SELECT coalesce(customer_id, {NOBODY}) "
        "FROM touched_line LEFT JOIN holder USING (subscription_id)"
    )
    con.execute(f"{lines} touched_customer USING (customer_id)")
    for key, into in KEYS.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT DISTINCT {key} FROM {into}")
    return [row[0] for row in con.execute("FROM touched_customer").fetchall()]
