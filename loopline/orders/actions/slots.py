"""Hours for installers' visits: found, taken, given back. No slot ever takes more than its capacity.

A slot is taken by one conditional UPDATE: of two clerks who want the last place one gets it, the other is told.
"""

from datetime import datetime, time
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import formats
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.orders.events import VisitBooked
from loopline.orders.models import OrderItem, Visit, VisitSlot, VisitState
from loopline.orders.rules import decomposition

WITH_VISIT = (decomposition.OPEN, decomposition.MOVE)
"""The kinds of item for which somebody may have to come, except for mobile lines."""


class SlotFull(Conflict):
    """All installers of these hours are taken."""

    code = "slot_full"
    sentence = gettext_lazy("%(day)s, %(hours)s is full. Please choose another time.")


def begins_at(actor: Actor, slot: VisitSlot) -> datetime:
    """The moment at which a slot begins, in the operator's zone."""
    return datetime.combine(slot.day, time.fromisoformat(slot.begins), actor.zone)


def free_slot(actor: Actor, branch: int, slot: UUID, now: datetime) -> VisitSlot:
    """A slot of a district that lies ahead. Raises NotFound, Invalid."""
    found = VisitSlot.objects.filter(public_id=slot, branch_id=branch).first()
    if found is None:
        raise NotFound(field="slot")
    if begins_at(actor, found) <= now:
        raise Invalid(field="slot", reason=_("The visit must lie ahead."))
    return found


def slot_for(
    *, actor: Actor, branch: int, told: str, kind: str, service: str, now: datetime
) -> VisitSlot | None:
    """The slot that an item names, if any. Raises NotFound, Invalid."""
    if not told:
        return None
    if kind not in WITH_VISIT or service == "mobile":
        raise Invalid(field="slot", reason=_("Nobody has to come for this."))
    try:
        key = UUID(told)
    except ValueError:
        raise NotFound(field="slot") from None
    return free_slot(actor, branch, key, now)


def hours_of(slot: VisitSlot) -> str:
    """The hours as people read them."""
    return f"{slot.begins}–{slot.ends}"


def book(*, actor: Actor, item: OrderItem, slot: VisitSlot) -> Visit:
    """Book a slot for an item that is being accepted. Raises SlotFull."""
    take(slot)
    made = Visit.objects.create(
        item=item, slot=slot, customer_id=item.customer_id, branch_id=item.branch_id, by_name=actor.name
    )
    record(VisitBooked(day=slot.day.isoformat(), hours=hours_of(slot)), about=item.order, by=actor)
    return made


def cancel_of(item: OrderItem, now: datetime) -> None:
    """The item came to nothing: its slot is free again."""
    for row in Visit.objects.select_for_update(of=("self",)).filter(item=item, state=VisitState.BOOKED):
        row.state, row.ended_at, row.version = VisitState.CANCELLED, now, row.version + 1
        row.save(update_fields=["state", "ended_at", "version"])
        give_back(row.slot)


def take(slot: VisitSlot) -> None:
    """Take one place. Raises SlotFull."""
    rows = VisitSlot.objects.filter(pk=slot.pk, booked__lt=F("capacity"))
    if not rows.update(booked=F("booked") + 1):
        raise SlotFull(field="slot", day=formats.day(slot.day), hours=hours_of(slot))


def give_back(slot: VisitSlot) -> None:
    """Give one place back."""
    VisitSlot.objects.filter(pk=slot.pk).update(booked=F("booked") - 1)
