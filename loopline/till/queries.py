"""Reading tills, receipts, and what is held or open."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, QuerySet, Sum, When

from loopline.kernel.errors import NotFound
from loopline.kernel.events import history
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.orders import api as orders
from loopline.till.models import (
    Deposit,
    DepositState,
    Entry,
    InstalmentPlan,
    Movement,
    PlanState,
    Session,
    SessionState,
    Terms,
    Till,
)
from loopline.till.rules import instalments, money

AT_COUNTERS = """
(SELECT 'deposit', public_id::text, '', amount, taken_at, 0::numeric, 0, NULL::date FROM till_deposit
 WHERE customer_id = ANY (%(files)s) AND state = 'held' ORDER BY id LIMIT 10)
UNION ALL
(SELECT 'plan', public_id::text, model, price, now(), first, months, started_on FROM till_instalmentplan
 WHERE customer_id = ANY (%(files)s) AND state = 'running' ORDER BY id LIMIT 10)
UNION ALL
(SELECT kind, public_id::text, number, amount, at, 0, 0, NULL FROM till_movement
 WHERE customer_id = ANY (%(files)s) ORDER BY id DESC LIMIT 4)
"""


def terms() -> Terms:
    """What the operator has decided; the default where nothing was."""
    return Terms.objects.order_by("id").first() or Terms()


def tills(actor: Actor) -> list[Till]:
    """The tills that the actor may see, by code."""
    require(actor, "till.work")
    return list(Till.objects.select_related("branch").order_by("code")[:200])


def running(actor: Actor) -> list[Session]:
    """The tills in use, those of the actor's own unit first."""
    require(actor, "till.work")
    rows = Session.objects.exclude(state=SessionState.CLOSED).select_related("till", "branch")
    return sorted(rows.order_by("id")[:200], key=lambda row: row.branch_id != actor.unit_id)


def session_of(actor: Actor) -> Session | None:
    """The open till at which somebody works: the one that he opened, else one of his unit."""
    rows = Session.objects.filter(state=SessionState.OPEN).select_related("till")
    mine = rows.filter(opened_by_id=actor.staff_id).order_by("-id").first()
    return mine or rows.filter(branch_id=actor.unit_id).order_by("-id").first()


def sessions(actor: Actor, before: int = 0) -> QuerySet[Session]:
    """Every day of every till, the newest first."""
    require(actor, "till.work")
    rows = Session.objects.select_related("till", "branch").order_by("-id")
    return rows.filter(pk__lt=before) if before else rows


def get_session(actor: Actor, public_id: UUID) -> Session:
    """One day of a till. Raises NotFound."""
    require(actor, "till.work")
    found = Session.objects.select_related("till", "branch").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def get_movement(actor: Actor, public_id: UUID) -> Movement:
    """One receipt with its entries. Raises NotFound."""
    require(actor, "till.work")
    rows = Movement.objects.select_related("customer", "session__till", "unit", "corrects", "correction")
    found = rows.prefetch_related("entries__order", "entries__account").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def movements(session: Session, before: int = 0) -> QuerySet[Movement]:
    """What passed a till while it was open, the newest first."""
    rows = Movement.objects.filter(session=session).select_related("customer").order_by("-id")
    return rows.filter(pk__lt=before) if before else rows


def receipts_on(order: int) -> list[Movement]:
    """The receipts of an order, the oldest first."""
    return list(
        Movement.objects.filter(entries__order_id=order, session__isnull=False).distinct().order_by("id")
    )


def at_counters(files: Sequence[int]) -> list[tuple[Any, ...]]:
    """Deposits held, plans running and the latest receipts of a customer, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(AT_COUNTERS, {"files": list(files)})
        return list(cursor.fetchall())


def prints_of(movement: Movement) -> list[Event]:
    """When and by whom a receipt was printed, the newest first."""
    return [event for event in history(movement, 50) if event.name == "till.receipt_printed"]


def expected(session: Session) -> dict[str, Decimal]:
    """What each means of payment ought to hold, from the ledger alone."""
    rows = Entry.objects.filter(movement__session=session).values_list("debit", "credit", "amount")
    held = money.balances(rows)
    return {name: held[name] for name in money.METHODS if held.get(name)}


def account_balances() -> dict[str, Decimal]:
    """What each account of the ledger holds, over all that may be seen. The sum is nothing."""
    return money.balances(Entry.objects.values_list("debit", "credit", "amount"))


def paid_on(order_keys: Iterable[int]) -> dict[int, Decimal]:
    """Order → what was paid on it less what was given back, in one query."""
    rows = Entry.objects.filter(order_id__in=list(order_keys)).values("order_id")
    summed = rows.annotate(
        paid=Sum(
            Case(
                When(debit__in=money.METHODS, then=F("amount")),
                When(credit__in=money.METHODS, then=-F("amount")),
                default=Decimal(0),
            )
        )
    )
    return {row["order_id"]: row["paid"] for row in summed.order_by()}


def open_on(order: orders.Order) -> Decimal:
    """What is to be paid on an order; negative: to be given back."""
    return order.due_now - paid_on([order.pk]).get(order.pk, money.NOTHING)


def paid_on_account(account: int) -> Decimal:
    """What was paid at tills for the bills of an account less what was given back."""
    held = money.balances(Entry.objects.filter(account_id=account).values_list("debit", "credit", "amount"))
    return -held.get(money.BILL, money.NOTHING)


def locked_order(actor: Actor, order: UUID | None) -> orders.Order:
    """An order whose row nobody else moves or pays meanwhile. Raises NotFound."""
    require(actor, "orders.view")
    rows = orders.Order.objects.select_for_update(of=("self",)).select_related("customer")
    found = rows.filter(public_id=order).first() if order else None
    if found is None:
        raise NotFound(field="order")
    return found


def deposits_on(subscription: int) -> list[Deposit]:
    """Deposits that are held for a subscription."""
    rows = Deposit.objects.filter(item__subscription_id=subscription, state=DepositState.HELD)
    return list(rows.order_by("id"))


def plans_on(subscription: int) -> list[InstalmentPlan]:
    """Instalment plans that run for a subscription."""
    return list(
        InstalmentPlan.objects.filter(subscription_id=subscription, state=PlanState.RUNNING).order_by("id")
    )


def rest_of(plan: InstalmentPlan, today: date) -> Decimal:
    """What of a device has not been asked for yet."""
    if plan.state != PlanState.RUNNING:
        return money.NOTHING
    parts = instalments.schedule(plan.price, plan.first, plan.months, plan.started_on)
    return instalments.remaining(parts, today)


def bindings_of(files: Sequence[int]) -> tuple[list[Deposit], list[InstalmentPlan]]:
    """Deposits held and plans running of a customer."""
    deposits = Deposit.objects.filter(customer_id__in=files, state=DepositState.HELD)
    plans = InstalmentPlan.objects.filter(customer_id__in=files, state=PlanState.RUNNING)
    return list(deposits.select_related("item").order_by("id")[:20]), list(plans.order_by("id")[:20])


def owing_orders(files: Sequence[int]) -> list[tuple[orders.Order, Decimal]]:
    """Orders of a customer on which something is open (negative: to be given back), the newest first; `files` are his
    and those merged into his."""
    rows = orders.Order.objects.filter(customer_id__in=files).order_by("-id")[:30]
    found = list(rows)
    paid = paid_on([row.pk for row in found])
    open_amounts = [(row, row.due_now - paid.get(row.pk, money.NOTHING)) for row in found]
    return [(row, amount) for row, amount in open_amounts if amount]
