"""The warehouse for programs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from loopline.kernel.permission import caller, require
from loopline.warehouse import jobs, queries
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
