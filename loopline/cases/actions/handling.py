"""Who works on a ticket, and what it says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.cases import clocks
from loopline.cases.actions import keeping
from loopline.cases.events import TicketChanged, TicketHandedOver
from loopline.cases.models import Category, EntryKind, Priority, Ticket
from loopline.cases.queries import people, standards
from loopline.cases.queries.people import SUPERVISES, WORKS, whole_operator
from loopline.cases.refusals import NotTheReceiver
from loopline.cases.rules import routing, states
from loopline.identity import api as identity
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor

CHANGEABLE = (
    "title", "description", "category", "priority", "severity", "contact", "place", "external_id",
    "regulator_number", "requested_for", "subscription", "ticket_type",
)  # fmt: skip


def take_ticket(*, actor: Actor, ticket: UUID, now: datetime) -> Ticket:
    """Make a ticket of one's unit one's own; who leads may take another's."""
    found = keeping.lock(actor, ticket)
    keeping.check_hands(actor, found)
    me = keeping.person(actor)
    if me is not None and found.assignee_id != me.pk:
        _give(actor, found, (me.unit, me), "", now)
    return found


def give_back(*, actor: Actor, ticket: UUID, note: str, now: datetime) -> Ticket:
    """Leave a ticket to the unit again."""
    found = keeping.lock(actor, ticket)
    keeping.check_hands(actor, found)
    unit = identity.Unit.objects.get(pk=found.unit_id or found.branch_id)
    _give(actor, found, (unit, None), keeping.words(note, required=False), now)
    return found


def hand_over(
    *,
    actor: Actor,
    ticket: UUID,
    unit: int | None,
    person: int | None,
    note: str,
    now: datetime,
    by_load: bool = False,
) -> Ticket:
    """Give a ticket to another unit, or to a person by name, with a note for who goes on.

    `by_load` lets the routing choose the person within the unit. Raises NotTheReceiver.
    """
    found = keeping.lock(actor, ticket)
    keeping.check_hands(actor, found)
    said = keeping.words(note, field="note")
    receiver = identity.Staff.objects.filter(pk=person or 0, is_active=True).first() if person else None
    if person and (receiver is None or not _works(receiver)):
        raise NotTheReceiver(field="person")
    place = receiver.unit if receiver else identity.Unit.objects.filter(pk=unit or 0, is_active=True).first()
    if place is None:
        raise NotTheReceiver(field="unit")
    if by_load and receiver is None:
        with whole_operator():
            chosen = routing.choose(people.candidates(place.pk, found.category))
        receiver = identity.Staff.objects.filter(pk=chosen or 0).first()
    _give(actor, found, (place, receiver), said, now)
    return found


def change_ticket(
    *, actor: Actor, ticket: UUID, changes: dict[str, Any], now: datetime, version: int | None = None
) -> Ticket:
    """Change fields (CHANGEABLE; the category by its code); a new category or priority moves the clocks.

    Raises Conflict, Invalid.
    """
    found = keeping.lock(actor, ticket, version=version)
    told: dict[str, list[object]] = {}
    for field, value in changes.items():
        if field not in CHANGEABLE:
            raise Invalid(field=field, reason=_("This cannot be changed."))
        _set(found, field, value, told)
    if not told:
        return found
    rules = clocks.Standards.of(actor)
    if {"category", "priority"} & told.keys() and found.state in states.WORKED:
        tier = found.customer.tier if found.customer else ""
        clocks.restart(found, rules, found.category, tier, now)
    keeping.save(actor, found, now, rules)
    keeping.tell(actor, found, EntryKind.CHANGE, "", now, detail={"changes": told})
    record(TicketChanged(number=found.number, changes=told), about=found, by=actor)
    return found


def _set(ticket: Ticket, field: str, value: Any, told: dict[str, list[object]]) -> None:
    if field == "category":
        category = Category.objects.filter(code=value).first() if value else None
        if value and category is None:
            raise Invalid(field="category", reason=_("Please choose a category from the list."))
        before = ticket.category.code if ticket.category else ""
        if before != (value or ""):
            ticket.category = category
            ticket.kind = category.kind if category else ticket.kind
            ticket.calendar_id = standards.standing(category).calendar
            ticket.ticket_type = value or ticket.ticket_type
            told[field] = [before, value or ""]
        return
    if field == "priority" and value not in Priority.values:
        raise Invalid(field="priority", reason=_("Please choose how soon."))
    column = "subscription_id" if field == "subscription" else field
    before = getattr(ticket, column)
    if isinstance(value, str):
        value = keeping.words(value, field=field, required=field == "title")
    if before != value:
        setattr(ticket, column, value)
        told[field] = [_plain(before), _plain(value)]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _give(
    actor: Actor, ticket: Ticket, to: tuple[identity.Unit, identity.Staff | None], note: str, now: datetime
) -> None:
    unit, person = to
    before = ticket.assignee.name if ticket.assignee else _unit_name(ticket)
    if (ticket.unit_id, ticket.assignee_id) == (unit.pk, person.pk if person else None):
        return
    if ticket.assignee_id not in (None, person.pk if person else None) or ticket.unit_id != unit.pk:
        ticket.handed_over += 1
    ticket.unit, ticket.assignee = unit, person
    ticket.assigned_at = now if person else None
    name = person.name if person else unit.name
    keeping.save(actor, ticket, now)
    with whole_operator():
        keeping.pass_on(ticket)
        keeping.tell(actor, ticket, EntryKind.HANDED, note, now, detail={"before": before, "to": name})
        record(
            TicketHandedOver(number=ticket.number, before=before, to=name, note=note), about=ticket, by=actor
        )


def _unit_name(ticket: Ticket) -> str:
    return ticket.unit.name if ticket.unit else ""


def _works(person: identity.Staff) -> bool:
    return any(WORKS in role.permissions or SUPERVISES in role.permissions for role in person.roles.all())
