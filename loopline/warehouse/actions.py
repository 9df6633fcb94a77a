"""Bringing changes into the lake: one load, one transaction of the lake, safe to be killed at any point.

A load is complete, asked for (`refresh`), or one of the writer's small ones (`follow`), which share a row of the ledger
for some minutes. All of them take the same way: a snapshot of PostgreSQL, the journal up to it, the rows of its keys.
"""

import logging
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import psycopg
from django.conf import settings

from loopline.identity.api import current_tenant
from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter
from loopline.warehouse import fixed, journal, lake, making, merge, monthly, stream
from loopline.warehouse.models import Change, Load
from loopline.warehouse.remembered import Remembered
from loopline.warehouse.shape import Table
from loopline.warehouse.star import TABLES

log = logging.getLogger("loopline.warehouse")
WAIT_SECONDS = 600
PLACE = ("as_of", "horizon", "epoch", "position")
LEDGER_MINUTES = 10
"""The writer's small loads of so many minutes are one row of the ledger: a load a second would bury the rest."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a load that has been done: its name, its place among all of them, and the rows it wrote."""

    name: str
    number: int
    of: int
    rows: int = 0


type Place = datetime | int
"""A place in the stream: a moment, or a position."""

Report = Callable[[Step], None]
STEPS = ("opened", *(table.name for table in TABLES), monthly.NAME, "derived", "committed")
"""The steps of every load, in order. After `committed` the lake holds the load; PostgreSQL hears of it next."""


@dataclass(slots=True)
class _Plan:
    """What a load reads: everything, the changed keys of relations, or what came after a horizon."""

    at: merge.Standing
    moment: datetime
    epoch: int
    position: int
    complete: bool
    keys: dict[str, set[int] | None] | None = None
    horizon: int = 0
    anew: bool = False
    """Whether all tables made from others are to be made anew."""

    def of(self, table: Table) -> merge.Take | None:
        """The rows of a table to read; None for none."""
        if self.keys is None:
            return merge.since(table, self.horizon)
        return merge.of_keys(table, self.keys)


