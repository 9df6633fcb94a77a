"""Customers by the thousand: imports, migrations and simulators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection
from psycopg import sql

from loopline.customers import matchkeys
from loopline.customers.models import (
    Account,
    Address,
    Consent,
    ContactMedium,
    Customer,
    IdentityDocument,
    PersonKey,
    SearchToken,
)
from loopline.customers.rules import masks
from loopline.customers.rules.tokens import SHORTEST_NUMBER, name_tokens, plain_number
from loopline.kernel import copying, sealing, series
from loopline.kernel.copying import Columns
from loopline.kernel.models import current_tenant
from loopline.kernel.scope import Aside, at_once

CUSTOMER_COLUMNS = (
    "kind", "name", "sex", "birth_date", "life_cycle", "tier", "joined_on", "left_on", "source_key", "branch_id",
)  # fmt: skip
CONSENTS = {
    "consent_call": ("marketing", "call"),
    "consent_sms": ("marketing", "sms"),
    "consent_email": ("marketing", "email"),
    "consent_wechat": ("marketing", "wechat"),
    "consent_profiling": ("profiling", ""),
}
"""Column of the bulk table → (purpose, channel)."""


@dataclass(frozen=True, slots=True)
class Written:
    """Keys in the order of the rows that were given; `created` is false where the row was there before."""

    customer_ids: list[int]
    account_ids: list[int]
    created: list[bool]


def write_customers(
    columns: Columns,
    *,
    source: str,
    country: str = "86",
    known: dict[str, tuple[int, int]] | None = None,
    aside: Aside = at_once,
) -> Written:
    """Create customers with account, contact media, key, document, consent and search tokens.

    Required columns: `branch_id`, `name`. Optional: `source_key` (a row whose key of this `source` exists is left
    as it is), `number`, `kind`, `sex`, `birth_date`, `life_cycle`, `tier`, `joined_on`, `left_on`, `telephone`
    (E.164), `email`, `region`, `street`, `document_kind`, `document` (clear; sealed here), `account_number`,
    `payment_method`, `bill_day`, and the booleans of CONSENTS (None: not asked). A missing number is given from
    the operator's series. Keys must not repeat within one call. 10,000 to 50,000 rows a call are a good size.
    `known` is what `known_customers` says, where the caller has asked. The search tokens, half of the work, are
    written by way of `aside`.
    """
    table = copying.as_table(columns)
    keys = _texts(table, "source_key")
    if known is None:
        known = known_customers(source, keys) if "source_key" in table.column_names else {}
    created = [not (key and key in known) for key in keys]
    fresh = table if all(created) else table.filter(pa.array(created))
    customers = copying.reserve_ids(Customer, fresh.num_rows)
    accounts = copying.reserve_ids(Account, fresh.num_rows)
    if fresh.num_rows:
        _write(fresh, customers, accounts, source=source, country=country, aside=aside)
    next_customer, next_account = iter(customers), iter(accounts)
    pairs = [
        (next(next_customer), next(next_account)) if new else known[key]
        for new, key in zip(created, keys, strict=True)
    ]
    return Written([pair[0] for pair in pairs], [pair[1] for pair in pairs], created)


def known_customers(source: str, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Customers of a source that exist: key → (customer, his first account)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.source_key, c.id, min(a.id) FROM customers_customer c
            JOIN customers_account a ON a.customer_id = c.id
            WHERE c.source = %s AND c.source_key = ANY (%s) AND c.source_key <> ''
            GROUP BY c.source_key, c.id
            """,
            [source, list(keys)],
        )
        return {key: (customer, account) for key, customer, account in cursor.fetchall()}


def write_number_tokens(rows: Iterable[tuple[str, int, int]], country: str = "86") -> int:
    """Make customers findable by numbers: (number, customer id, branch id). Returns tokens added."""
    plain = ((plain_number(number, country), customer, branch) for number, customer, branch in rows if number)
    with copying.staged(SearchToken, ["token", "customer_id", "branch_id"], plain) as stage:
        return _insert_tokens(_ENDINGS.format(shortest=sql.Literal(SHORTEST_NUMBER - 1), stage=stage))


