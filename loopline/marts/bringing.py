"""A file into the lake: read whole, each cell as its column is read, keys met, then written in one transaction.

With one bad cell nothing is changed. Killed at any point the lake holds the rows of before or those of after; the next
load finds out which, and says so in the history.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from loopline.identity import api as identity
from loopline.imports import api as imports
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, change, enter
from loopline.marts import columns, matching
from loopline.marts.columns import Chosen
from loopline.marts.cubes import cube_of
from loopline.marts.events import MartBrought
from loopline.marts.models import Kind, Mart, MartLoad, Role, Status, Way
from loopline.marts.refusals import TableTooLarge, TooManyRows
from loopline.olap import api as olap
from loopline.warehouse import api as warehouse

MOST_FAULTS = 100
MOST_KEPT = 1_000_000
LONGEST = 200
_ARROW = {Kind.WHOLE: pa.int64(), Kind.NUMBER: pa.decimal128(28, 6), Kind.MONEY: pa.decimal128(18, 2)}
_KINDS = {
    "int64": ("BIGINT", pa.int64()),
    "int32": ("INTEGER", pa.int32()),
    "date": ("DATE", pa.date32()),
    "string": ("VARCHAR", pa.string()),
}
_OWN = {name: _KINDS[kind] for name, kind in olap.OWN_COLUMNS.items()}
_LARGEST = Decimal(10) ** 12


@dataclass(slots=True)
class Read:
    """The cells of a file by column, each as its column is read, and those that could not be."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    faults: list[tuple[int, str, imports.Reason]] = field(default_factory=list)
    rows: int = 0


def carry_out(tenant: int, load_id: int) -> MartLoad:
    """Bring the file of a load that was ordered. Opens its own doors; safe to be killed and run again.

    Raises LakeBusy while the lake is held for long; the load then still waits.
    """
    with enter(Scope(tenant)):
        load = MartLoad.objects.select_for_update(of=("self",)).select_related("mart").get(pk=load_id)
        if load.status not in (Status.QUEUED, Status.RUNNING):
            return load
        load.status = Status.RUNNING
        load.save(update_fields=["status"])
        actor = _actor(load)
        change(actor.scope)
        path = imports.Stored(load.stored_as, load.digest, load.size).path
        chosen = columns.of_stored(load.mart.columns)
    try:
        read = read_cells(imports.open_table(path, limits=columns.LIMITS), chosen)
        if read.faults:
            return _end(load, Status.REFUSED, faults=read.faults)
        with enter(actor.scope):
            matched = matching.met(actor, _texts(chosen, read))
        with warehouse.loaded_writer(tenant) as con:
            _settle(tenant, con, load)
            if _is_there(con, load):
                return _end(load, Status.DONE, actor=actor, rows=read.rows, matched=matched)
            matching.met_in_lake(con, _texts(chosen, read), matched)
            written = _arrow(load, chosen, read, matched, clock.today(actor.zone))
            total = _write(con, load, chosen, written)
            snapshot = con.execute("SELECT id FROM lake.current_snapshot()").fetchone()
        load.snapshot = int(snapshot[0]) if snapshot else None
        return _end(load, Status.DONE, actor=actor, rows=read.rows, matched=matched, total=total)
    except warehouse.LakeBusy:
        raise
    except Refusal as refusal:
        return _end(load, Status.REFUSED, error=refusal.message)


def read_cells(table: imports.Table, chosen: list[Chosen]) -> Read:
    """Read every row. The faults are the first ones; rows that are no rows are among them."""
    read, at = Read(), {column: place for place, column in enumerate(table.columns)}
    used = [(one, at[one.column], _parser(one)) for one in chosen if one.role != Role.SKIP]
    read.values = {one.column: [] for one, _place, _parse in used}
    for batch in table.rows():
        read.faults += [(fault.row, fault.column, fault.reason) for fault in batch.rejected]
        for row, cells in batch.rows:
            for one, place, parse in used:
                try:
                    read.values[one.column].append(parse(cells[place]))
                except imports.ValueRefused as refused:
                    read.values[one.column].append(None)
                    read.faults.append((row, one.column, refused.reason))
        read.rows += len(batch.rows)
        if read.rows > columns.MOST_ROWS:
            raise TooManyRows(field="file", allowed=formats.number(columns.MOST_ROWS))
        if len(read.faults) >= MOST_FAULTS:
            break
    read.faults = sorted(read.faults, key=lambda fault: fault[:2])[:MOST_FAULTS]
    return read


def _parser(one: Chosen) -> Callable[[Any], Any]:
    """From a cell to its value; raises ValueRefused."""
    if one.role == Role.MONTH:
        return _then(imports.Field(one.column, required=True).parser(), _month)
    if one.role == Role.DAY:
        return imports.Field(one.column, kind="date", required=True).parser()
    if one.role in columns.FIGURES:
        return _figure(one)
    text = imports.Field(one.column, longest=LONGEST).parser()
    return text if one.role in columns.KEYS else _then(text, _word)


def _figure(one: Chosen) -> Callable[[Any], Any]:
    if one.kind == Kind.WHOLE:
        return imports.Field(one.column, kind="integer").parser()
    if one.kind == Kind.MONEY:
        return imports.Field(one.column, kind="decimal", places=2).parser()
    return _then(imports.Field(one.column, kind="decimal").parser(), _number)


