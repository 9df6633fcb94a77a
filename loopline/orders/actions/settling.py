"""What an order is after its items moved: its state, what is due, and what the house is told when it is over."""

from datetime import datetime
from decimal import Decimal

from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.orders.events import OrderStateChanged
from loopline.orders.models import Cancellation, Channel, Order, OrderItem
from loopline.orders.rules import states
from loopline.worklist import api as worklist

_CHANNELS = {Channel.COUNTER: "shop", Channel.PHONE: "call", Channel.WEB: "web", Channel.API: "web"}
VOID = (states.FAILED, states.CANCELLED, states.REJECTED)


def settle(*, actor: Actor, order: Order, items: list[OrderItem], now: datetime) -> None:
    """Bring the order's own row up to date with its items; tell it once when that changed its state."""
    before = order.state
    order.state = states.order_state([item.state for item in items])
    counted = [item for item in items if item.state not in VOID]
    order.due_now = sum((item.due_now for item in counted), Decimal(0))
    order.once = sum((item.once for item in counted), Decimal(0))
    order.monthly = sum((item.monthly for item in counted), Decimal(0))
    if order.state in states.ORDER_FINAL:
        order.completed_at = now
        order.cancelled_at = now if order.state == states.CANCELLED else None
        order.jeopardy = ""
    order.version += 1
    order.save(
        update_fields=[
            "state", "due_now", "once", "monthly", "completed_at", "cancelled_at", "jeopardy", "version",
        ]
    )  # fmt: skip
    if order.state != before:
        record(OrderStateChanged(before=before, after=order.state), about=order, by=actor)
        if order.state in states.ORDER_FINAL:
            _over(actor, order, items, now)


def _over(actor: Actor, order: Order, items: list[OrderItem], now: datetime) -> None:
    ended = "done" if order.state in (states.CANCELLED, states.PARTIAL) else "terminatedWithError"
    Cancellation.objects.filter(order=order, ended_at=None).update(state=ended, ended_at=now)
    worklist.cancel_tasks(actor=actor, source=source_of(order), reason=order.state, now=now)
    done = [item for item in items if item.state == states.COMPLETED]
    if done and order.customer_id is not None:
        interactions.record_interaction(
            actor=actor,
            customer=order.customer_id,
            branch=order.branch_id,
            kind=interactions.InteractionKind.ORDER,
            channel=_CHANNELS[Channel(order.channel)],
            at=now,
            on=clock.local_day(now, actor.zone),
            subscription=done[0].subscription_id,
            topic=order.number,
            result=interactions.Result.SOLVED,
        )


def source_of(order: Order) -> str:
    """The name under which the order's tasks are kept."""
    return f"orders.order:{order.pk}"