def drop_unmade_tokens() -> int:
    """Take away tokens of customers who never came to be: a crash between the two commits of a writer with `aside`.

    Only where nobody else of the tenant writes customers aside. Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_searchtoken t "
            "WHERE NOT EXISTS (SELECT FROM customers_customer c WHERE c.id = t.customer_id)"
        )
        return int(cursor.rowcount)


# The endings of `rules.tokens.number_tokens`, told to PostgreSQL.
_ENDINGS = sql.SQL(
    "SELECT substr(token, n), customer_id, branch_id FROM {stage}, "
    "LATERAL (SELECT greatest(1, length(token) - {shortest}) last, token !~ '\\D' plain) of, "
    "generate_series(1, last) n WHERE plain OR n IN (1, last) OR substr(token, n, 1) <> '0'"
)


def _insert_tokens(found: sql.Composable, *, of_new: bool = False) -> int:
    # In the order of the index, which halves the cost of filling it. Customers made just now (`of_new`) have no
    # tokens yet: what repeats is left out by the sort, and ON CONFLICT, which costs half as much again, is saved.
    statement = sql.SQL(
        "INSERT INTO customers_searchtoken (tenant_id, token, customer_id, branch_id) "
        "SELECT DISTINCT ON (token, customer_id) {}::int, q.* FROM ({}) q (token, customer_id, branch_id) "
        "ORDER BY token, customer_id {}"
    )
    conflict = sql.SQL("" if of_new else "ON CONFLICT DO NOTHING")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(statement.format(sql.Literal(current_tenant()), found, conflict))
        return int(cursor.rowcount)


def _write(
    table: pa.Table, customers: list[int], accounts: list[int], *, source: str, country: str, aside: Aside
) -> None:
    branches = table.column("branch_id").to_pylist()
    numbers = _numbers(table, "number", "customer", "C")
    people = list(zip(customers, branches, strict=True))
    telephones, emails = _texts(table, "telephone"), _texts(table, "email")
    names = _texts(table, "name")
    aside(lambda: _write_tokens(people, names, [numbers, telephones], country))
    given = {name: table.column(name) for name in CUSTOMER_COLUMNS if name in table.column_names}
    given |= _born_keys(table, names)
    count = table.num_rows
    copying.copy_columns(Customer, {"id": customers, "number": numbers, "source": [source] * count, **given})
    hanging = {"customer_id": customers, "branch_id": branches}
    extra = {
        name: table.column(name) for name in ("payment_method", "bill_day") if name in table.column_names
    }
    account_numbers = _numbers(table, "account_number", "account", "A")
    copying.copy_columns(Account, {"id": accounts, "number": account_numbers, **hanging, **extra})
    _write_media("telephone", people, telephones)
    _write_media("email", people, emails)
    _write_addresses(table, people)
    _write_secrets(table, people)
    _write_consents(table, people)


def _write_tokens(
    people: list[tuple[int, int]], names: list[str], numbers: list[list[str]], country: str
) -> None:
    words = [(token, *who) for who, name in zip(people, names, strict=True) for token in name_tokens(name)]
    plain = [
        (plain_number(number, country), *who)
        for column in numbers
        for who, number in zip(people, column, strict=True)
        if number
    ]
    columns = ["token", "customer_id", "branch_id"]
    with (
        copying.staged(SearchToken, columns, copying.of_rows(columns, words)) as named,
        copying.staged(SearchToken, columns, copying.of_rows(columns, plain)) as numbered,
    ):
        endings = _ENDINGS.format(shortest=sql.Literal(SHORTEST_NUMBER - 1), stage=numbered)
        _insert_tokens(sql.SQL("SELECT * FROM {} UNION ALL {}").format(named, endings), of_new=True)


def _write_media(kind: str, people: list[tuple[int, int]], values: list[str]) -> None:
    rows = [(kind, value, *who) for who, value in zip(people, values, strict=True) if value]
    columns = ["kind", "value", "customer_id", "branch_id"]
    copying.copy_columns(ContactMedium, copying.of_rows(columns, rows))


def _born_keys(table: pa.Table, names: list[str]) -> dict[str, list[bytes | None]]:
    if "birth_date" not in table.column_names:
        return {}
    tenant, days = current_tenant(), table.column("birth_date").to_pylist()
    return {
        "born_key": [
            matchkeys.born_key(tenant, name, day) if day else None
            for name, day in zip(names, days, strict=True)
        ]
    }


def _write_addresses(table: pa.Table, people: list[tuple[int, int]]) -> None:
    tenant = current_tenant()
    places = zip(people, _texts(table, "region"), _texts(table, "street"), strict=True)
    rows = (
        (region, street, matchkeys.place_key(tenant, region, street), *who)
        for who, region, street in places
        if region or street
    )
    copying.copy_rows(Address, ["region", "street", "place_key", "customer_id", "branch_id"], rows)


def _write_secrets(table: pa.Table, people: list[tuple[int, int]]) -> None:
    tenant = current_tenant()
    keys = [sealing.new_wrapped_key() for _ in people]
    copying.copy_rows(
        PersonKey,
        ["wrapped", "customer_id", "branch_id"],
        ((key, *who) for key, who in zip(keys, people, strict=True)),
    )
    papers = zip(people, keys, _texts(table, "document_kind"), _texts(table, "document"), strict=True)
    rows = (
        (kind, sealing.seal(key, text), sealing.fingerprint(tenant, kind, text), masks.document(text), *who)
        for who, key, kind, text in papers
        if text
    )
    columns = ["kind", "sealed", "fingerprint", "masked", "customer_id", "branch_id"]
    copying.copy_rows(IdentityDocument, columns, rows)


def _write_consents(table: pa.Table, people: list[tuple[int, int]]) -> None:
    rows: list[tuple[Any, ...]] = []
    for column, (purpose, channel) in CONSENTS.items():
        if column in table.column_names:
            answers = zip(people, table.column(column).to_pylist(), strict=True)
            rows += [(purpose, channel, answer, *who) for who, answer in answers if answer is not None]
    copying.copy_rows(Consent, ["purpose", "channel", "granted", "customer_id", "branch_id"], rows)


def _numbers(table: pa.Table, column: str, kind: str, prefix: str) -> list[str]:
    given = _texts(table, column)
    missing = sum(not number for number in given)
    if missing < len(given):
        series.go_past(kind, filter(None, given), prefix=prefix)
    if not missing:
        return given
    taken = iter(series.take(kind, missing, prefix=prefix))
    return [number or f"{prefix}{next(taken):08d}" for number in given]


def _texts(table: pa.Table, column: str) -> list[str]:
    if column not in table.column_names:
        return [""] * table.num_rows
    return [value or "" for value in table.column(column).to_pylist()]
