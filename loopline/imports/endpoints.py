"""Imports for programs: bring a file, look, start, follow, and read what was rejected."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema
from ninja import Status as Answer
from ninja.files import UploadedFile
from pydantic import Field as Bounded

from loopline.imports import actions, jobs, queries
from loopline.imports.models import ImportRun, Status
from loopline.imports.refusals import sentence_of
from loopline.imports.storage import UPLOAD_BYTES
from loopline.kernel.permission import caller

router = Router()
MIB = 1024 * 1024
type Place = Annotated[str, Bounded(pattern=r"^[0-9]{1,9}\.[0-9]{1,17}$")]
type Count = Annotated[int, Bounded(ge=1, le=1000)]


class LedgerOut(Schema):
    """read = created + updated + duplicates + rejected."""

    read: int
    created: int
    updated: int
    duplicates: int
    rejected: int


class ImportRunOut(Schema):
    """An import: what the file is, what becomes of its columns, how far it is."""

    id: UUID
    file_name: str
    status: str
    dry_run: bool
    as_of: date
    format: dict[str, Any]
    mapping: dict[str, str]
    rows_total: int | None
    ledger: LedgerOut
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class ColumnOut(Schema):
    """What becomes of a column when nobody chooses otherwise. `confidence`: 1 is certain."""

    column: str
    target: str
    confidence: float
    why: str
    type: str


class PreviewOut(Schema):
    """A file judged by its first rows."""

    columns: list[ColumnOut]
    looked_at: int
    faulty_rows: int


class StartIn(Schema):
    """How to begin. `mapping` gives a column a field, "characteristic:Name" or "-"; the rest is matched by name."""

    mapping: dict[str, str] | None = None
    as_of: date | None = None
    dry_run: bool = False


class RejectOut(Schema):
    """A rejected value; `after` of the next request is `cursor` of the last one."""

    row: int
    column: str
    value: str
    code: str
    reason: str
    cursor: str


@router.get("/runs", response=list[ImportRunOut])
def list_runs(request: HttpRequest) -> list[ImportRunOut]:
    """The newest 50 imports within what the person may see."""
    return [_run(run) for run in queries.list_runs(caller(request))]


@router.post("/runs", response={201: ImportRunOut})
def bring(
    request: HttpRequest,
    file: File[UploadedFile],
    as_of: Form[date | None] = None,
    target: Form[str] = actions.CUSTOMER_BASE,
) -> Answer[ImportRunOut]:
    """Bring a file for a target; nothing is imported yet. Refused with a reason when it is no table."""
    run = actions.receive_file(
        actor=caller(request),
        name=file.name or "",
        source=file.chunks(MIB),
        as_of=as_of,
        target=target,
        allowed=UPLOAD_BYTES,
    )
    run.refresh_from_db()
    return Answer(201, _run(run))


@router.get("/runs/{run_id}", response=ImportRunOut)
def status(request: HttpRequest, run_id: UUID) -> ImportRunOut:
    """How far an import is."""
    return _run(queries.find_run(caller(request), run_id))


@router.get("/runs/{run_id}/preview", response=PreviewOut)
def preview(request: HttpRequest, run_id: UUID) -> PreviewOut:
    """What becomes of each column by name, and how many of the first rows have faults."""
    actor = caller(request)
    found = queries.preview(actor, queries.find_run(actor, run_id))
    columns = [
        ColumnOut(
            column=one.match.column,
            target=one.match.target,
            confidence=one.match.confidence,
            why=one.match.why,
            type=one.type,
        )
        for one in found.columns
    ]
    return PreviewOut(columns=columns, looked_at=found.looked_at, faulty_rows=found.faulty_rows)


@router.post("/runs/{run_id}/start", response=ImportRunOut)
def start(request: HttpRequest, run_id: UUID, order: StartIn) -> ImportRunOut:
    """Begin, try (`dry_run`), or go on with what was stopped. The worker carries it out."""
    actor = caller(request)
    run = queries.find_run(actor, run_id)
    started = jobs.start(
        actor=actor, run=run, mapping=order.mapping, as_of=order.as_of, dry_run=order.dry_run
    )
    return _run(started)


@router.post("/runs/{run_id}/stop", response=ImportRunOut)
def stop(request: HttpRequest, run_id: UUID) -> ImportRunOut:
    """Stop behind the batch at work; what is in stays."""
    actor = caller(request)
    return _run(actions.stop(actor=actor, run=queries.find_run(actor, run_id)))


@router.get("/runs/{run_id}/rejects", response=list[RejectOut])
def rejects(
    request: HttpRequest,
    run_id: UUID,
    after: Query[Place] = "0.0",
    count: Query[Count] = 100,
) -> list[RejectOut]:
    """Rejected values in the order of the file, `count` at a time."""
    run = queries.find_run(caller(request), run_id)
    row, _dot, key = after.partition(".")
    found = queries.rejects_of(run, after=(int(row), int(key)), count=count)
    return [
        RejectOut(
            row=each.row_number,
            column=each.column,
            value=each.value,
            code=each.code,
            reason=queries.as_rejected(each).reason.text,
            cursor=f"{each.row_number}.{each.pk}",
        )
        for each in found
    ]


def _run(run: ImportRun) -> ImportRunOut:
    refused = run.status in (Status.REFUSED, Status.FAILED) and run.error
    return ImportRunOut(
        id=run.public_id,
        file_name=run.file_name,
        status=run.status,
        dry_run=run.dry_run,
        as_of=run.as_of,
        format=run.format,
        mapping=run.mapping,
        rows_total=run.rows_total,
        ledger=LedgerOut(**{name: getattr(run, name) for name in LedgerOut.model_fields}),
        error=sentence_of(run.error["code"], run.error["values"]) if refused else None,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )
