"""What is written on a ticket: notes, replies, files."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.cases import clocks
from loopline.cases.actions import keeping
from loopline.cases.actions.opening import CHANNELS
from loopline.cases.events import FileAttached, TicketNoted, TicketReplied
from loopline.cases.models import Entry, EntryKind, Ticket
from loopline.documents import api as documents
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor

documents.permissions.add(Ticket._meta.label_lower, "cases.work")


def add_note(
    *,
    actor: Actor,
    ticket: UUID | int,
    text: str,
    now: datetime,
    public: bool = False,
    author: str = "",
) -> Entry:
    """Write a note; a public one counts as an answer. `author` is who said it, where that was not the actor."""
    found = keeping.lock(actor, ticket)
    said = keeping.words(text)
    entry = keeping.tell(
        actor, found, EntryKind.NOTE, said, now, public=public, detail={"author": author} if author else None
    )
    if public:
        clocks.answered(found, now)
    keeping.save(actor, found, now)
    record(TicketNoted(number=found.number, public=public), about=found, by=actor)
    return entry


def reply(*, actor: Actor, ticket: UUID, channel: str, text: str, now: datetime) -> Entry:
    """Answer the customer on a channel: written on the ticket and into his history of contacts."""
    found = keeping.lock(actor, ticket)
    if channel not in CHANNELS:
        raise Invalid(field="channel", reason=_("Please choose where you answer."))
    said = keeping.words(text)
    entry = keeping.tell(actor, found, EntryKind.REPLY, said, now, public=True, channel=channel)
    clocks.answered(found, now)
    if found.customer_id is not None:
        _into_history(actor, found, channel, said, now)
    keeping.save(actor, found, now)
    record(TicketReplied(number=found.number, channel=channel), about=found, by=actor)
    return entry


def _into_history(actor: Actor, ticket: Ticket, channel: str, said: str, now: datetime) -> None:
    interactions.record_interaction(
        actor=actor,
        customer=ticket.customer_id or 0,
        branch=ticket.branch_id,
        subscription=ticket.subscription_id,
        kind=interactions.InteractionKind.NOTE,
        channel=channel,
        at=now,
        on=clock.local_day(now, actor.zone),
        inbound=False,
        topic=ticket.number,
        summary=said[:2000],
        result=interactions.Result.INFORMED,
    )


def attach_file(
    *, actor: Actor, ticket: UUID | int, name: str, content: bytes, now: datetime
) -> documents.Document:
    """Hang a file on a ticket. Raises TooLarge, TypeNotTaken, TooMany."""
    found = keeping.lock(actor, ticket)
    document = documents.keep_document(
        actor=actor,
        about=found,
        name=name,
        content=content,
        branch=found.branch_id,
        unit=found.unit_id,
        customer=found.customer_id,
    )
    keeping.tell(
        actor, found, EntryKind.FILE, document.name, now, detail={"document": str(document.public_id)}
    )
    keeping.save(actor, found, now)
    record(FileAttached(number=found.number, file=document.name), about=found, by=actor)
    return document
