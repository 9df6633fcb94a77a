"""The warehouse for programs."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import caller, require
from loopline.warehouse import jobs, lineage, queries
from loopline.warehouse.lake import NotLoaded
from loopline.warehouse.models import Load

router = Router()


class LoadOut(Schema):
    """One load: `horizon` is the transaction up to which operations were read, `rows` what each table got."""

    id: UUID
    status: str
    started_at: datetime
    finished_at: datetime | None
    snapshot: int | None
    horizon: int
    rows: dict[str, int]
    progress: dict[str, Any]
    error: str


class CheckOut(Schema):
    """The newest check: each table with counts, money (text, to the fen) and differences."""

    load: UUID
    agrees: bool
    tables: list[dict[str, Any]]


class QualityRuleOut(Schema):
    """A rule of quality: how many rows of how many fail it, by month (ISO day, "" for none), with keys of some."""

    table: str
    rule: str
    rows: int
    failing: int
    months: dict[str, int]
    sample: dict[str, list[str]]


class WarehouseColumnOut(Schema):
    """A column; `about` by language, `refers` the table whose key it is."""

    name: str
    type: str
    about: dict[str, str]
    refers: str
    is_key: bool


class WarehouseTableOut(Schema):
    """A table of the warehouse; `source` is the relation of operations that it follows."""

    name: str
    about: dict[str, str]
    keeping: str
    source: str
    columns: list[WarehouseColumnOut]


class ColumnPlaceOut(Schema):
    """A column of a table: of operations (`source`), or of the warehouse."""

    table: str
    column: str
    source: bool


class OriginOut(Schema):
    """A column and what it is made of, directly."""

    place: ColumnPlaceOut
    made_of: list[ColumnPlaceOut]


class AskedOut(Schema):
    """The job that will refresh the warehouse."""

    job: int


@router.get("/loads", response=list[LoadOut])
def loads(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest loads, the newest first."""
    require(caller(request), "warehouse.view")
    return [_load_out(load) for load in queries.recent_loads()]


@router.post("/refresh", response={202: AskedOut})
def refresh(request: HttpRequest) -> Status[dict[str, int]]:
    """Ask for a refresh; it runs in the background."""
    return Status(202, {"job": jobs.ask_for_refresh(caller(request))})


@router.get("/check", response=CheckOut)
def check(request: HttpRequest) -> dict[str, Any]:
    """The result of the newest check; 409 before there is one."""
    require(caller(request), "warehouse.view")
    checked = next((load for load in queries.recent_loads() if load.checks), None)
    if checked is None:
        raise NotLoaded
    agrees = not any(table["differences"] for table in checked.checks)
    return {"load": checked.public_id, "agrees": agrees, "tables": checked.checks}


@router.get("/quality", response=list[QualityRuleOut])
def quality(request: HttpRequest) -> list[dict[str, Any]]:
    """Each rule of quality with its newest result; empty before the rules were asked."""
    require(caller(request), "warehouse.view")
    runs = queries.quality_runs(1)
    return runs[0].results if runs else []


@router.get("/dictionary", response=list[WarehouseTableOut])
def dictionary(request: HttpRequest) -> list[queries.TableEntry]:
    """Every table of the warehouse with its columns, in both languages."""
    require(caller(request), "warehouse.view")
    return queries.data_dictionary()


@router.get("/lineage/{table}/{column}", response=list[OriginOut])
def column_lineage(request: HttpRequest, table: str, column: str) -> list[dict[str, Any]]:
    """A column and everything that it is made of, back to operations; the column itself comes first."""
    require(caller(request), "warehouse.view")
    if column not in {one.name for one in queries.table(table).columns}:
        raise NotFound
    return [
        {"place": asdict(step.place), "made_of": [asdict(place) for place in step.made_of]}
        for step in lineage.ancestry(table, column)
    ]


def _load_out(load: Load) -> dict[str, Any]:
    return {
        "id": load.public_id,
        "status": load.status,
        "started_at": load.started_at,
        "finished_at": load.finished_at,
        "snapshot": load.snapshot,
        "horizon": load.horizon,
        "rows": load.rows,
        "progress": load.progress,
        "error": load.error,
    }
