"""What every action on a ticket begins and ends with: locked and checked, then saved with its task and its entry."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from loopline.cases import clocks
from loopline.cases.models import Entry, EntryKind, Priority, Ticket
from loopline.cases.queries.people import SUPERVISES, WORKS, whole_operator
from loopline.cases.queries.tickets import FAR
from loopline.cases.refusals import NothingWritten, WorkedByAnother
from loopline.cases.rules import states
from loopline.documents import api as documents
from loopline.identity import api as identity
from loopline.kernel.errors import Conflict, NotFound
from loopline.kernel.permission import Actor, require
from loopline.worklist import api as worklist

LONGEST = 10_000
URGENCY = {Priority.URGENT: 90, Priority.HIGH: 70, Priority.NORMAL: 50, Priority.LOW: 30}
TASK = "cases.ticket"


def lock(actor: Actor, ticket: UUID | int, *, version: int | None = None) -> Ticket:
    """The ticket, locked to the end of the transaction. Raises NotFound, and Conflict when it changed meanwhile."""
    require(actor, WORKS)
    wanted = {"pk": ticket} if isinstance(ticket, int) else {"public_id": ticket}
    found = Ticket.objects.select_for_update(of=("self",)).filter(**wanted).first()
    if found is None:
        raise NotFound
    if version is not None and found.version != version:
        raise Conflict
    return found


def check_hands(actor: Actor, ticket: Ticket) -> None:
    """Refuse when the ticket is another person's by name and the actor leads nobody."""
    if ticket.assignee_id not in (None, actor.staff_id) and not actor.may(SUPERVISES):
        raise WorkedByAnother(who=ticket.assignee.name if ticket.assignee else "")


def words(text: str, *, field: str = "text", required: bool = True) -> str:
    """What somebody wrote, without what a database cannot hold. Raises NothingWritten."""
    kept = text.replace("\0", "").strip()[:LONGEST]
    if required and not kept:
        raise NothingWritten(field=field)
    return kept


def tell(
    actor: Actor,
    ticket: Ticket,
    kind: EntryKind,
    text: str,
    now: datetime,
    *,
    public: bool = False,
    state: str = "",
    channel: str = "",
    detail: dict[str, object] | None = None,
) -> Entry:
    """Add an entry to the time line."""
    return Entry.objects.create(
        ticket=ticket,
        kind=kind,
        text=text,
        public=public,
        state=state,
        channel=channel,
        detail=detail or {},
        by_id=actor.staff_id,
        by_name=actor.name,
        at=now,
    )


def save(actor: Actor, ticket: Ticket, now: datetime, rules: clocks.Standards | None = None) -> None:
    """Settle the clocks, save, and have the worklist say who must act."""
    clocks.settle(ticket, rules or clocks.Standards.of(actor), now)
    ticket.changed_at, ticket.version = now, ticket.version + 1
    with whole_operator():
        ticket.save()
        keep_task(actor, ticket, now)


def pass_on(ticket: Ticket) -> None:
    """The files go with the ticket to another unit. In a door that sees both."""
    documents.follow(about=ticket, branch=ticket.branch_id, unit=ticket.unit_id, customer=ticket.customer_id)


def keep_task(actor: Actor, ticket: Ticket, now: datetime) -> None:
    subject = f"{TASK}:{ticket.pk}"
    if not ticket.is_open:
        worklist.settle_task(actor=actor, subject=subject, result=ticket.state, now=now)
        return
    worklist.keep_task(
        actor=actor,
        task=worklist.NewTask(
            kind=TASK,
            title=f"{ticket.number} {ticket.title}"[:200],
            branch=ticket.unit_id or ticket.branch_id,
            customer=ticket.customer_id,
            subject=subject,
            priority=95 if ticket.regulator else URGENCY[Priority(ticket.priority)],
            due_at=None if ticket.due_at == FAR else ticket.due_at,
            assignee=ticket.assignee_id,
            detail={"ticket": str(ticket.public_id), "state": ticket.state},
            created_at=now,
        ),
    )


def person(actor: Actor) -> identity.Staff | None:
    """The actor as a member of staff; None for the system."""
    return identity.Staff.objects.filter(pk=actor.staff_id).first() if actor.staff_id else None


def lock_children(ticket: Ticket) -> list[Ticket]:
    """The parts of a mass fault that are not solved yet, locked in the order of keys."""
    rows = Ticket.objects.select_for_update(of=("self",)).filter(parent=ticket, is_open=True)
    return list(rows.exclude(state=states.RESOLVED).order_by(F("id")))
