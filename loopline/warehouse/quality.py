"""Do the rows of the lake keep the rules declared beside their tables? Asked after each load, kept with its history.

Only what changed is looked at again: the tables, and of them the months, that differ between the snapshot of the run
before and the one now. What a rule says of the other months still holds, for their rows are the same.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import duckdb

from loopline.kernel.scope import Scope, enter
from loopline.warehouse import fixed, lake, monthly
from loopline.warehouse.models import QualityRun
from loopline.warehouse.shape import Column, Keeping, Rule, RuleKind, Table, adds_up, between, filled
from loopline.warehouse.star import TABLES

KEPT = 200
"""So many runs are kept for each operator."""
SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """A table whose rows are looked at: those that hold now, by month ('' where it has none)."""

    name: str
    key: str
    rules: tuple[Rule, ...]
    month: str = ""
    held: str = "true"


@dataclass(slots=True)
class Result:
    """What became of a rule: the rows of the table, those that fail, by month, and keys of some of them by month."""

    table: str
    rule: str
    rows: int = 0
    failing: int = 0
    months: dict[str, int] = field(default_factory=dict)
    sample: dict[str, list[str]] = field(default_factory=dict)


def subjects() -> tuple[Subject, ...]:
    """Every table with its rules: the declared ones, and those that its columns say."""
    return tuple(_subjects())


def rules_of(table: str) -> dict[str, Rule]:
    """The rules of a table by name; empty for a table without."""
    return {rule.name: rule for subject in subjects() if subject.name == table for rule in subject.rules}


def run(tenant: int, *, whole: bool = False) -> QualityRun | None:
    """Ask the rules of the newest snapshot and keep the result; None when nothing changed since the run before.

    `whole` looks at everything, whether it changed or not. Opens its own doors. Raises NotLoaded.
    """
    started = time.monotonic()
    with enter(Scope(tenant)):
        before = QualityRun.objects.order_by("-pk").first()
    known = (
        {}
        if before is None
        else {(found["table"], found["rule"]): Result(**found) for found in before.results}
    )
    with lake.reader(tenant) as con:
        snapshot = _number(con, "SELECT id FROM lake.current_snapshot()")
        if before is not None and before.snapshot >= snapshot and not whole:
            return None
        since = None if before is None or whole else before.snapshot
        results = [
            found
            for subject in subjects()
            for found in _ask(con, lake.schema(tenant), subject, known, (since, snapshot))
        ]
    kept = QualityRun(
        tenant_id=tenant,
        snapshot=snapshot,
        whole=since is None,
        rules=len(results),
        failing=sum(result.failing for result in results),
        results=[asdict(result) for result in results],
        milliseconds=round(1000 * (time.monotonic() - started)),
    )
    return _keep(tenant, kept)


def _subjects() -> Iterator[Subject]:
    for table in TABLES:
        held = "is_current" if table.keeping is Keeping.HISTORY else "true"
        month = "" if table.keeping is Keeping.HISTORY else table.lake_month
        yield Subject(table.name, table.key, (*_told(table, table.columns), *table.rules), month, held)
    for known in fixed.FIXED:
        yield Subject(known.name, known.key, (*_told(known, known.columns), *known.rules))
    built = (
        Rule(RuleKind.UNIQUE, ("subscription_id", "month")),
        *filled("subscription_id", "month", "customer_id", "branch_id", "revenue"),
        *_references(monthly.COLUMNS),
        adds_up(
            "revenue", "monthly_fee + usage_charge - discount", "monthly_fee", "usage_charge", "discount"
        ),
        between("complaints", "0", "contacts"),
    )
    yield Subject(monthly.NAME, "subscription_id", built, "month")


def _told(table: Table | fixed.Fixed, columns: tuple[Column, ...]) -> tuple[Rule, ...]:
    return (*filled(table.key), Rule(RuleKind.UNIQUE, (table.key,)), *_references(columns))


def _references(columns: tuple[Column, ...]) -> tuple[Rule, ...]:
    return tuple(
        Rule(RuleKind.REFERENCE, (column.name,), refers=column.refers) for column in columns if column.refers
    )


def _ask(
    con: duckdb.DuckDBPyConnection,
    schema: str,
    subject: Subject,
    known: dict[tuple[str, str], Result],
    span: tuple[int | None, int],
) -> list[Result]:
    """Every rule of a table, of its changed months only where the results of the others are known."""
    names = [(subject.name, rule.name) for rule in subject.rules]
    months = None if any(name not in known for name in names) else _changed_months(con, schema, subject, span)
    if months is not None and not months:
        return [known[name] for name in names]
    condition = (
        "true" if months is None else f"coalesce(CAST({subject.month} AS VARCHAR), '') IN {_listed(months)}"
    )
    rows = _number(con, f"SELECT count(*) FROM {subject.name} WHERE {subject.held}")
    found = [Result(subject.name, rule.name, rows) for rule in subject.rules]
    _ask_of_rows(con, subject, condition, found)
    for rule, result in zip(subject.rules, found, strict=True):
        if not rule.fails:
            _ask_of_many(con, subject, rule, condition, result)
        if months is not None:
            old = known[result.table, result.rule]
            result.months |= {month: count for month, count in old.months.items() if month not in months}
            result.sample |= {month: keys for month, keys in old.sample.items() if month not in months}
        result.failing = sum(result.months.values())
    return found


def _changed_months(
    con: duckdb.DuckDBPyConnection, schema: str, subject: Subject, span: tuple[int | None, int]
) -> set[str] | None:
    """The months that differ between two snapshots; None when everything has to be looked at."""
    since, now = span
    if since is None:
        return None
    changes = f"ducklake_table_changes('lake', '{schema}', '{subject.name}', {since + 1}, {now})"
    if not subject.month:
        return None if _number(con, f"SELECT count(*) FROM {changes}") else set()
    rows = con.execute(
        f"SELECT DISTINCT coalesce(CAST({subject.month} AS VARCHAR), '') FROM {changes}"
    ).fetchall()
    return {row[0] for row in rows}


def _ask_of_rows(
    con: duckdb.DuckDBPyConnection, subject: Subject, condition: str, found: list[Result]
) -> None:
    """The rules that look at one row, all of them in one pass over the table."""
    asked = [(rule, result) for rule, result in zip(subject.rules, found, strict=True) if rule.fails]
    month = f"coalesce(CAST({subject.month} AS VARCHAR), '')" if subject.month else "''"
    columns = ", ".join(
        f"count(*) FILTER ({rule.fails}), min(CAST({subject.key} AS VARCHAR), {SAMPLE}) FILTER ({rule.fails})"
        for rule, _result in asked
    )
    rows = con.execute(
        f"SELECT {month}, {columns} FROM {subject.name} WHERE {subject.held} AND {condition} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for row in rows:
        for place, (_rule, result) in enumerate(asked):
            _add(result, row[0], row[1 + 2 * place], row[2 + 2 * place])


def _ask_of_many(
    con: duckdb.DuckDBPyConnection, subject: Subject, rule: Rule, condition: str, result: Result
) -> None:
    """Whether values come once only, or are keys of another table."""
    columns = ", ".join(rule.columns)
    month = f"coalesce(CAST({subject.month} AS VARCHAR), '')" if subject.month else "''"
    if rule.kind is RuleKind.REFERENCE:
        key = _key_of(rule.refers)
        fails = f"{columns} IS NOT NULL AND {columns} NOT IN (SELECT {key} FROM {rule.refers})"
    else:
        fails = (
            f"({columns}) IN (SELECT ({columns}) FROM {subject.name} WHERE {subject.held} "
            f"GROUP BY {columns} HAVING count(*) > 1)"
        )
    rows = con.execute(
        f"SELECT {month}, count(*), min(CAST({subject.key} AS VARCHAR), {SAMPLE}) FROM {subject.name} "
        f"WHERE {subject.held} AND {condition} AND {fails} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for row in rows:
        _add(result, *row)


def _key_of(table: str) -> str:
    return next(subject.key for subject in subjects() if subject.name == table)


def _add(result: Result, month: str, count: int, keys: list[str] | None) -> None:
    if count:
        result.months[month], result.sample[month] = count, list(keys or [])


def _listed(months: set[str]) -> str:
    return "(" + ", ".join(f"'{month}'" for month in sorted(months)) + ")"


def _keep(tenant: int, kept: QualityRun) -> QualityRun:
    with enter(Scope(tenant)):
        kept.save()
        old = QualityRun.objects.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1]
        QualityRun.objects.filter(pk__lte=max(old, default=0)).delete()
    return kept


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])
