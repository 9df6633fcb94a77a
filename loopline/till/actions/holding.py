"""Deposits and instalments: bound to an order's items, held while the line lives, settled when it closes.

They are priced with the order, so that the customer sees them before he agrees, and change in its transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.orders import api as orders
from loopline.orders.api import Checked, Line, Work, decomposition, states
from loopline.stock import api as stock
from loopline.subscriptions import api as subscriptions
from loopline.till import queries
from loopline.till.actions import ledger
from loopline.till.actions.authority import may_give, tidy
from loopline.till.actions.sessions import locked
from loopline.till.events import (
    DepositEnded,
    DepositTaken,
    InstalmentsAgreed,
    InstalmentsEnded,
    MoneyReturned,
)
from loopline.till.models import (
    Deposit,
    DepositState,
    Entry,
    InstalmentPlan,
    Movement,
    MovementKind,
    PlanState,
)
from loopline.till.rules import instalments, money, termination
from loopline.till.rules.money import Posting

BOUND = (decomposition.OPEN, decomposition.PORT_IN, decomposition.CHANGE_PLAN)
"""The kinds of item with which a deposit is taken or a device is sold."""

ENDING = (decomposition.CLOSE, decomposition.PORT_OUT)
VOID = (states.FAILED, states.CANCELLED, states.REJECTED)


class DepositGone(Conflict):
    """The deposit is no longer held, or its line is just being closed."""

    code = "deposit_gone"
    sentence = gettext_lazy("This deposit is not free to be given back.")


class Money:
    """The binding of orders that brings deposits, devices and what leaving early costs."""

    def lines(self, actor: Actor, checked: Checked) -> list[Line]:
        """What the item costs besides the plan."""
        if checked.wanted.kind in BOUND:
            return [*_deposit_lines(checked), *_device_lines(checked), *_fee_lines(checked)]
        return [*_fee_lines(checked), *_closing_lines(checked)] if checked.wanted.kind in ENDING else []

    def accepted(self, work: Work) -> None:
        """The device is kept for the order."""
        if imei := _imei(work):
            stock.reserve_device(actor=work.actor, imei=imei, holder=work.holder)

    def done(self, work: Work) -> None:
        """The device is the customer's and its plan runs; with a closed line deposits are set off and plans end."""
        if imei := _imei(work):
            _hand_over(work, imei)
        if work.item.kind in ENDING:
            _settle(work)

    def void(self, work: Work) -> None:
        """The device goes back to stock. What was paid is given back at a till."""
        if imei := _imei(work):
            stock.release_device(actor=work.actor, imei=imei, holder=work.holder)


def take(*, actor: Actor, order: orders.Order, now: datetime) -> Decimal:
    """The deposits of an order that is being paid are held from now on. Returns their sum."""
    total = money.NOTHING
    if order.customer is None:
        return total
    held = Deposit.objects.filter(item__order=order, state=DepositState.HELD)
    known = set(held.values_list("item_id", flat=True))
    for item in order.items.exclude(state__in=VOID).order_by("position"):
        amount = sum(
            (Decimal(line["amount"]) for line in item.prices if line["code"] == "deposit"), money.NOTHING
        )
        if not amount or item.pk in known:
            continue
        made = Deposit.objects.create(
            item=item, customer=order.customer, branch_id=order.branch_id, amount=amount, taken_at=now
        )
        record(DepositTaken(amount=str(amount)), about=made, by=actor)
        total += amount
    return total


def give_back_void(*, actor: Actor, order: orders.Order, now: datetime) -> Decimal:
    """Deposits of items that came to nothing are held no more. Returns their sum."""
    rows = Deposit.objects.select_for_update().filter(item__order=order, state=DepositState.HELD)
    gone = list(rows.filter(item__state__in=VOID).order_by("id"))
    for row in gone:
        _end(actor, row, DepositState.RETURNED, now)
    return sum((row.amount for row in gone), money.NOTHING)


def take_back(*, actor: Actor, entries: Sequence[Entry], now: datetime) -> None:
    """The deposits that a receipt took go with it when it is corrected. Raises DepositGone where they are used."""
    if any(entry.debit == money.DEPOSIT for entry in entries):
        raise DepositGone
    taken = [entry.order_id for entry in entries if entry.order_id and entry.credit == money.DEPOSIT]
    security = sum((entry.amount for entry in entries if entry.credit == money.DEPOSIT), money.NOTHING)
    rows = Deposit.objects.select_for_update().filter(item__order_id__in=taken, state=DepositState.HELD)
    held = list(rows.order_by("id"))
    if sum((row.amount for row in held), money.NOTHING) != security:
        raise DepositGone
    for row in held:
        _end(actor, row, DepositState.RETURNED, now)


def return_deposit(
    *,
    actor: Actor,
    session: UUID,
    deposit: UUID,
    method: str,
    reason: str,
    now: datetime,
    request_key: str = "",
) -> Movement:
    """Give a deposit back while its line goes on. Raises DepositGone, NeedsAuthority."""
    require(actor, "till.work")
    before = ledger.known(request_key)
    if before is not None:
        return before
    row = locked(session)
    found = Deposit.objects.filter(public_id=deposit).select_related("customer", "item").first()
    if found is None:
        raise NotFound
    if found.item.subscription_id is not None:
        subscriptions.locked(found.item.subscription_id)
    may_give(actor, found.amount, method, reason)
    held = Deposit.objects.select_for_update().get(pk=found.pk)
    if held.state != DepositState.HELD or _is_closing(found.item.subscription_id):
        raise DepositGone
    _end(actor, held, DepositState.RETURNED, now)
    postings = [Posting(money.DEPOSIT, method, held.amount)]
    moved = ledger.Moved(MovementKind.REFUND, postings, (), found.customer, request_key, reason=tidy(reason))
    made = ledger.write(actor=actor, session=row, moved=moved, now=now)
    record(
        MoneyReturned(number=made.number, amount=str(held.amount), reason=moved.reason), about=made, by=actor
    )
    return made


