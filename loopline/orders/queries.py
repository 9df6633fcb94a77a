"""Reading orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.orders.models import Cancellation, Channel, EsimProfile, Order, OrderItem, OrderState, Step
from loopline.orders.rules import states

COUNTED_TO = 1000
ITEMS = Prefetch(
    "items",
    OrderItem.objects.select_related("offering", "subscription", "profile").order_by("position"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders: `state` is a state or open; `after` is the last key of the page before."""

    state: str = ""
    channel: str = ""
    branch: int | None = None
    jeopardy: bool = False
    after: int = 0


def wanted_from(given: Mapping[str, Any]) -> Wanted:
    """What the address of a list asks for; what is not understood is left out."""
    view, state = given.get("view", "open"), given.get("state", "")
    channel, after = given.get("channel", ""), given.get("after", "")
    return Wanted(
        state=state if state in OrderState.values else "open" if view == "open" else "",
        channel=channel if channel in Channel.values else "",
        jeopardy=view == "jeopardy",
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0,
    )


def orders(actor: Actor, wanted: Wanted) -> QuerySet[Order]:
    """Orders, newest first; those in jeopardy the most urgent first."""
    require(actor, "orders.view")
    rows = Order.objects.select_related("customer", "branch").prefetch_related(ITEMS)
    if wanted.state == "open":
        rows = rows.filter(completed_at=None, cancelled_at=None)
    elif wanted.state in OrderState.values:
        rows = rows.filter(state=wanted.state)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.branch:
        rows = rows.filter(branch_id=wanted.branch)
    if wanted.jeopardy:
        return rows.exclude(jeopardy="").order_by("due_at", "id")
    rows = rows.filter(pk__lt=wanted.after) if wanted.after else rows
    return rows.order_by("-id")


def listed(rows: QuerySet[Order]) -> QuerySet[Order]:
    """The same orders with no more of each than a row of a list shows."""
    shown = ("public_id", "number", "state", "channel", "category", "jeopardy", "due_at", "created_at")
    items = OrderItem.objects.select_related("offering").order_by("position")
    short = items.only("order_id", "position", "kind", "offering__name", "offering__name_en")
    rows = rows.only(*shown, "customer__kind", "customer__name", "branch__name", "branch__name_en")
    return rows.prefetch_related(None).prefetch_related(Prefetch("items", short))


def all_orders(actor: Actor) -> QuerySet[Order]:
    """Every order that the actor may see."""
    require(actor, "orders.view")
    return Order.objects.select_related("customer").prefetch_related(ITEMS)


def cancellations(actor: Actor) -> QuerySet[Cancellation]:
    """Every wish to cancel an order."""
    require(actor, "orders.view")
    return Cancellation.objects.select_related("order")


def get_order(actor: Actor, public_id: UUID) -> Order:
    """One order within what the actor may see. Raises NotFound."""
    require(actor, "orders.view")
    rows = Order.objects.select_related("customer", "branch").prefetch_related(
        Prefetch(
            "items",
            OrderItem.objects.select_related("offering", "subscription")
            .prefetch_related(Prefetch("steps", Step.objects.order_by("position")))
            .order_by("position"),
        )
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def get_profile(actor: Actor, item: UUID) -> EsimProfile:
    """The eSIM profile of an item."""
    require(actor, "orders.view")
    rows = EsimProfile.objects.select_related("item__order__customer", "item__offering")
    found = rows.filter(item__public_id=item).first()
    if found is None:
        raise NotFound
    return found


def find_by_number(actor: Actor, number: str) -> Order | None:
    """An order by its number."""
    require(actor, "orders.view")
    return Order.objects.filter(number=number.strip().upper()).first()


def open_of_customer(files: Sequence[int]) -> list[Order]:
    """What is under way for a customer, newest first; `files` are his and those merged into his."""
    rows = Order.objects.filter(customer_id__in=files, completed_at=None, cancelled_at=None)
    return list(rows.prefetch_related(ITEMS).order_by("-id")[:20])


def count_of(rows: QuerySet[Order]) -> int:
    """How many, to COUNTED_TO at most."""
    return rows.order_by().values("pk")[:COUNTED_TO].count()


def is_open(order: Order) -> bool:
    """Whether the order is not over."""
    return order.state not in states.ORDER_FINAL


def is_late(order: Order, now: datetime) -> bool:
    """Whether the order ought to be done by now."""
    return is_open(order) and order.due_at is not None and order.due_at < now
