"""Refreshing the lake: one load, one transaction of the lake, safe to be killed at any point."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import psycopg
from django.conf import settings

from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter
from loopline.warehouse import fixed, lake, merge, monthly
from loopline.warehouse.models import Load
from loopline.warehouse.star import TABLES

log = logging.getLogger("loopline.warehouse")
WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a load that has been done: its name, its place among all of them, and the rows it wrote."""

    name: str
    number: int
    of: int
    rows: int = 0


Report = Callable[[Step], None]
STEPS = ("opened", *(table.name for table in TABLES), monthly.NAME, "committed")
"""The steps of every load, in order. After `committed` the lake holds the load; PostgreSQL hears of it next."""


def refresh(
    tenant: int,
    *,
    complete: bool = False,
    report: Report | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> Load:
    """Bring the tenant's tables up to now; `complete` reads everything again. Returns the finished load.

    The rows and the horizon they reach to are committed to the lake in one transaction, so a load that was killed
    has either happened or not; the next one finds out which. Opens its own doors. Raises LakeBusy.
    """
    with lake.writer(tenant, wait_seconds=wait_seconds, threads=min(lake.THREADS, settings.THREADS)) as con:
        settle(tenant, con)
        with enter(Scope(tenant)):
            load = Load.objects.create(progress=_progress(0, ""))
        try:
            rows, at = _carry(con, tenant, load.pk, complete, _Reporter(load, report))
        except Exception as error:
            _finish(load, "failed", error=f"{type(error).__name__}: {error}"[:2000])
            raise
        return _finish(load, "done", rows=rows, horizon=at.horizon, snapshot=_snapshot_of(load))


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
            _finish(load, "done", horizon=found, snapshot=_snapshot_of(load))


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


def _carry(
    con: duckdb.DuckDBPyConnection, tenant: int, load_id: int, complete: bool, done: _Reporter
) -> tuple[dict[str, int], merge.Standing]:
    moment = clock.now()
    con.execute("BEGIN")
    try:
        at = merge.standing(con)
        merge.prepare(con, tenant, lake.schema(tenant))
        since = None if complete else _since(merge.newest(con), at)
        done("opened")
        rows = _merge_all(con, since, moment, done)
        merge.note(con, load_id, at, moment, since is None)
        con.execute("CALL lake.set_commit_message('loopline', ?)", [_message(tenant, load_id)])
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    done("committed")
    return rows, at


def _merge_all(
    con: duckdb.DuckDBPyConnection, since: int | None, moment: datetime, done: _Reporter
) -> dict[str, int]:
    rows: dict[str, int] = {}
    merge.begin_touched(con)
    if since is None:
        fixed.write(con)
    for table in TABLES:
        rows[table.name] = merge.merge(con, table, since, moment)
        done(table.name, rows[table.name])
    rows[monthly.NAME] = merge.rebuild_months(con, since)
    done(monthly.NAME, rows[monthly.NAME])
    return rows


def _since(known: merge.Loaded | None, at: merge.Standing) -> int | None:
    """The horizon to go on from; None when everything must be read: first load, other database, other star."""
    if known is None or known.standing.source != at.source or known.star != merge.star_version():
        return None
    return known.standing.horizon


def _message(tenant: int, load_id: int) -> str:
    return f"load {load_id} of {lake.schema(tenant)}"


def _known_to_lake(con: duckdb.DuckDBPyConnection, load_id: int) -> int | None:
    try:
        row = con.execute('SELECT horizon FROM "load" WHERE load_id = ?', [load_id]).fetchone()
    except duckdb.CatalogException:
        return None
    return None if row is None else int(row[0])


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


def _finish(load: Load, status: str, **values: Any) -> Load:
    for name, value in {"status": status, "finished_at": clock.now(), **values}.items():
        setattr(load, name, value)
    with enter(Scope(load.tenant_id)):
        load.save(update_fields=["status", "finished_at", *values])
    return load
