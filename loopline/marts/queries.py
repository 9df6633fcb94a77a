"""What there is: subjects with their summaries, brought tables with their loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import duckdb

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.marts.models import Mart, MartLoad, MartRefresh, Status
from loopline.marts.refusals import UnknownMart
from loopline.marts.subjects import Rule, Subject, subjects
from loopline.warehouse import api as warehouse

SEES, BRINGS, REFRESHES = "olap.view", "warehouse.bring", "warehouse.refresh"


@dataclass(frozen=True, slots=True)
class Standing:
    """A subject as it stands: rows and months of its summary, the moment it tells of, rows that break rules."""

    subject: Subject
    rows: int
    months: int
    as_of: datetime | None
    failing: int
    is_there: bool


def standings(actor: Actor) -> list[Standing]:
    """Every subject, in order; those of a lake without loads have no rows."""
    require(actor, SEES)
    load, complete, refreshed, failing = warehouse.latest_load(), _complete(), _refreshed(), _failing()
    found = []
    try:
        with warehouse.kept_reader(actor.tenant_id) as con:
            counts = {subject.name: _counted(con, subject.table) for subject in subjects}
    except warehouse.NotLoaded:
        counts = {}
    for subject in subjects:
        rows, months = counts.get(subject.name) or (0, 0)
        as_of = load.as_of if load else None
        if subject.rule is not Rule.LOAD:
            as_of = max(filter(None, (complete, refreshed.get(subject.name))), default=None)
        broken = sum(failing.get(name, 0) for name in (*subject.facts, *subject.dimensions))
        found.append(Standing(subject, rows, months, as_of, broken, counts.get(subject.name) is not None))
    return found


def last_made(subject: Subject) -> datetime | None:
    """When a summary with a rule of its own was last made anew, in the open door."""
    return max(filter(None, (_complete(), _refreshed().get(subject.name))), default=None)


def brought(actor: Actor) -> list[Mart]:
    """The operator's own tables, the newest first."""
    require(actor, SEES)
    return list(Mart.objects.filter(removed_at=None, brought_at__isnull=False).order_by("-pk"))


def find_mart(actor: Actor, name: str, *, removed: bool = False) -> Mart:
    """A brought table by its name. Raises UnknownMart."""
    require(actor, SEES)
    mart = Mart.objects.filter(name=name, removed_at__isnull=not removed, brought_at__isnull=False).first()
    if mart is None:
        raise UnknownMart(field="name", name=name[:60])
    return mart


def find_load(actor: Actor, public_id: UUID) -> MartLoad:
    """A load, for whoever may bring. Raises NotFound."""
    require(actor, BRINGS)
    load = MartLoad.objects.select_related("mart").filter(public_id=public_id).first()
    if load is None:
        raise NotFound
    return load


def loads_of(mart: Mart, count: int = 20) -> list[MartLoad]:
    """The loads of a table, the newest first; drafts are none."""
    return list(mart.loads.exclude(status=Status.DRAFT).order_by("-pk")[:count])


def newest_loads(marts: Sequence[Mart]) -> dict[int, MartLoad]:
    """Mart → the load that is in the warehouse and came last."""
    rows = MartLoad.objects.filter(mart__in=marts, status=Status.DONE)
    return {row.mart_id: row for row in rows.order_by("mart_id", "-pk").distinct("mart_id")}


def under_way(actor: Actor) -> list[MartLoad]:
    """Files on their way into the warehouse, and drafts of one's own."""
    require(actor, SEES)
    rows = MartLoad.objects.select_related("mart").filter(
        status__in=(Status.QUEUED, Status.RUNNING, Status.DRAFT)
    )
    return [
        row
        for row in rows.order_by("-pk")[:20]
        if row.status != Status.DRAFT or row.actor_id == actor.staff_id
    ]


def _counted(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    try:
        row = con.execute(f"SELECT count(*), count(DISTINCT month) FROM {table}").fetchone()
    except duckdb.CatalogException:
        return None
    return (int(row[0]), int(row[1])) if row else None


def _refreshed() -> dict[str, datetime]:
    rows = MartRefresh.objects.order_by("subject", "-pk").distinct("subject")
    return dict(rows.values_list("subject", "at"))


def _complete() -> datetime | None:
    """A complete load makes every summary anew."""
    rows = warehouse.Load.objects.filter(kind="complete", status="done").order_by("-pk")
    return rows.values_list("as_of", flat=True).first()


def _failing() -> dict[str, int]:
    """Table → rows that break its rules of quality, as the newest run found."""
    run = warehouse.QualityRun.objects.order_by("-pk").first()
    found: dict[str, int] = {}
    for result in run.results if run else ():
        found[result["table"]] = found.get(result["table"], 0) + int(result["failing"])
    return found
