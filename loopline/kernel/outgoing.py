"""Lists on their way out: all pages of what a list shows, in its words and as masked, streamed as csv or Excel.

A module brings each of its lists in its `outgoing.py`, found by looking. The rows come from a cursor of the server,
so a million of them hold no more memory than one block.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict, StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise

from loopline.kernel import sheets
from loopline.kernel.errors import NotFound
from loopline.kernel.models import AccessRecord
from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor, require
from loopline.kernel.registry import Registry
from loopline.kernel.scope import enter

BLOCK = 2000
FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A list that can be taken out.

    `heads` are read in the language of whoever takes it; `rows` gives what the list's own query string asks for, in
    order; `writer` is made once for an export and turns each row into finished texts, as many as there are heads.
    """

    name: str
    label: str | Promise
    permission: str
    heads: Sequence[str | Promise]
    rows: Callable[[Actor, QueryDict], QuerySet[Any]]
    writer: Callable[[Actor], Callable[[Any], list[str]]]


_lists: Registry[Outgoing] = Registry("outgoing list")


def bring(outgoing: Outgoing) -> Outgoing:
    """Register a list."""
    return _lists.add(outgoing.name, outgoing)


def moment(value: datetime | None, actor: Actor) -> str:
    """A moment in the operator's zone as spreadsheets read it; blank for none."""
    return value.astimezone(actor.zone).strftime("%Y-%m-%d %H:%M") if value else ""


def day(value: date | None) -> str:
    """A day as spreadsheets read it."""
    return value.isoformat() if value else ""


def outgoing_lists() -> list[Outgoing]:
    """Every list that can be taken out."""
    brought("outgoing")
    return list(_lists)


def take_out(actor: Actor, name: str, asked: QueryDict, form: str) -> StreamingHttpResponse:
    """The answer that carries a list out; who did it stands in the audit. Raises NotFound, NotAllowed."""
    brought("outgoing")
    if name not in _lists:
        raise NotFound
    outgoing = _lists[name]
    require(actor, outgoing.permission)
    AccessRecord.objects.create(
        kind="export", staff_id=actor.staff_id, staff_name=actor.name, field=outgoing.name
    )
    form = form if form in FORMS else "csv"
    blocks = _blocks(outgoing, actor, asked, translation.get_language() or "en")
    body = sheets.as_xlsx(blocks) if form == "xlsx" else sheets.as_csv(blocks)
    response = StreamingHttpResponse(body, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _blocks(outgoing: Outgoing, actor: Actor, asked: QueryDict, language: str) -> Iterator[sheets.Block]:
    """The heads, then the rows, in a transaction of their own: the request's is over by then."""
    with translation.override(language), enter(actor.scope):
        yield [[str(head) for head in outgoing.heads]]
        write = outgoing.writer(actor)
        block: list[list[str]] = []
        for row in outgoing.rows(actor, asked).iterator(chunk_size=BLOCK):
            block.append(write(row))
            if len(block) == BLOCK:
                yield block
                block = []
        yield block
