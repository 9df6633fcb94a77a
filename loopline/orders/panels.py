"""What is under way for a customer, on his page, with the way to a new order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers.panels import HAVE, Panel, Subject, Wording, panels, wordings
from loopline.kernel import clock, formats
from loopline.orders import queries, wording
from loopline.orders.models import Kind, Order, OrderState


@dataclass(frozen=True, slots=True)
class Underway:
    """An order that is not over, in plain values."""

    id: str
    number: str
    state: str
    what: list[str]
    due_at: datetime | None
    in_jeopardy: bool


@dataclass(frozen=True, slots=True)
class OrdersFacts:
    """The orders under way."""

    orders: list[Underway]


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order in finished strings."""

    url: str
    title: str
    number: str
    state: str
    tone: str
    due: str
    exact: str
    late: bool


@dataclass(frozen=True, slots=True)
class OrdersPanel:
    """Orders under way, and where a new one begins (empty: not allowed)."""

    title: str
    rows: list[ShownOrder]
    new_url: str


def gather(subject: Subject) -> OrdersFacts:
    """The customer's open orders, in two queries."""
    return OrdersFacts([_facts(order) for order in queries.open_of_customer(subject.files)])


def _facts(order: Order) -> Underway:
    return Underway(
        id=str(order.public_id),
        number=order.number,
        state=order.state,
        what=[wording.what(item) for item in order.items.all()],
        due_at=order.due_at,
        in_jeopardy=bool(order.jeopardy),
    )


def show(subject: Subject, facts: OrdersFacts) -> OrdersPanel:
    """The orders as finished strings."""
    new = f"{reverse('orders:new')}?customer={subject.customer.public_id}"
    return OrdersPanel(
        _("Orders under way"),
        [_shown(order) for order in facts.orders],
        new if subject.actor.may("orders.accept") else "",
    )


def _shown(order: Underway) -> ShownOrder:
    late = order.in_jeopardy or bool(order.due_at and order.due_at < clock.now())
    return ShownOrder(
        url=reverse("orders:one", kwargs={"public_id": order.id}),
        title="; ".join(order.what) or order.number,
        number=order.number,
        state=str(OrderState(order.state).label),
        tone=wording.TONES[OrderState(order.state)],
        due=formats.ago(order.due_at) if order.due_at else "",
        exact=formats.moment(order.due_at),
        late=late,
    )


panels.add("orders", Panel(HAVE, "orders/panel.html", gather, show, permission="orders.view"), order=5)


def _kinds_told(payload: Mapping[str, Any]) -> str:
    kinds = [str(Kind(kind).label) for kind in payload.get("kinds", ())]
    return ": ".join(part for part in (str(payload.get("number", "")), ", ".join(kinds)) if part)


def _state_told(payload: Mapping[str, Any]) -> str:
    return str(OrderState(payload["after"]).label)


def _reason_told(payload: Mapping[str, Any]) -> str:
    return str(payload.get("reason", ""))


def _nothing_told(payload: Mapping[str, Any]) -> str:
    return ""


for _name, _icon, _label, _told, _tone in (
    ("accepted", "shopping-cart", gettext_lazy("Order received"), _kinds_told, "accent"),
    ("state_changed", "progress", gettext_lazy("Order"), _state_told, "neutral"),
    ("amended", "edit", gettext_lazy("Order amended"), _nothing_told, "neutral"),
    ("cancel_asked", "circle-x", gettext_lazy("Cancellation asked for"), _reason_told, "warn"),
    ("item_released", "lock-open", gettext_lazy("Order released"), _reason_told, "neutral"),
    ("item_failed", "alert-triangle", gettext_lazy("A step failed"), _reason_told, "bad"),
    ("in_jeopardy", "clock-exclamation", gettext_lazy("Order in jeopardy"), _nothing_told, "warn"),
    ("porting_code_issued", "package-export", gettext_lazy("Porting code issued"), _nothing_told, "warn"),
):
    wordings.add(f"orders.{_name}", Wording(_icon, _label, _told, _tone))
