"""The warehouse: a first load, a load of one day's changes, and the check, beside a plain copy to Parquet."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import Installation

DATA = "a demo operator of 20,000 customers, 12 months"
CODE = "benchmark"
RUNS = 3


def run() -> list[Result]:
    """Measure in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="loopline-bench-") as folder, opened(Installation(Path(folder))):
        from loopline.demo import api as demo
        from loopline.warehouse import api

        tenant = demo.load(size="demo", code=CODE).tenant
        first, copy = (
            _seconds(lambda: api.refresh(tenant)),
            _seconds(lambda: _plain_copy(tenant, Path(folder))),
        )
        pairs = [
            (
                _seconds(lambda: api.refresh(tenant, complete=True)),
                _seconds(lambda: _plain_copy(tenant, Path(folder))),
            )
            for _ in range(RUNS)
        ]
        checks = [_seconds(lambda: api.check(tenant)) for _ in range(RUNS)]
        idle = [_seconds(lambda: api.refresh(tenant)) for _ in range(RUNS)]
        touched = _touch(tenant)
        changes = _seconds(lambda: api.refresh(tenant))
        agrees = api.check(tenant).agrees
    complete, plain = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [
        Result("first load", first, "s", copy),
        Result("complete load again", complete, "s", plain),
        Result(f"load of {touched:,} changed rows", changes, "s", plain),
        Result("load of nothing new", statistics.median(idle), "s", plain),
        Result("check", statistics.median(checks), "s", plain),
        Result("check agrees (1: yes)", float(agrees), ""),
    ]


def _touch(tenant: int) -> int:
    """Change every tenth bill and payment of the newest month. Returns the rows changed."""
    from django.db import connection

    from loopline.kernel.scope import Scope, enter

    with enter(Scope(tenant)), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_bill SET discount = discount + 1, amount = amount - 1 "
            "WHERE mod(id, 10) = 0 AND month = (SELECT max(month) FROM billing_bill)"
        )
        bills = cursor.rowcount
        cursor.execute("UPDATE billing_payment SET amount = amount + 1 WHERE mod(id, 100) = 0")
        return bills + cursor.rowcount


def _plain_copy(tenant: int, folder: Path) -> None:
    """The reference: the same relations through DuckDB into Parquet, nothing merged, nothing kept."""
    from loopline.warehouse import lake
    from loopline.warehouse.star import TABLES

    with lake.writer(tenant) as con:
        for table in TABLES:
            con.execute(
                f"COPY (SELECT * FROM postgres_query('source', $$SELECT {table.source_columns} "
                f"FROM {table.relation}$$)) TO '{folder / table.name}.parquet'"
            )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