def _is_closing(subscription: int | None) -> bool:
    if subscription is None:
        return False
    rows = orders.OrderItem.objects.filter(
        subscription_id=subscription, kind__in=ENDING, state__in=states.OPEN
    )
    return rows.exists()


def _end(actor: Actor, row: Deposit, how: DepositState, now: datetime) -> None:
    row.state, row.ended_at, row.version = how, now, row.version + 1
    row.save(update_fields=["state", "ended_at", "version"])
    record(DepositEnded(amount=str(row.amount), how=how), about=row, by=actor)


def _deposit_lines(checked: Checked) -> list[Line]:
    amount = _amount(checked, "deposit")
    return [Line("once", "deposit", amount)] if amount else []


def _device_lines(checked: Checked) -> list[Line]:
    imei = str(checked.wanted.detail.get("device") or "").strip()
    if not imei:
        return []
    device = stock.Device.objects.filter(imei=imei).first()
    if device is None:
        raise orders.NotPossible(field="device", reason=_("This device is not in our stock."))
    months = str(checked.wanted.detail.get("months") or "0")
    if not months.isdecimal() or int(months) not in orders.INSTALMENT_MONTHS:
        raise Invalid(field="months", reason=_("Please choose for how many months."))
    if not int(months):
        return [Line("once", "device", device.price, device.model, device.model)]
    first = _amount(checked, "first")
    if first > device.price:
        raise Invalid(field="first", reason=_("The first payment is at most the device's price."))
    parts = instalments.schedule(device.price, first, int(months), checked.on)
    told = [Line("once", "device", first, device.model, device.model)] if first else []
    if parts:
        told.append(Line("later", "instalment", parts[0].amount, device.model, device.model, len(parts)))
    return told


def _fee_lines(checked: Checked) -> list[Line]:
    """What leaving the contract early costs; a plan that costs less leaves a part of it."""
    line, offering = checked.subscription, checked.offering
    if line is None:
        return []
    lost = line.monthly_fee or money.NOTHING
    if checked.wanted.kind == decomposition.CHANGE_PLAN and offering is not None:
        lost -= offering.monthly_fee
    months = termination.months_left(checked.on, line.contract_ends_on)
    terms = queries.terms() if months else None
    if terms is None:
        return []
    fee = termination.fee(months=months, monthly=lost, rate=terms.rate, most_months=terms.most_months)
    return [Line("once", "termination", fee, days=months)] if fee else []


def _closing_lines(checked: Checked) -> list[Line]:
    """With the line ends what hangs on it: the rest of the instalments is due, the deposit is set off."""
    line = checked.subscription
    if line is None:
        return []
    told = [
        Line("once", "instalments_left", rest, plan.model, plan.model)
        for plan in queries.plans_on(line.pk)
        if (rest := queries.rest_of(plan, checked.on))
    ]
    held = sum((deposit.amount for deposit in queries.deposits_on(line.pk)), money.NOTHING)
    return [*told, Line("once", "deposit_back", -held)] if held else told


def _amount(checked: Checked, name: str) -> Decimal:
    given = str(checked.wanted.detail.get(name) or "0").strip()
    try:
        amount = Decimal(given)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or (amount and not money.is_amount(amount)):
        raise Invalid(field=name, reason=_("Please give an amount in yuan and fen."))
    return amount


def _imei(work: Work) -> str:
    return str(work.item.detail.get("device") or "").strip() if work.item.kind in BOUND else ""


def _hand_over(work: Work, imei: str) -> None:
    device = stock.assign_device(actor=work.actor, imei=imei, holder=work.holder, subscription=work.line)
    months, first = int(work.item.detail.get("months") or 0), Decimal(str(work.item.detail.get("first") or 0))
    on = date.fromisoformat(str(work.item.detail["on"]))
    customer = work.order.customer
    if customer is None or not instalments.schedule(device.price, first, months, on):
        return
    plan, made = InstalmentPlan.objects.get_or_create(
        item=work.item,
        defaults={
            "customer": customer, "branch_id": work.order.branch_id,
            "subscription_id": work.line, "model": device.model, "imei": imei, "price": device.price,
            "first": first, "months": months, "started_on": on,
        },
    )  # fmt: skip
    if made:
        told = InstalmentsAgreed(rest=str(plan.price - plan.first), months=months)
        record(told, about=plan, by=work.actor)


def _settle(work: Work) -> None:
    """The line is closed: what its price said about deposits and instalments comes true."""
    for plan in queries.plans_on(work.line):
        plan.settled = queries.rest_of(plan, date.fromisoformat(str(work.item.detail["on"])))
        plan.state, plan.ended_on = PlanState.SETTLED, work.today
        plan.save(update_fields=["state", "settled", "ended_on"])
        record(InstalmentsEnded(rest=str(plan.settled)), about=plan, by=work.actor)
    rows = Deposit.objects.select_for_update().filter(
        item__subscription_id=work.line, state=DepositState.HELD
    )
    held = list(rows.order_by("id"))
    for row in held:
        _end(work.actor, row, DepositState.SET_OFF, work.now)
    total = sum((row.amount for row in held), money.NOTHING)
    if total:
        posting = Posting(money.DEPOSIT, money.ORDER, total, 0)
        moved = ledger.Moved(MovementKind.SET_OFF, [posting], [(work.order.pk, None)], work.order.customer)
        ledger.write(actor=work.actor, session=None, moved=moved, now=work.now)


orders.bindings.add("money", Money())
