"""What is under way for a customer, on his page, with the way to a new order."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.customers.panels import HAVE, Panel, Subject, panels
from loopline.kernel import clock, formats
from loopline.orders import queries, wording
from loopline.orders.models import Order, OrderState


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
    return OrdersFacts([_facts(order) for order in queries.open_of_customer(subject.customer.pk)])


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
