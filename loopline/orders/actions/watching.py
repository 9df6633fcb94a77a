"""What the clock does: orders in jeopardy, orders whose moment has come, lines whose number was kept long enough."""

from datetime import datetime, timedelta

from django.db.models import Q

from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.orders import wording
from loopline.orders.actions.settling import source_of
from loopline.orders.events import OrderInJeopardy
from loopline.orders.models import Order, OrderItem, Step
from loopline.orders.rules import steps
from loopline.stock import api as stock
from loopline.subscriptions import api as subscriptions
from loopline.worklist import api as worklist

MOST = 500
KEPT_DAYS = 90
TASK_KIND = "orders.jeopardy"


def watch(*, actor: Actor, now: datetime) -> int:
    """Find orders that will be late or are stuck and give each to its branch as a task. Returns how many."""
    rows = Order.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        warned_at__lte=now, jeopardy="", completed_at=None, cancelled_at=None
    )
    found = list(rows.order_by("warned_at")[:MOST])
    for order in found:
        stuck = Step.objects.filter(
            item__order=order, state__in=[steps.SENT, steps.UNDOING], tries__gte=steps.MOST_TRIES
        ).exists()
        order.jeopardy = "stuck" if stuck else "late"
        order.save(update_fields=["jeopardy"])
        record(OrderInJeopardy(reason=order.jeopardy), about=order, by=actor)
    worklist.create_tasks(_task(order) for order in found)
    return len(found)


def _task(order: Order) -> worklist.NewTask:
    return worklist.NewTask(
        kind=TASK_KIND,
        title=wording.late(order.number),
        branch=order.branch_id,
        customer=order.customer_id,
        subject=f"orders.order:{order.pk}",
        source=source_of(order),
        source_name=order.number,
        detail={"order": str(order.public_id), "number": order.number, "reason": order.jeopardy},
        priority=80,
        due_at=order.due_at,
    )


def restless(now: datetime) -> list[int]:
    """Orders to be moved: an answer is awaited, or the day or the end of a hold has come."""
    asked = Step.objects.filter(state__in=[steps.SENT, steps.UNDOING]).order_by("due_at")
    keys = set(asked.values_list("item__order_id", flat=True)[:MOST])
    waiting = OrderItem.objects.filter(state__in=["pending", "held"])
    come = waiting.filter(Q(not_before__lte=now) | Q(not_before=None, held_until__lte=now))
    keys |= set(come.values_list("order_id", flat=True)[:MOST])
    return sorted(keys)


def end_kept_lines(*, actor: Actor, now: datetime) -> int:
    """End the lines whose number was kept for 90 days after they were closed. Returns how many."""
    day = (now - timedelta(days=KEPT_DAYS)).astimezone(actor.zone).date()
    rows = subscriptions.Subscription.objects.filter(
        state=subscriptions.State.PRE_TERMINATED, ended_on__lte=day
    )
    found = list(rows.order_by("ended_on")[:MOST])
    for line in found:
        subscriptions.change_state(actor=actor, subscription=line.pk, done="terminate", on=day)
        if line.number:
            stock.retire_number(actor=actor, number=line.number, now=now)
    return len(found)
