"""A mass fault: one ticket stands for many, its parts hear what it hears."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from loopline.cases import clocks
from loopline.cases.actions import keeping
from loopline.cases.events import NoticeGiven, TicketLinked
from loopline.cases.models import EntryKind, Ticket
from loopline.cases.queries.people import SUPERVISES, whole_operator
from loopline.cases.refusals import ChildrenOpen
from loopline.kernel.events import record, record_many
from loopline.kernel.permission import Actor, require


def declare_mass(*, actor: Actor, ticket: UUID, place: str, now: datetime) -> Ticket:
    """Make a ticket the one that stands for a mass fault at a place (a region, a cell, a service)."""
    require(actor, SUPERVISES)
    found = keeping.lock(actor, ticket)
    if found.parent_id is not None:
        raise ChildrenOpen
    found.mass, found.place = True, keeping.words(place, field="place")[:200]
    keeping.save(actor, found, now)
    keeping.tell(actor, found, EntryKind.CHANGE, "", now, detail={"mass": found.place})
    record(TicketLinked(number=found.number, parent=found.number), about=found, by=actor)
    return found


def link_children(*, actor: Actor, parent: UUID, children: Sequence[UUID], now: datetime) -> int:
    """Make tickets part of a mass fault; returns how many are new to it. Raises ChildrenOpen."""
    require(actor, SUPERVISES)
    above = keeping.lock(actor, parent)
    if not above.mass:
        raise ChildrenOpen
    rows = Ticket.objects.select_for_update(of=("self",)).filter(public_id__in=children).exclude(parent=above)
    found = list(rows.order_by("id"))
    for part in found:
        if part.mass or part.pk == above.pk:
            raise ChildrenOpen
        _link(actor, part, above, now)
    record_many([(TicketLinked(number=part.number, parent=above.number), part) for part in found], by=actor)
    return len(found)


def unlink_child(*, actor: Actor, ticket: UUID, now: datetime) -> Ticket:
    """A ticket is no longer part of a mass fault."""
    require(actor, SUPERVISES)
    found = keeping.lock(actor, ticket)
    if found.parent_id is not None:
        _link(actor, found, None, now)
        record(TicketLinked(number=found.number, parent=""), about=found, by=actor)
    return found


def give_notice(*, actor: Actor, parent: UUID, text: str, now: datetime) -> int:
    """Tell every customer of a mass fault how it stands: a public entry on each part. Returns on how many."""
    require(actor, SUPERVISES)
    above = keeping.lock(actor, parent)
    said = keeping.words(text)
    rules = clocks.Standards.of(actor)
    with whole_operator():
        parts = keeping.lock_children(above)
        for part in parts:
            keeping.tell(
                actor, part, EntryKind.NOTICE, said, now, public=True, detail={"parent": above.number}
            )
    for part in parts:
        clocks.answered(part, now)
        keeping.save(actor, part, now, rules)
    keeping.tell(actor, above, EntryKind.NOTICE, said, now, public=True, detail={"tickets": len(parts)})
    clocks.answered(above, now)
    keeping.save(actor, above, now, rules)
    record(NoticeGiven(number=above.number, tickets=len(parts)), about=above, by=actor)
    return len(parts)


def _link(actor: Actor, part: Ticket, above: Ticket | None, now: datetime) -> None:
    part.parent = above
    keeping.save(actor, part, now)
    keeping.tell(actor, part, EntryKind.CHANGE, "", now, detail={"parent": above.number if above else ""})
