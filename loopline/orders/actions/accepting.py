"""Accepting an order: checked, priced, taken apart, its number and SIM kept, all in one transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from loopline.customers import api as customers
from loopline.kernel import clock, series
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.models import current_tenant
from loopline.kernel.permission import Actor, require
from loopline.orders.actions import slots
from loopline.orders.actions.checking import (
    Asking,
    Checked,
    NotPossible,
    OrderUnderWay,
    WantedItem,
    check_customer,
    check_item,
)
from loopline.orders.actions.pricing import agreement, price_lines
from loopline.orders.actions.work import Work, do
from loopline.orders.bindings import bindings
from loopline.orders.events import OrderAccepted
from loopline.orders.models import Channel, Order, OrderItem, OrderState, Step
from loopline.orders.rules import deadlines, decomposition, prices, steps
from loopline.stock import api as stock

__all__ = ["NotPossible", "OrderUnderWay", "Quote", "WantedItem", "WantedOrder", "accept_order", "quote"]


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """What a customer asks for. The same `request_key` makes one order, however often it comes.

    `seen_in_person`: the customer's identity document was seen by whoever accepts.
    """

    customer: UUID
    items: tuple[WantedItem, ...]
    channel: str = "counter"
    account: int | None = None
    request_key: str = ""
    external_id: str = ""
    description: str = ""
    category: str = ""
    priority: str = "4"
    requested_start: datetime | None = None
    requested_completion: datetime | None = None
    seen_in_person: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would cost: the lines of each item, the sums, and the text of the agreement."""

    lines: list[list[prices.Line]]
    totals: prices.Totals
    agreement: str


def quote(*, actor: Actor, wanted: WantedOrder, now: datetime) -> Quote:
    """What the order would cost and whether it can be done; nothing is kept."""
    require(actor, "orders.accept")
    asking = _asking(actor, wanted)
    checked = [check_item(actor, asking, item, now) for item in wanted.items]
    check_customer(asking, checked)
    return _quote(actor, checked)


def _quote(actor: Actor, checked: list[Checked]) -> Quote:
    lines = [price_lines(actor, item) for item in checked]
    totals = prices.totals([line for each in lines for line in each])
    return Quote(lines, totals, agreement(checked, lines, totals))


def accept_order(*, actor: Actor, wanted: WantedOrder, now: datetime) -> Order:
    """Make an order of what a customer asks for. Raises Invalid, NotPossible, OrderUnderWay, stock.NumberTaken."""
    require(actor, "orders.accept")
    known = _known(wanted.request_key)
    if known is not None:
        return known
    if wanted.channel not in Channel.values:
        raise Invalid(field="channel", reason=_("Please choose a channel."))
    if not wanted.items or not _in_order(wanted.items):
        raise Invalid(field="items", reason=_("An item can only need items before it."))
    asking = _asking(actor, wanted)
    checked = [check_item(actor, asking, item, now) for item in wanted.items]
    check_customer(asking, checked)
    customer = _whose(asking, checked)
    told = _quote(actor, checked)
    order = _order(actor=actor, customer=customer, wanted=wanted, checked=checked, told=told, now=now)
    for position, (item, lines) in enumerate(zip(checked, told.lines, strict=True), start=1):
        _add_item(
            actor=actor,
            order=order,
            wanted=wanted,
            checked=item,
            position=position,
            lines=lines,
            now=now,
        )
    kinds = tuple(item.kind for item in wanted.items)
    record(OrderAccepted(number=order.number, kinds=kinds, channel=order.channel), about=order, by=actor)
    return order


def _asking(actor: Actor, wanted: WantedOrder) -> Asking:
    customer = customers.by_public_id(actor, wanted.customer)
    return Asking(customer, customers.together(customer), wanted.channel)


def _whose(asking: Asking, checked: list[Checked]) -> customers.Customer:
    """In whose file the order stands: about lines of one merged file in that, so that it goes along with its lines
    should the merge be undone."""
    files = {item.subscription.customer_id if item.subscription else asking.customer.pk for item in checked}
    if files == {asking.customer.pk} or len(files) > 1:
        return asking.customer
    return customers.Customer.objects.select_related("branch").get(pk=files.pop())


def _in_order(items: tuple[WantedItem, ...]) -> bool:
    return all(1 <= need < place for place, item in enumerate(items, start=1) for need in item.needs)