@dataclass(slots=True)
class _Written:
    """What a load wrote."""

    rows: dict[str, int] = field(default_factory=dict)
    months: dict[str, set[date]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def add(self, name: str, merged: merge.Merged) -> int:
        """Note what became of a table."""
        self.rows[name] = merged.rows
        if merged.changed:
            self.changed.add(name)
            self.months[name] = set(merged.months)
        return merged.rows


def refresh(
    tenant: int,
    *,
    complete: bool = False,
    replay_from: Place | None = None,
    report: Report | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> Load:
    """Bring the tenant's tables up to now; `complete` reads everything again. Returns the finished load.

    `replay_from` reads again what changed since a moment, or since a position of the stream. The rows and the place
    they reach to are committed to the lake in one transaction, so a load that was killed has either happened or not;
    the next one finds out which. Opens its own doors. Raises LakeBusy.
    """
    with lake.writer(tenant, wait_seconds=wait_seconds, threads=min(lake.THREADS, settings.THREADS)) as con:
        settle(tenant, con)
        with enter(Scope(tenant)):
            load = Load.objects.create(kind="complete" if complete else "changes", progress=_progress(0, ""))
        done = _Reporter(load, report)
        try:
            load = _carry(con, tenant, done, lambda: load, complete=complete, replay_from=replay_from) or load
        except Exception as error:
            _finish(load, "failed", error=f"{type(error).__name__}: {error}"[:2000])
            raise
        done("committed")
        return _finish(load, "done")


def follow(tenant: int, writer: lake.Writer) -> Load | None:
    """One of the writer's small loads; the caller holds the lake. Returns its row when anything was written."""
    con = writer.turn_to(tenant)
    settle(tenant, con)
    known = writer.remembered.setdefault(tenant, Remembered())
    load = _carry(con, tenant, _quiet, lambda: _stream_row(tenant), remembered=known)
    return None if load is None else _finish(load, "done")


def is_behind(tenant: int, epoch: int) -> bool:
    """Whether the journal has changes that the tenant's lake lacks, or there is no lake yet. Opens its own door."""
    with enter(Scope(tenant)):
        newest = Load.objects.filter(status="done").order_by("-pk").first()
        if newest is None or newest.epoch != epoch:
            return True
        return Change.objects.filter(epoch=epoch, position__gt=newest.position).exists()


def settle(tenant: int, con: duckdb.DuckDBPyConnection) -> None:
    """Give every load whose process was killed its true end: `done` when the lake holds it, else `interrupted`.

    Only the writer may call it: while it holds the lake, no other load is under way.
    """
    with enter(Scope(tenant)):
        left = list(Load.objects.filter(status="running"))
    for load in left:
        found = _known_to_lake(con, load.pk)
        if found is None:
            _finish(load, "interrupted")
        else:
            load.horizon, load.epoch, load.position = found
            load.snapshot = _snapshot_of(load)
            _finish(load, "done")


class _Reporter:
    """Tells the load's row, and whoever asked, how far the load is."""

    def __init__(self, load: Load, report: Report | None) -> None:
        self.load, self.report, self.number = load, report, 0

    def __call__(self, name: str, rows: int = 0) -> None:
        self.number += 1
        with enter(Scope(self.load.tenant_id)):
            Load.objects.filter(pk=self.load.pk).update(progress=_progress(self.number, name))
        if self.report is not None:
            self.report(Step(name, self.number, len(STEPS), rows))


def _quiet(name: str, rows: int = 0) -> None:
    """Tells nobody."""


def _stream_row(tenant: int) -> Load:
    """The row that the writer's loads of these minutes are added to."""
    with enter(Scope(tenant)):
        newest = Load.objects.order_by("-pk").first()
        begun = clock.now() - timedelta(minutes=LEDGER_MINUTES)
        if newest and newest.kind == "stream" and newest.status == "done" and newest.started_at > begun:
            return newest
        return Load.objects.create(kind="stream")


def _carry(
    con: duckdb.DuckDBPyConnection,
    tenant: int,
    done: Callable[..., None],
    row: Callable[[], Load],
    *,
    complete: bool = False,
    replay_from: Place | None = None,
    remembered: Remembered | None = None,
) -> Load | None:
    """One transaction of the lake. A small load that finds nothing of the star changed writes nothing (None)."""
    remembered = remembered or Remembered()
    con.execute("BEGIN")
    try:
        at = merge.standing(con)
        remembered.stand_at(lake.current_snapshot(con))
        newest = merge.newest(con)
        plan = _plan(newest, tenant, at, complete, replay_from)
        lake.plan_as_written(con, not (plan.complete or plan.anew))
        merge.prepare(con, lake.schema(tenant), newest)
        done("opened")
        written = _merge_all(con, tenant, plan, done, remembered)
        asked = isinstance(done, _Reporter)
        if not (asked or written.changed or plan.complete or plan.anew):
            con.execute("ROLLBACK")
            _note_position(tenant, plan)
            return None
        load = row()
        if plan.complete:
            load.kind = "complete"
        merge.note(con, load.pk, plan.moment, plan.complete, merge.Place(at, plan.epoch, plan.position))
        con.execute("CALL lake.set_commit_message('loopline', ?)", [_message(tenant, load.pk)])
        con.execute("COMMIT")
    except BaseException:
        remembered.stand_at(None)
        con.execute("ROLLBACK")
        raise
    load = _told(con, load, plan, written)
    remembered.snapshot = load.snapshot
    return load


def _plan(
    known: merge.Loaded | None,
    tenant: int,
    at: merge.Standing,
    complete: bool,
    replay_from: Place | None,
) -> _Plan:
    """Decide what to read. The snapshot stands, so the journal is brought beyond it before it is asked."""
    moment, state = clock.now(), stream.collect()
    plan = _Plan(at, moment, state.epoch, 0, complete=True)
    same = known is not None and known.standing.source == at.source and known.star == merge.star_version()
    if state.trouble:
        plan.epoch = 0
        if same and known is not None and not complete:
            plan.complete, plan.horizon = False, known.standing.horizon
    else:
        position = _position(tenant, known, state.epoch) if same else None
        if position is not None and replay_from is not None:
            position = _replayed(tenant, replay_from, position)
        found = journal.since(tenant, state.epoch, position or 0, state.collected, at)
        plan.position = found.position
        if position is not None and not complete:
            plan.complete, plan.keys = False, found.keys
    plan.anew = plan.complete or known is None or known.made_from != merge.made_from()
    return plan


def _position(tenant: int, known: merge.Loaded | None, epoch: int) -> int | None:
    """Up to where the lake holds the stream; None when that was another epoch of it.

    PostgreSQL's own note may be ahead of the lake's: changes went by that changed nothing in the lake.
    """
    if known is None or known.epoch != epoch:
        return None
    with enter(Scope(tenant)):
        newest = Load.objects.filter(status="done", epoch=epoch).order_by("-pk").first()
    return max(known.position, newest.position if newest else 0)


def _replayed(tenant: int, start: Place, position: int) -> int:
    if isinstance(start, datetime):
        before = journal.place_before(tenant, start)
        return position if before is None else min(position, before)
    return min(position, start)


def _note_position(tenant: int, plan: _Plan) -> None:
    with enter(Scope(tenant)):
        newest = Load.objects.filter(status="done").order_by("-pk").first()
        if newest is not None and newest.epoch == plan.epoch:
            newest.position, newest.as_of = max(newest.position, plan.position), plan.moment
            newest.save(update_fields=["position", "as_of"])


def _merge_all(
    con: duckdb.DuckDBPyConnection,
    tenant: int,
    plan: _Plan,
    done: Callable[..., None],
    remembered: Remembered,
) -> _Written:
    written = _Written()
    merge.begin_touched(con)
    if plan.complete:
        fixed.write(con)
    for table in TABLES:
        take = None if plan.complete else plan.of(table)
        if plan.complete:
            merged = merge.replace(con, table, plan.moment)
        else:
            merged = merge.Merged(0) if take is None else merge.merge(con, table, take, plan.moment)
        done(table.name, written.add(table.name, merged))
    touched = making.Touched(written.months, frozenset(written.changed), _month(tenant))
    small = None
    if written.changed and not plan.anew:
        small = making.begun(con, touched, merge.changes(written.changed), plan.moment, remembered)
    if small is None:
        remembered.clear()
    with closing(small) if small else nullcontext():
        built = merge.build_months(con) if plan.complete else merge.rebuild_months(con, small)
        done(monthly.NAME, written.add(monthly.NAME, built))
        if plan.anew:
            written.rows |= making.make_all(con)
        elif written.changed:
            written.rows |= making.make_touched(con, touched, small)
    merge.forget(con, written.changed)
    done("derived")
    return written


def _month(tenant: int) -> date:
    """The operator's month now."""
    with enter(Scope(tenant)):
        return clock.today(current_tenant().time_zone).replace(day=1)


def _told(con: duckdb.DuckDBPyConnection, load: Load, plan: _Plan, written: _Written) -> Load:
    load.snapshot = lake.current_snapshot(con)
    load.horizon, load.epoch, load.position = plan.at.horizon, plan.epoch, plan.position
    load.as_of = plan.moment
    counted = {name: rows for name, rows in written.rows.items() if load.kind != "stream" or rows}
    load.rows = {
        name: load.rows.get(name, 0) + rows for name, rows in (dict.fromkeys(load.rows, 0) | counted).items()
    }
    return load


def _message(tenant: int, load_id: int) -> str:
    return f"load {load_id} of {lake.schema(tenant)}"


def _known_to_lake(con: duckdb.DuckDBPyConnection, load_id: int) -> tuple[int, int, int] | None:
    try:
        row = con.execute(
            'SELECT horizon, coalesce(epoch, 0), coalesce(position, 0) FROM "load" WHERE load_id = ?',
            [load_id],
        ).fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
    return None if row is None else (int(row[0]), int(row[1]), int(row[2]))


def _snapshot_of(load: Load) -> int | None:
    dsn = settings.INSTALLATION.dsn("lake_reader", "lake")
    with psycopg.connect(**dsn, **settings.INSTALLATION.options) as catalogue:
        row = catalogue.execute(
            "SELECT max(snapshot_id) FROM ducklake_snapshot_changes WHERE commit_message = %s",
            [_message(load.tenant_id, load.pk)],
        ).fetchone()
    return None if row is None else row[0]


def _progress(number: int, name: str) -> dict[str, Any]:
    return {"step": name, "done": number, "of": len(STEPS)}


def _finish(load: Load, status: str, *, error: str = "") -> Load:
    load.status, load.finished_at, load.error = status, clock.now(), error
    with enter(Scope(load.tenant_id)):
        # Checks and progress are written by others.
        load.save(update_fields=["kind", "status", "finished_at", "error", "rows", "snapshot", *PLACE])
    return load
