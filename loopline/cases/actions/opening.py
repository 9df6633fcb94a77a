"""Opening a ticket: its category decides priority, service level and who gets it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from loopline.cases import clocks
from loopline.cases.actions import keeping
from loopline.cases.events import TicketDeleted, TicketOpened
from loopline.cases.models import Category, EntryKind, Kind, Priority, Severity, State, Ticket
from loopline.cases.queries import people, standards
from loopline.cases.queries.tickets import FAR
from loopline.cases.refusals import HasHistory
from loopline.cases.rules import routing, states
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.kernel import clock, series
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

CHANNELS = tuple(interactions.Channel.values)
SAID = {
    Kind.COMPLAINT: interactions.InteractionKind.COMPLAINT,
    Kind.ENQUIRY: interactions.InteractionKind.ENQUIRY,
    Kind.FAULT: interactions.InteractionKind.FAULT,
    Kind.SUGGESTION: interactions.InteractionKind.NOTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A matter to be opened. What is empty is decided by the category.

    `interaction` is the key of a contact that is in the customer's history already; without it one is written.
    `unit` and `assignee` (keys) overrule the routing; `take` gives it to the actor himself. `number` is that of a
    ticket that comes from elsewhere.
    """

    title: str
    number: str = ""
    kind: str = ""
    description: str = ""
    category: str = ""
    ticket_type: str = ""
    channel: str = "call"
    customer: customers.Customer | None = None
    subscription: int | None = None
    contact: str = ""
    priority: str = ""
    severity: str = Severity.MEDIUM
    external_id: str = ""
    regulator: bool = False
    regulator_number: str = ""
    mass: bool = False
    place: str = ""
    requested_for: datetime | None = None
    interaction: int | None = None
    unit: int | None = None
    assignee: int | None = None
    take: bool = False


def open_ticket(*, actor: Actor, new: NewTicket, now: datetime) -> Ticket:
    """Open a ticket: clocks started, given to a unit and perhaps a person, told in the customer's history."""
    require(actor, "cases.work")
    if new.mass:
        require(actor, people.SUPERVISES)
    category = _category(new)
    ticket = _made(actor, new, category, now)
    rules = clocks.Standards.of(actor)
    clocks.start(ticket, rules, category, new.customer.tier if new.customer else "")
    clocks.settle(ticket, rules, now)
    with people.whole_operator():
        _route(actor, ticket, new, category, now)
        ticket.interaction_id = new.interaction or _said(actor, ticket, category, now)
        ticket.save(force_insert=True)
        keeping.tell(
            actor, ticket, EntryKind.STATE, ticket.description, now, public=True, state=ticket.state,
            channel=ticket.channel,
        )  # fmt: skip
        keeping.keep_task(actor, ticket, now)
    record(TicketOpened(number=ticket.number, kind=ticket.kind, title=ticket.title), about=ticket, by=actor)
    return ticket


def _category(new: NewTicket) -> Category | None:
    if not new.category:
        return None
    found = Category.objects.filter(code=new.category, is_active=True).first()
    if found is None:
        raise Invalid(field="category", reason=_("Please choose a category from the list."))
    return found


def _made(actor: Actor, new: NewTicket, category: Category | None, now: datetime) -> Ticket:
    held = standards.standing(category)
    kind = category.kind if category else new.kind or Kind.FAULT
    if kind not in Kind.values:
        raise Invalid(field="kind", reason=_("Please choose what it is about."))
    if new.channel not in CHANNELS:
        raise Invalid(field="channel", reason=_("Please choose where it came from."))
    hurried = new.regulator and held.priority in (Priority.NORMAL, Priority.LOW)
    priority = new.priority or (Priority.HIGH if hurried else held.priority)
    if priority not in Priority.values:
        raise Invalid(field="priority", reason=_("Please choose how soon."))
    return Ticket(
        number=_number(new),
        branch_id=new.customer.branch_id if new.customer else actor.unit_id or _root(),
        customer=new.customer,
        subscription_id=new.subscription,
        kind=kind,
        category=category,
        ticket_type=keeping.words(new.ticket_type, required=False) or (category.code if category else kind),
        title=keeping.words(new.title, field="title")[:200],
        description=keeping.words(new.description, required=False),
        state=State.ACKNOWLEDGED,
        state_at=now,
        priority=priority,
        severity=keeping.words(new.severity, required=False)[:40] or Severity.MEDIUM,
        channel=new.channel,
        contact=keeping.words(new.contact, required=False)[:200],
        external_id=new.external_id.replace("\0", "").strip()[:100],
        regulator=new.regulator,
        regulator_number=new.regulator_number.replace("\0", "").strip()[:100],
        mass=new.mass,
        place=keeping.words(new.place, required=False)[:200],
        opened_at=now,
        opened_by_id=actor.staff_id,
        opened_by_name=actor.name,
        requested_for=new.requested_for,
        calendar_id=held.calendar,
        due_at=FAR,
        changed_at=now,
    )


def _number(new: NewTicket) -> str:
    number = new.number.replace("\0", "").strip().upper()[:40]
    if not number:
        (running,) = series.take("ticket", prefix="T")
        return f"T{running:08d}"
    with people.whole_operator():
        if Ticket.objects.filter(number=number).exists():
            raise Invalid(field="number", reason=_("There is a ticket of this number already."))
    series.go_past("ticket", [number], prefix="T")
    return number


def _route(actor: Actor, ticket: Ticket, new: NewTicket, category: Category | None, now: datetime) -> None:
    """To whom it goes: as asked, else by the category, else to the unit of whoever opens it."""
    held = standards.standing(category)
    if new.take and actor.staff_id:
        ticket.unit_id, ticket.assignee_id = actor.unit_id, actor.staff_id
    elif new.assignee:
        ticket.assignee_id = new.assignee
        ticket.unit_id = identity.Staff.objects.get(pk=new.assignee).unit_id
    else:
        ticket.unit_id = new.unit or held.unit or actor.unit_id or ticket.branch_id
        if held.to_person:
            ticket.assignee_id = routing.choose(people.candidates(ticket.unit_id, category))
    ticket.assigned_at = now if ticket.assignee_id else None


def _said(actor: Actor, ticket: Ticket, category: Category | None, now: datetime) -> int | None:
    if ticket.customer_id is None:
        return None
    made = interactions.record_interaction(
        actor=actor,
        customer=ticket.customer_id,
        branch=ticket.branch_id,
        subscription=ticket.subscription_id,
        kind=SAID[Kind(ticket.kind)],
        channel=ticket.channel,
        at=now,
        on=clock.local_day(now, actor.zone),
        topic=category.name if category else "",
        summary=f"{ticket.number} {ticket.title}",
        result=interactions.Result.FOLLOW_UP,
    )
    return made.pk


def _root() -> int:
    return identity.Unit.objects.get(parent=None).pk


def delete_ticket(*, actor: Actor, ticket: Ticket) -> None:
    """Take out a ticket that was opened by mistake; its number is not used again. Raises HasHistory."""
    require(actor, people.SUPERVISES)
    found = keeping.lock(actor, ticket.pk)
    if found.state != states.ACKNOWLEDGED or found.handed_over or found.children.exists():
        raise HasHistory
    record(TicketDeleted(number=found.number), about=found, by=actor)
    with people.whole_operator():
        found.state = states.CANCELLED
        found.is_open = False
        keeping.keep_task(actor, found, clock.now())
        found.delete()