def acknowledge_order(
    *, actor: Actor, branch: int, wanted: dict[str, Any], unknown: list[str], request_key: str = ""
) -> Order:
    """Keep an order that names things we do not hold. It waits acknowledged until somebody completes it."""
    require(actor, "orders.accept")
    known = _known(request_key)
    if known is not None:
        return known
    order = Order.objects.create(
        branch_id=branch,
        number=_number(),
        request_key=request_key,
        unknown=unknown,
        channel=Channel.API,
        state=OrderState.ACKNOWLEDGED,
        staff_id=actor.staff_id,
        staff_name=actor.name,
        created_at=_whole_milliseconds(clock.now()),
        **wanted,
    )
    record(OrderAccepted(number=order.number, kinds=(), channel=order.channel), about=order, by=actor)
    return order


def _known(request_key: str) -> Order | None:
    """The order made of this request before; two that come at once wait for each other here."""
    if not request_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
            [f"order:{request_key}", current_tenant()],
        )
    return Order.objects.filter(request_key=request_key).first()


def _whole_milliseconds(now: datetime) -> datetime:
    """What programs are told of a moment, so that they find the order again by it."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _number() -> str:
    (running,) = series.take("order", prefix="O")
    return f"O{running:08d}"


def _order(
    *,
    actor: Actor,
    customer: customers.Customer,
    wanted: WantedOrder,
    checked: list[Checked],
    told: Quote,
    now: datetime,
) -> Order:
    starts = max([item.not_before or now for item in checked])
    held = max(
        deadlines.fraud_hold(item.wanted.kind, wanted.channel, seen_in_person=wanted.seen_in_person)
        for item in checked
    )
    due = deadlines.due_at(starts + held, [(item.wanted.kind, item.service) for item in checked])
    return Order.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        number=_number(),
        request_key=wanted.request_key,
        external_id=wanted.external_id,
        channel=wanted.channel,
        category=wanted.category,
        description=wanted.description,
        priority=wanted.priority,
        account_id=wanted.account or customers.paying_account(customer),
        requested_start=wanted.requested_start,
        requested_completion=wanted.requested_completion,
        due_at=due,
        warned_at=deadlines.warned_at(starts + held, due),
        once=told.totals.once,
        monthly=told.totals.monthly,
        due_now=told.totals.due_now,
        agreement=told.agreement,
        staff_id=actor.staff_id,
        staff_name=actor.name,
        created_at=_whole_milliseconds(now),
    )


def _detail(checked: Checked) -> dict[str, Any]:
    """What is kept of an item's particulars; a member's number is kept as its key."""
    told = {name: value for name, value in checked.wanted.detail.items() if name != "member"}
    if checked.member is not None:
        told["member_id"] = checked.member.pk
    return {**told, "sim": checked.sim, "on": checked.on.isoformat()}


def _add_item(
    *,
    actor: Actor,
    order: Order,
    wanted: WantedOrder,
    checked: Checked,
    position: int,
    lines: list[prices.Line],
    now: datetime,
) -> None:
    each, sums = checked.wanted, prices.totals(lines)
    hold = deadlines.fraud_hold(each.kind, wanted.channel, seen_in_person=wanted.seen_in_person)
    item = OrderItem.objects.create(
        order=order,
        customer_id=order.customer_id,
        branch_id=order.branch_id,
        position=position,
        key=each.key or str(position),
        kind=each.kind,
        service=checked.service,
        needs=list(each.needs),
        offering=checked.offering,
        subscription=checked.subscription,
        number=checked.number or (checked.subscription.number if checked.subscription else ""),
        iccid=each.iccid,
        detail=_detail(checked),
        prices=[asdict(line) | {"amount": str(line.amount)} for line in lines],
        once=sums.once,
        monthly=sums.monthly,
        due_now=sums.due_now,
        not_before=checked.not_before,
        held_until=now + hold if hold else None,
    )
    planned_steps = decomposition.steps_of(each.kind, checked.service, esim=checked.sim == stock.SimKind.ESIM)
    made = Step.objects.bulk_create(
        Step(
            item=item,
            customer_id=order.customer_id,
            branch_id=order.branch_id,
            position=place,
            name=planned.name,
            outside=planned.outside,
            undo=planned.undo,
        )
        for place, planned in enumerate(planned_steps, start=1)
    )
    work = Work(actor, order, item, now, clock.local_day(now, actor.zone))
    for step in made:
        if step.name in decomposition.AT_ONCE:
            do(work, step.name)
            step.state, step.ended_at = steps.DONE, now
            step.save(update_fields=["state", "ended_at"])
    if checked.slot is not None:
        slots.book(actor=actor, item=item, slot=checked.slot)
    for binding in bindings:
        binding.accepted(work)
