"""Reading installers' visits and the hours offered for them."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import F

from loopline.kernel.permission import Actor, require
from loopline.orders.models import Visit, VisitSlot, VisitState

AHEAD_DAYS = 31


def free_slots(branch: int, today: date) -> list[VisitSlot]:
    """Hours of a district, from tomorrow on, for which an installer is free; the next forty."""
    rows = VisitSlot.objects.filter(branch_id=branch, day__gt=today, booked__lt=F("capacity"))
    return list(rows.order_by("day", "begins")[:40])


def visits_of(order: int) -> list[Visit]:
    """The visits of an order, the oldest first."""
    return list(Visit.objects.filter(item__order_id=order).select_related("slot", "item").order_by("id"))


def calendar(actor: Actor, first: date) -> Sequence[VisitSlot]:
    """The hours offered from a day on within what the actor sees, a month at most."""
    require(actor, "orders.view")
    rows = VisitSlot.objects.filter(day__gte=first, day__lt=first + timedelta(days=AHEAD_DAYS))
    return list(rows.select_related("branch").order_by("day", "branch_id", "begins")[:600])


def booked_on(actor: Actor, first: date) -> list[Visit]:
    """The visits that are booked from a day on, in the order in which installers go."""
    require(actor, "orders.view")
    rows = Visit.objects.filter(state=VisitState.BOOKED, slot__day__gte=first)
    rows = rows.select_related("slot", "item__order__customer", "item__offering")
    return list(rows.order_by("slot__day", "slot__begins", "id")[:200])