def _then(first: Callable[[Any], Any], then: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def parse(cell: Any) -> Any:
        value = first(cell)
        return None if value is None else then(cell, value)

    return parse


def _month(cell: Any, _text: str) -> date:
    month = columns.month_of(cell)
    if month is None:
        raise imports.ValueRefused("not_month")
    return month


def _number(_cell: Any, value: Decimal) -> Decimal:
    if abs(value) >= _LARGEST:
        raise imports.ValueRefused("too_large")
    return round(value, 6)


def _word(_cell: Any, text: str) -> str:
    if warehouse.is_telling(text):
        raise imports.ValueRefused("telling")
    return text


def _texts(chosen: list[Chosen], read: Read) -> dict[str, list[str | None]]:
    return {one.role: read.values[one.column] for one in chosen if one.role in columns.KEYS}


def _arrow(
    load: MartLoad, chosen: list[Chosen], read: Read, matched: matching.Matched, today: date
) -> pa.Table:
    """The rows as they are written."""
    named = {one.role: one.column for one in chosen}
    days = read.values.get(named.get(Role.DAY, ""), [None] * read.rows)
    months = read.values.get(named.get(Role.MONTH, ""))
    if months is None:
        months = [(day or today).replace(day=1) for day in days]
    own: dict[str, list[Any]] = {
        "load_id": [load.pk] * read.rows,
        "month": months,
        "on_day": days,
        **matched.keys,
    }
    told = {name: pa.array(own.get(name, [None] * read.rows), kind) for name, (_type, kind) in _OWN.items()}
    for one in chosen:
        if one.at:
            kind = _ARROW[Kind(one.kind)] if one.role in columns.FIGURES else pa.string()
            values = read.values[one.column]
            told[one.at] = pa.array([_fit(value, kind) for value in values], kind)
    return pa.table(told)


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None or not pa.types.is_string(kind):
        return value
    return value if isinstance(value, str) else str(value)


def _write(con: duckdb.DuckDBPyConnection, load: MartLoad, chosen: list[Chosen], rows: pa.Table) -> int:
    """One transaction of the lake. Returns how many rows the table then has."""
    name = load.mart.table
    figures = {one.at: columns.TYPES[Kind(one.kind)] for one in chosen if one.role in columns.FIGURES}
    further = [(one.at, figures.get(one.at, "VARCHAR")) for one in chosen if one.at]
    wanted = [*((column, kind) for column, (kind, _arrow_type) in _OWN.items()), *further]
    con.execute("BEGIN")
    try:
        if load.way == Way.NEW:
            con.execute(f"DROP TABLE IF EXISTS {name}")
            con.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in wanted)})")
        elif load.way == Way.REPLACE:
            con.execute(f"DELETE FROM {name}")
        con.register("brought", rows)
        con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM brought")
        con.unregister("brought")
        row = con.execute(f"SELECT count(*) FROM {name}").fetchone()
        total = int(row[0]) if row else 0
        if total > MOST_KEPT:
            raise TableTooLarge(field="file", allowed=formats.number(MOST_KEPT))
        olap.make_own(con, cube_of(load.mart))
        con.execute("CALL lake.set_commit_message('loopline', ?)", [f"mart {name} load {load.pk}"])
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return total


def _is_there(con: duckdb.DuckDBPyConnection, load: MartLoad) -> bool:
    """Whether the lake holds the rows of a load: its process was killed after it had written them."""
    try:
        row = con.execute(f"SELECT 1 FROM {load.mart.table} WHERE load_id = ? LIMIT 1", [load.pk]).fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return row is not None


def _settle(tenant: int, con: duckdb.DuckDBPyConnection, load: MartLoad) -> None:
    """Give older loads of this mart whose process was killed their true end; we hold the lake, so none is at work."""
    with enter(Scope(tenant)):
        older = MartLoad.objects.filter(mart_id=load.mart_id, status=Status.RUNNING, pk__lt=load.pk)
        for one in older.select_related("mart"):
            one.status = Status.DONE if _is_there(con, one) else Status.INTERRUPTED
            one.finished_at = clock.now()
            one.save(update_fields=["status", "finished_at"])
            imports.Stored(one.stored_as, one.digest, one.size).path.unlink(missing_ok=True)


def _end(
    load: MartLoad,
    status: Status,
    *,
    actor: Actor | None = None,
    faults: list[tuple[int, str, imports.Reason]] | None = None,
    error: str = "",
    rows: int = 0,
    matched: matching.Matched | None = None,
    total: int | None = None,
) -> MartLoad:
    """Write how it ended. Faulty and refused files are let go of at once: they hold personal data in clear."""
    with enter(Scope(load.tenant_id)):
        load.status, load.finished_at, load.error, load.rows = status, clock.now(), error[:2000], rows
        load.faults = [[row, column, why.code, why.values] for row, column, why in faults or ()]
        load.unknown = dict(matched.unknown) if matched else {}
        load.profile = []
        load.save()
        if status == Status.DONE and actor is not None:
            mart = Mart.objects.select_for_update().get(pk=load.mart_id)
            mart.brought_at = load.finished_at
            mart.rows = rows if load.way != Way.APPEND else (total if total is not None else mart.rows + rows)
            mart.save(update_fields=["brought_at", "rows"])
            record(MartBrought(title=mart.title, way=load.way, rows=rows), about=mart, by=actor)
        imports.Stored(load.stored_as, load.digest, load.size).path.unlink(missing_ok=True)
    return load


def _actor(load: MartLoad) -> Actor:
    """Whoever ordered the load, as he is now."""
    if not load.actor_id:
        return identity.platform_actor(load.tenant_id, load.actor_name or "system")
    staff = identity.Staff.objects.select_related("unit__parent").get(pk=load.actor_id)
    return identity.actor_of(staff, clock.now())
