"""Subscriptions by the thousand: imports, migrations and simulators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from django.db import connection
from psycopg import sql

from loopline.customers import api as customers
from loopline.kernel import copying
from loopline.kernel.copying import Columns
from loopline.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Written:
    """Keys in the order of the rows that were given; `created` is false where the row was there before."""

    ids: list[int]
    created: list[bool]


def write_subscriptions(columns: Columns, *, source: str, country: str = "86") -> Written:
    """Create subscriptions and make their customers findable by their numbers.

    Required columns: `customer_id`, `branch_id`, `account_id`. Optional: `source_key` (a row whose key of this
    `source` exists is left as it is), `offering_id`, `service`, `number` (E.164, or the name of a line), `state`,
    `started_on`, `contract_ends_on`, `ended_on`, `end_reason`, `monthly_fee` (Decimal), `import_run_id`,
    `characteristics` (JSON text). Keys must not repeat within one call.
    """
    table = copying.as_table(columns)
    keys = table.column("source_key").to_pylist() if "source_key" in table.column_names else []
    known = known_subscriptions(source, keys) if keys else {}
    created = [key not in known for key in keys] if keys else [True] * table.num_rows
    fresh = table if all(created) else table.filter(pa.array(created))
    fresh_ids = copying.reserve_ids(Subscription, fresh.num_rows)
    if fresh.num_rows:
        named = {name: fresh.column(name) for name in fresh.column_names}
        sources = [source] * fresh.num_rows
        copying.copy_columns(Subscription, {"id": fresh_ids, "source": sources, **named})
        if "number" in fresh.column_names:
            parts = [fresh.column(name).to_pylist() for name in ("number", "customer_id", "branch_id")]
            customers.write_number_tokens(zip(*parts, strict=True), country)
    following = iter(fresh_ids)
    ids = [next(following) if new else known[keys[row]] for row, new in enumerate(created)]
    return Written(ids, created)


def known_subscriptions(source: str, keys: Sequence[str]) -> dict[str, int]:
    """Subscriptions of a source that exist: key → id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_key, id FROM subscriptions_subscription "
            "WHERE source = %s AND source_key = ANY (%s) AND source_key <> ''",
            [source, list(keys)],
        )
        return dict(cursor.fetchall())


def end_subscriptions(rows: Iterable[tuple[int, date, str, str]]) -> int:
    """End subscriptions: (id, day, state, reason). One that has ended already is left as it is. Returns how many."""
    return _update(
        ["id", "ended_on", "state", "end_reason"],
        rows,
        "ended_on = s.ended_on, state = s.state, end_reason = s.end_reason",
        "u.ended_on IS NULL",
    )


def renew_contracts(rows: Iterable[tuple[int, date]]) -> int:
    """Let contracts run to a later day: (id, day). Returns how many do."""
    return _update(
        ["id", "contract_ends_on"],
        rows,
        "contract_ends_on = s.contract_ends_on",
        "(u.contract_ends_on IS NULL OR u.contract_ends_on < s.contract_ends_on)",
    )


def _update(columns: list[str], rows: Iterable[tuple[object, ...]], changes: str, where: str) -> int:
    statement = sql.SQL(
        f"UPDATE subscriptions_subscription u SET {changes}, version = u.version + 1 "
        f"FROM {{}} s WHERE u.id = s.id AND {where}"
    )
    with copying.staged(Subscription, columns, rows) as stage, connection.cursor() as cursor:
        cursor.execute(statement.format(stage))
        return int(cursor.rowcount)
