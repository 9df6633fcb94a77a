"""The sandbox for programs: ask, look how it stands, fetch the rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from loopline.kernel.permission import caller
from loopline.sandbox import api, showing

router = Router()
MOST = 1000


class StatementIn(Schema):
    """One SELECT in DuckDB's SQL."""

    sql: str


class StatementOut(Schema):
    """How a statement stands. `seconds_left` is an estimate while it runs; `error` is a sentence, `at` the place in
    the statement from 0 (-1: unknown).
    """

    id: UUID
    status: str
    sql: str
    asked_at: datetime
    percent: int
    rows: int
    cut: bool
    seconds: float
    seconds_left: int | None
    snapshot: int | None
    error: str
    detail: str
    at: int


class SqlTableOut(Schema):
    """A table that the caller may ask: its columns as name → type."""

    name: str
    columns: dict[str, str]


class SqlRowsOut(Schema):
    """A page of the result; decimals and moments as text."""

    columns: list[str]
    rows: list[list[Any]]
    total: int


class SqlPageIn(Schema):
    """Which rows: from `offset`, at most `limit` (1000)."""

    offset: int = 0
    limit: int = 100


@router.get("/tables", response=list[SqlTableOut])
def tables(request: HttpRequest) -> list[dict[str, Any]]:
    """The tables that one may ask; 409 before the warehouse is loaded."""
    return [
        {"name": table.name, "columns": {column.name: column.type for column in table.columns}}
        for table in api.tables(caller(request))
    ]


@router.get("/statements", response=list[StatementOut])
def asked(request: HttpRequest) -> list[dict[str, Any]]:
    """What one has asked, the newest first."""
    return [_out(row) for row in api.asked(caller(request))]


@router.post("/statements", response={201: StatementOut})
def ask(request: HttpRequest, payload: StatementIn) -> Status[dict[str, Any]]:
    """Ask. The statement runs in the background; one that may not run comes back refused, with why."""
    row = api.ask(actor=caller(request), sql=payload.sql)
    api.start(actor=caller(request), row=row)
    return Status(201, _out(row))


@router.get("/statements/{statement_id}", response=StatementOut)
def statement(request: HttpRequest, statement_id: UUID) -> dict[str, Any]:
    """How a statement stands."""
    return _out(api.get_statement(caller(request), statement_id))


@router.post("/statements/{statement_id}/stop", response=StatementOut)
def stop(request: HttpRequest, statement_id: UUID) -> dict[str, Any]:
    """Stop a statement."""
    return _out(api.stop(actor=caller(request), public_id=statement_id))


@router.get("/statements/{statement_id}/rows", response=SqlRowsOut)
def rows(request: HttpRequest, statement_id: UUID, page: Query[SqlPageIn]) -> dict[str, Any]:
    """Rows of the result, kept for a day."""
    table = api.result(caller(request), api.get_statement(caller(request), statement_id))
    offset, limit = max(page.offset, 0), max(1, min(page.limit, MOST))
    return {
        "columns": table.schema.names,
        "rows": showing.plain_rows(table.slice(offset, limit)),
        "total": table.num_rows,
    }


def _out(row: api.Statement) -> dict[str, Any]:
    error, detail, _where = api.explain(row)
    return {
        "id": row.public_id,
        "status": row.status,
        "sql": row.sql,
        "asked_at": row.asked_at,
        "percent": row.percent,
        "rows": row.rows,
        "cut": row.is_cut,
        "seconds": row.seconds,
        "seconds_left": api.seconds_left(row),
        "snapshot": row.snapshot,
        "error": error,
        "detail": detail,
        "at": row.at,
    }
