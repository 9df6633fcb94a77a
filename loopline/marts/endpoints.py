"""Data marts for programs: what there is, bringing a file, removing a table, making a summary anew."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from loopline.kernel.errors import Invalid
from loopline.kernel.permission import caller
from loopline.marts import actions, jobs, queries, wording
from loopline.marts.models import Mart, MartLoad, Way

router = Router()
MIB = 1024 * 1024


class SubjectOut(Schema):
    """A subject: its cubes, its summary table in the warehouse, when that is made anew, what it tells of."""

    name: str
    label: str
    about: str
    table: str
    cubes: list[str]
    facts: list[str]
    dimensions: list[str]
    rule: str
    owner: str
    rows: int
    as_of: datetime | None
    failing: int


class MartColumnOut(Schema):
    """A column: its role, how its values are read, and the name it has in questions ("" for keys)."""

    column: str
    role: str
    kind: str
    name: str


class MartOut(Schema):
    """A brought table; `name` is its cube's."""

    name: str
    title: str
    about: str
    table: str
    rows: int
    columns: list[MartColumnOut]
    brought_at: datetime | None
    owner: str


class MartFaultOut(Schema):
    """A cell that could not be read."""

    row: int
    column: str
    reason: str


class MartLoadOut(Schema):
    """A file: draft, queued, running, done, refused or interrupted. `unknown` counts keys without a match."""

    id: UUID
    mart: str
    way: str
    status: str
    file_name: str
    rows: int
    unknown: dict[str, int]
    faults: list[MartFaultOut]
    error: str
    at: datetime
    finished_at: datetime | None


class MartsOut(Schema):
    """All data marts."""

    subjects: list[SubjectOut]
    brought: list[MartOut]


class MartJobOut(Schema):
    """The job that will make the summary anew."""

    job: int


@router.get("", response=MartsOut)
def marts(request: HttpRequest) -> dict[str, Any]:
    """The subjects of the warehouse, and the tables that the operator brought."""
    actor = caller(request)
    found = [_subject(one) for one in queries.standings(actor)]
    return {"subjects": found, "brought": [_mart(one) for one in queries.brought(actor)]}


@router.post("/bring", response={202: MartLoadOut})
def bring(  # noqa: PLR0917 (each is a field of the form)
    request: HttpRequest,
    file: File[UploadedFile],
    title: Form[str] = "",
    name: Form[str] = "",
    about: Form[str] = "",
    way: Form[str] = Way.NEW.value,
    columns: Form[str] = "",
) -> Status[MartLoadOut]:
    """Bring a file: `way` is new, replace or append (the last two into the table called `name`). `columns` is a JSON
    object from columns to roles, such as {"地市": "branch", "金额": "sum:money", "备注": "skip"}; what it does not name
    is guessed. The worker brings it; ask for the load.
    """
    actor, blocks = caller(request), file.chunks(MIB)
    if way in (Way.REPLACE, Way.APPEND):
        again = actions.receive_again(
            actor=actor, name=name, source=blocks, file_name=file.name or "", way=way
        )
        return Status(202, _load(jobs.ask_for_load(again)))
    load = actions.receive(
        actor=actor,
        source=blocks,
        file_name=file.name or "",
        title=title or name,
        name=name,
        about=about,
        chosen=_roles(columns),
    )
    return Status(202, _load(jobs.start(actor=actor, load=load)))


@router.get("/loads/{load_id}", response=MartLoadOut)
def load(request: HttpRequest, load_id: UUID) -> MartLoadOut:
    """How far a file is, and why it was refused."""
    return _load(queries.find_load(caller(request), load_id))


@router.get("/{name}/loads", response=list[MartLoadOut])
def loads(request: HttpRequest, name: str) -> list[MartLoadOut]:
    """What was brought into a table, the newest first."""
    return [_load(one) for one in queries.loads_of(queries.find_mart(caller(request), name))]


@router.post("/{name}/refresh", response={202: MartJobOut})
def refresh(request: HttpRequest, name: str) -> Status[dict[str, int]]:
    """Have the summary of a subject made anew."""
    return Status(202, {"job": jobs.ask_for_refresh(actor=caller(request), name=name)})


@router.delete("/{name}", response=MartOut)
def remove(request: HttpRequest, name: str) -> dict[str, Any]:
    """Remove a brought table; for 30 days it can be put back."""
    return _mart(actions.remove(actor=caller(request), name=name))


@router.post("/{name}/restore", response=MartOut)
def restore(request: HttpRequest, name: str) -> dict[str, Any]:
    """Put a removed table back."""
    return _mart(actions.restore(actor=caller(request), name=name))


def _roles(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise Invalid(field="columns", reason=_("This is not a JSON object of columns and their roles."))
    return found


def _subject(one: queries.Standing) -> dict[str, Any]:
    subject = one.subject
    return {
        "name": subject.name,
        "label": str(subject.label),
        "about": str(subject.about),
        "table": subject.table,
        "cubes": list(subject.summary),
        "facts": list(subject.facts),
        "dimensions": list(subject.dimensions),
        "rule": subject.rule.value,
        "owner": str(subject.owner),
        "rows": one.rows,
        "as_of": one.as_of,
        "failing": one.failing,
    }


def _mart(mart: Mart) -> dict[str, Any]:
    told = {name: getattr(mart, name) for name in ("name", "title", "about", "table", "rows", "brought_at")}
    return {**told, "owner": mart.owner_name, "columns": mart.columns}


def _load(load: MartLoad) -> MartLoadOut:
    load.refresh_from_db(fields=["public_id", "at"])
    faults = [
        MartFaultOut(row=row, column=column, reason=why) for row, column, why in wording.faults_of(load)
    ]
    told = {
        name: getattr(load, name)
        for name in ("way", "status", "file_name", "rows", "unknown", "error", "at", "finished_at")
    }
    return MartLoadOut(id=load.public_id, mart=load.mart.name, faults=faults, **told)
