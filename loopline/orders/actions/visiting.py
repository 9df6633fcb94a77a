"""An installer's visit 装维预约: slots offered, and visits booked, moved, done or missed."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.identity import api as identity
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.orders.actions import slots
from loopline.orders.actions.driving import locked
from loopline.orders.events import SlotsOffered, VisitEnded, VisitMoved
from loopline.orders.models import Order, OrderItem, Visit, VisitSlot, VisitState
from loopline.orders.rules import deadlines, states


class VisitOver(Conflict):
    """The visit is over, or moved meanwhile."""

    code = "visit_over"
    sentence = gettext_lazy("This visit is no longer booked so. Load it again.")


def offer_slots(
    *, actor: Actor, unit: int, first: date, last: date, hours: tuple[str, str], capacity: int
) -> int:
    """Offer the same hours on each day from first to last; hours offered already get the new capacity.

    Raises Invalid, also where more is booked than the new capacity. Returns the days.
    """
    require(actor, "orders.visits")
    begins, ends = (_hour(text) for text in hours)
    days = (last - first).days + 1
    if not 1 <= days <= 62 or begins >= ends or not 1 <= capacity <= 500:
        raise Invalid(
            field="hours", reason=_("Please give up to 62 days, hours in order, and 1 to 500 visits.")
        )
    if not identity.Unit.objects.filter(pk=unit).exists():
        raise NotFound(field="unit")
    try:
        with transaction.atomic():
            for place in range(days):
                VisitSlot.objects.update_or_create(
                    branch_id=unit,
                    day=first + timedelta(days=place),
                    begins=begins,
                    defaults={"ends": ends, "capacity": capacity},
                )
    except IntegrityError:
        raise Invalid(field="capacity", reason=_("More visits are booked than that already.")) from None
    told = SlotsOffered(
        first=first.isoformat(), last=last.isoformat(), hours=f"{begins}–{ends}", capacity=capacity
    )
    record(told, about=identity.Unit.objects.get(pk=unit), by=actor)
    return days


def book_again(*, actor: Actor, item: UUID, slot: UUID, now: datetime) -> Visit:
    """Book another visit for an item that waits for one, after nobody was there. Raises SlotFull, VisitOver."""
    require(actor, "orders.accept")
    found = OrderItem.objects.filter(public_id=item).first()
    if found is None:
        raise NotFound
    order = locked(found.order_id)
    found = OrderItem.objects.select_related("order").get(pk=found.pk)
    waits = found.detail.get("slot") and found.state in states.OPEN and not found.leaving
    if not waits or found.visits.filter(state__in=[VisitState.BOOKED, VisitState.DONE]).exists():
        raise VisitOver
    chosen = slots.free_slot(actor, order.branch_id, slot, now)
    made = slots.book(actor=actor, item=found, slot=chosen)
    _wait_for(actor, order, found, chosen)
    return made


def move_visit(*, actor: Actor, visit: UUID, slot: UUID, version: int, now: datetime) -> Visit:
    """Move a visit to another slot. Raises SlotFull, VisitOver; then the old one stays booked."""
    require(actor, "orders.accept")
    row, order = _booked(visit)
    if row.version != version:
        raise VisitOver
    chosen = slots.free_slot(actor, order.branch_id, slot, now)
    if chosen.pk == row.slot_id:
        return row
    # Whoever swaps two slots takes their rows in the order of the keys, so that two swaps never wait in a ring.
    list(VisitSlot.objects.select_for_update().filter(pk__in=[chosen.pk, row.slot_id]).order_by("pk"))
    before = row.slot
    slots.take(chosen)
    slots.give_back(before)
    row.slot, row.moved, row.version = chosen, row.moved + 1, row.version + 1
    row.save(update_fields=["slot", "moved", "version"])
    _wait_for(actor, order, row.item, chosen)
    told = VisitMoved(
        before=f"{before.day} {slots.hours_of(before)}", after=f"{chosen.day} {slots.hours_of(chosen)}"
    )
    record(told, about=order, by=actor)
    return row


def end_visit(*, actor: Actor, visit: UUID, missed: bool, note: str, now: datetime) -> Order:
    """The installer was there (the item goes on), or nobody was (another visit can be booked)."""
    require(actor, "orders.accept")
    row, order = _booked(visit)
    row.state = VisitState.MISSED if missed else VisitState.DONE
    row.note, row.ended_at, row.version = note.replace("\0", " ").strip()[:500], now, row.version + 1
    row.save(update_fields=["state", "note", "ended_at", "version"])
    if not missed:
        row.item.not_before = None
        row.item.save(update_fields=["not_before"])
    record(VisitEnded(state=row.state, reason=row.note), about=order, by=actor)
    return order


def _booked(visit: UUID) -> tuple[Visit, Order]:
    """A booked visit and its order, both locked (the order first, as everywhere)."""
    found = Visit.objects.filter(public_id=visit).values_list("item__order_id", flat=True).first()
    if found is None:
        raise NotFound
    order = locked(found)
    rows = Visit.objects.select_for_update(of=("self",)).select_related("item__order", "slot")
    row = rows.get(public_id=visit)
    if row.state != VisitState.BOOKED:
        raise VisitOver
    return row, order


def _wait_for(actor: Actor, order: Order, item: OrderItem, slot: VisitSlot) -> None:
    """The item begins with the visit, and the order is due accordingly."""
    item.not_before = slots.begins_at(actor, slot)
    item.save(update_fields=["not_before"])
    due = deadlines.due_at(item.not_before, [(item.kind, item.service)])
    if order.due_at is None or due > order.due_at:
        order.due_at, order.warned_at = due, deadlines.warned_at(item.not_before, due)
        order.version += 1
        order.save(update_fields=["due_at", "warned_at", "version"])


def _hour(text: str) -> str:
    try:
        return time.fromisoformat(text.strip()).strftime("%H:%M")
    except ValueError:
        raise Invalid(field="hours", reason=_("Please give hours such as 09:00.")) from None
