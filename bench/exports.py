"""Exporting 100,000 customers from the list: masked as csv and as a workbook, and in clear, beside a plain COPY."""

import tempfile
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import psycopg

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import DATABASE, Installation

ROWS = 100_000
FAMILY, GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
DATA = f"{ROWS:,} made-up customers with names, numbers and passports, a line and a score each"


def run() -> list[Result]:
    """Rows a second from the database to the last byte of the file, and of COPY of the customers' table."""
    with tempfile.TemporaryDirectory() as folder, opened(Installation(Path(folder) / "data")) as house:
        from loopline.customers import api, exporting, panels
        from loopline.identity import api as identity
        from loopline.kernel import sheets
        from loopline.kernel.scope import NOBODY, Scope, enter

        panels.load()
        with enter(NOBODY):
            tenant = int(identity.found_tenant(code="bench", name="测速", name_en="Bench", root="company").pk)
        with enter(Scope(tenant)):
            _customers()
        _wait_for_statistics(house)
        actor_scope = Scope(tenant)

        def rate(clear: bool, form: str) -> float:
            with enter(actor_scope):
                actor = identity.platform_actor(tenant, "bench")
                make = exporting.clear_blocks if clear else exporting.listed_blocks
                wrap = sheets.as_xlsx if form == "xlsx" else sheets.as_csv
                begun = time.perf_counter()
                _drained(wrap(make(actor, api.Wanted())))
                return ROWS / (time.perf_counter() - begun)

        with enter(actor_scope):
            reference = _copied()
        return [
            Result("masked, csv", rate(False, "csv"), "rows/s", reference),
            Result("masked, workbook", rate(False, "xlsx"), "rows/s", reference),
            Result("in clear, csv", rate(True, "csv"), "rows/s", reference),
        ]


def _wait_for_statistics(house: Installation) -> None:
    """Until autovacuum has counted what was loaded, as it does within a minute. RuntimeError after four."""
    deadline = time.monotonic() + 240
    with psycopg.connect(house.url("admin", DATABASE), autocommit=True) as connection:
        while time.monotonic() < deadline:
            waiting = connection.execute(
                "SELECT count(*) FROM pg_stat_user_tables WHERE n_live_tup >= %s AND last_autoanalyze IS NULL "
                "AND last_analyze IS NULL",
                [ROWS],
            ).fetchone()
            if waiting == (0,):
                return
            time.sleep(2)
    raise RuntimeError("autovacuum has not counted the tables")


def _customers() -> None:
    from decimal import Decimal

    from loopline.customers import api as customers
    from loopline.identity import api as identity
    from loopline.scores import api as scores
    from loopline.subscriptions import api as subscriptions

    root = identity.Unit.objects.get().pk
    numbers = [f"+86138{place:08}" for place in range(ROWS)]
    made = customers.write_customers(
        {
            "branch_id": [root] * ROWS,
            "name": [
                FAMILY[place % len(FAMILY)] + GIVEN[place % len(GIVEN)] + GIVEN[place // 7 % len(GIVEN)]
                for place in range(ROWS)
            ],
            "telephone": numbers,
            "tier": [("gold", "silver", "standard")[place % 3] for place in range(ROWS)],
            "joined_on": [date(2020, 1, 1) + timedelta(days=place % 2000) for place in range(ROWS)],
            "document_kind": ["passport"] * ROWS,
            "document": [f"P{place:09}" for place in range(ROWS)],
        },
        source="bench",
    )
    own = {"customer_id": made.customer_ids, "branch_id": [root] * ROWS, "account_id": made.account_ids}
    lines = subscriptions.write_subscriptions(own | {"number": numbers}, source="bench").ids
    scores.write_scores(
        {
            "subscription_id": lines,
            "risk": [place % 997 / 1000 for place in range(ROWS)],
            "risk_class": ["high" if place % 997 > 600 else "low" for place in range(ROWS)],
            "value": [Decimal(place % 200) for place in range(ROWS)],
            "value_class": ["high" if place % 200 > 100 else "low" for place in range(ROWS)],
            "reasons": ["[]"] * ROWS,
        },
        model_run_id=1,
        as_of=date(2026, 1, 31),
    )


def _copied() -> float:
    from django.db import connection

    begun = time.perf_counter()
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM customers_customer) TO STDOUT") as out,
    ):
        _drained(out)
    return ROWS / (time.perf_counter() - begun)


def _drained(parts: Iterable[object]) -> None:
    for _part in parts:
        pass
