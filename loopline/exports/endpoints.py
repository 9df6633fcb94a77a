"""Files out for programs: every list, the file of one, and files in clear with a second person's approval."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from loopline.exports import actions
from loopline.exports.models import ClearExport
from loopline.exports.queries import clear_exports
from loopline.exports.streaming import streamed
from loopline.exports.targets import outgoing_lists
from loopline.kernel.permission import caller

router = Router()
type Name = Annotated[str, Field(pattern="^[a-z_]{1,40}$")]
type Form = Literal["csv", "xlsx"]
ANSWER = {
    "responses": {
        200: {
            "description": "The file.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    }
}


class ListOut(Schema):
    """A list that can be taken out. `clear`: no file in clear, at once, or with a second person's approval."""

    name: str
    label: str
    clear: Literal["no", "at once", "with approval"]


class AskIn(Schema):
    """What to take out in clear, and what for. `wanted` is the query string of the list's page."""

    wanted: str = Field("", max_length=2000, pattern=r"^[^\x00]*$")
    reason: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    format: Form = "csv"


class DecideIn(Schema):
    """Yes or no."""

    approve: bool


class ClearOut(Schema):
    """A wish for a list in clear: asked, approved or refused; what is approved can be fetched until it expires."""

    id: UUID
    target: str
    wanted: str
    format: str
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime | None
    downloads: int


@router.get("/lists", response=list[ListOut])
def lists(request: HttpRequest) -> list[ListOut]:
    """Every list that the person may take out."""
    actor = caller(request)
    return [
        ListOut(
            name=each.name,
            label=str(each.label),
            clear="no" if each.clear is None else "with approval" if each.personal else "at once",
        )
        for each in outgoing_lists()
        if actor.may(each.permission)
    ]


@router.get("/lists/{name}", openapi_extra=ANSWER)
def file(
    request: HttpRequest, name: Name, form: Query[Form] = "csv", clear: Query[bool] = False
) -> HttpResponseBase:
    """A list as a file, streamed and masked. Other parameters filter it as on its page.

    `clear` gives it with the names of the import's fields as heads, where nothing in it is personal.
    """
    actor, asked = caller(request), request.GET.copy()
    for own in ("form", "clear"):
        asked.pop(own, None)
    table = actions.take_out(actor=actor, name=name, asked=asked, clear=clear)
    return streamed(actor, name, table, asked, form)


@router.post("/lists/{name}/clear", response={201: ClearOut})
def ask(request: HttpRequest, name: Name, wish: AskIn) -> Answer[ClearOut]:
    """Ask for a list in clear; a second person decides."""
    made = actions.ask_export(
        actor=caller(request), target=name, wanted=wish.wanted, reason=wish.reason, form=wish.format
    )
    return Answer(201, _told(made))


@router.get("/clear", response=list[ClearOut])
def asked_for(request: HttpRequest) -> list[ClearOut]:
    """The newest 50 wishes: one's own, and all of them for who approves."""
    return [_told(row) for row in clear_exports(caller(request))]


@router.post("/clear/{export_id}/decide", response=ClearOut)
def decide(request: HttpRequest, export_id: UUID, verdict: DecideIn) -> ClearOut:
    """Approve or refuse what another asked for."""
    return _told(actions.decide_export(actor=caller(request), export=str(export_id), approve=verdict.approve))


@router.post("/clear/{export_id}/fetch", openapi_extra=ANSWER)
def fetch(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file in clear, to who asked for it, while the approval holds."""
    actor = caller(request)
    row, table = actions.fetch_export(actor=actor, export=str(export_id))
    return streamed(actor, row.target, table, QueryDict(row.wanted), row.format)


def _told(row: ClearExport) -> ClearOut:
    return ClearOut(
        id=row.public_id, **{name: getattr(row, name) for name in ClearOut.model_fields if name != "id"}
    )
