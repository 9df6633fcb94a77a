from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from loopline.demo import usage_records
from loopline.testing import Operator
from loopline.warehouse import api as warehouse
from loopline.warehouse import lake
from loopline.warehouse.personal import keyed_hash

MARCH = date(2026, 3, 1)
LINES = 600


def number(place: int) -> str:
    return f"+861380{place:07}"


def lines_without_operations(tenant: int, lines: int) -> None:
    """Subscriptions that stand in the lake only, every twentieth of which left in March."""
    with lake.writer(tenant) as con:
        known = {row[0]: row[1] for row in con.execute("DESCRIBE dim_subscription").fetchall()}
        con.execute("CREATE TEMP TABLE made (subscription_id BIGINT, number_hash VARCHAR, ended_on DATE)")
        con.executemany(
            "INSERT INTO made VALUES (?, ?, ?)",
            [
                (
                    1_000_000 + place,
                    keyed_hash(tenant, "number", number(place)),
                    "2026-03-31" if place % 20 == 7 else None,
                )
                for place in range(lines)
            ],
        )
        given = {"subscription_id": "subscription_id", "number_hash": "number_hash", "ended_on": "ended_on"}
        given |= {"is_current": "true", "started_on": "DATE '2020-01-01'"}
        columns = ", ".join(f"{given.get(name, 'NULL')}" for name in known)
        con.execute(f"INSERT INTO dim_subscription SELECT {columns} FROM made")


@pytest.fixture
def used(operator: Operator, tmp_path: Path) -> Iterator[Operator]:
    """An operator whose 600 lines have used February and March."""
    warehouse.refresh(operator.tenant)
    lines_without_operations(operator.tenant, LINES)
    with duckdb.connect(config={"threads": "2"}) as con:
        con.execute(
            f"CREATE TABLE own AS SELECT range AS place, '+861380' || lpad(CAST(range AS VARCHAR), 7, '0') AS number "
            f"FROM range({LINES})"
        )
        for month in (date(2026, 2, 1), MARCH):
            path = tmp_path / f"{month}.parquet"
            usage_records.write(con, path, usage_records.Drawn(month, 12_000))
            found = warehouse.bring_usage(operator.tenant, path)
            assert (found.taken, found.unknown, found.rejected) == (12_000, 0, 0)
    warehouse.make_usage_months(operator.tenant)
    yield operator
