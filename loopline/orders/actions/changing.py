"""Changing an order in flight: amend it, cancel it, release or reject what is held."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.orders.actions.driving import locked
from loopline.orders.actions.settling import settle
from loopline.orders.events import ItemReleased, OrderAmended, OrderCancelled, OrderStateChanged
from loopline.orders.models import Cancellation, Order, OrderItem
from loopline.orders.rules import states

AMENDABLE = ("description", "priority", "external_id", "category", "requested_completion")


class AlreadyOver(Conflict):
    """The order is over."""

    code = "order_over"
    sentence = _("Order %(number)s is over already (%(state)s).")


class TooLate(Conflict):
    """Work has begun; this can no longer be changed."""

    code = "too_late"
    sentence = _("Work on this order has begun: its day can no longer be changed.")


def amend_order(
    *, actor: Actor, order: UUID, version: int | None, changes: Mapping[str, Any], now: datetime
) -> Order:
    """Change what an order says about itself, or its day (`not_before`) as long as no work has begun."""
    require(actor, "orders.accept")
    row = open_order(order)
    if version is not None and row.version != version:
        raise Conflict
    told: dict[str, list[object]] = {}
    for name in AMENDABLE:
        if name in changes and changes[name] != getattr(row, name):
            told[name] = [_plain(getattr(row, name)), _plain(changes[name])]
            setattr(row, name, changes[name])
    if changes.get("not_before") is not None:
        told["not_before"] = _change_day(row, changes["not_before"], now)
    if told:
        row.version += 1
        row.save(update_fields=[*(name for name in told if name in AMENDABLE), "version"])
        record(OrderAmended(changes=told), about=row, by=actor)
    return row


def _change_day(row: Order, day: datetime, now: datetime) -> list[object]:
    items = list(row.items.all())
    if any(item.state not in (states.ACKNOWLEDGED, states.PENDING, states.HELD) for item in items):
        raise TooLate(field="not_before")
    if day <= now:
        raise Invalid(field="not_before", reason=_("The day must lie ahead."))
    before = min((item.not_before for item in items if item.not_before), default=None)
    for item in items:
        item.not_before = day
        item.save(update_fields=["not_before"])
    return [_plain(before), _plain(day)]


def cancel_order(*, actor: Actor, order: UUID, reason: str, now: datetime) -> Cancellation:
    """Cancel what is not done yet; what was begun is taken back step by step. Raises AlreadyOver."""
    require(actor, "orders.accept")
    row = open_order(order)
    asked = Cancellation.objects.create(
        order=row, customer_id=row.customer_id, branch_id=row.branch_id, reason=reason[:500], created_at=now,
        state="inProgress",
    )  # fmt: skip
    row.cancel_reason = reason[:500]
    row.save(update_fields=["cancel_reason"])
    record(OrderCancelled(reason=reason[:500]), about=row, by=actor)
    items = list(row.items.order_by("position"))
    for item in items:
        if item.state not in states.FINAL and not item.leaving:
            item.state, item.leaving = states.ASSESSING, states.CANCELLED
            item.save(update_fields=["state", "leaving"])
    if items:
        settle(actor=actor, order=row, items=items, now=now)
    else:
        _close_empty(actor, row, asked, now)
    return asked


def note_cancellation(*, actor: Actor, branch: int, reason: str, now: datetime) -> Cancellation:
    """Keep the wish to cancel an order that we do not hold; it stays acknowledged."""
    require(actor, "orders.accept")
    return Cancellation.objects.create(branch_id=branch, reason=reason[:500], created_at=now)


def _close_empty(actor: Actor, row: Order, asked: Cancellation, now: datetime) -> None:
    """An order of which nothing was ever begun is cancelled at once."""
    record(OrderStateChanged(before=row.state, after=states.CANCELLED), about=row, by=actor)
    row.state, row.cancelled_at, row.completed_at = states.CANCELLED, now, now
    row.version += 1
    row.save(update_fields=["state", "cancelled_at", "completed_at", "version"])
    asked.state, asked.ended_at = "done", now
    asked.save(update_fields=["state", "ended_at"])


def release_item(*, actor: Actor, item: UUID, rejected: bool, reason: str, now: datetime) -> Order:
    """Let a held item go on before its time, or reject it. Raises AlreadyOver when it is not held."""
    require(actor, "orders.release")
    found = OrderItem.objects.filter(public_id=item).values_list("order_id", "pk").first()
    if found is None:
        raise NotFound
    row = locked(found[0])
    held = OrderItem.objects.get(pk=found[1])
    if held.held_until is None or held.state not in (states.HELD, states.ACKNOWLEDGED):
        raise AlreadyOver(number=row.number, state=held.get_state_display())
    held.held_until = None
    if rejected:
        held.state, held.leaving, held.failure = states.HELD, states.REJECTED, reason[:500]
    held.save(update_fields=["held_until", "state", "leaving", "failure"])
    told = ItemReleased(position=held.position, rejected=rejected, reason=reason[:500])
    record(told, about=row, by=actor)
    return row


def open_order(order: UUID) -> Order:
    """The order, locked. Raises NotFound, AlreadyOver."""
    key = Order.objects.filter(public_id=order).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound
    row = locked(key)
    if row.state in states.ORDER_FINAL:
        raise AlreadyOver(number=row.number, state=row.get_state_display())
    return row


def _plain(value: Any) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
