"""An order with a row in each of its tables, for tests that look through all models."""

from datetime import UTC, datetime

from loopline.orders.models import Cancellation, Order, OrderItem, PortingCode, Step
from loopline.subscriptions.models import AddOn, Subscription


def full_order(customer: int, unit: int, line: int) -> None:
    """Write one row each; inside an open door."""
    from loopline.catalogue.api import Offering

    own = {"branch_id": unit, "customer_id": customer}
    at = datetime(2026, 3, 2, 3, tzinfo=UTC)
    offering = Offering.objects.get_or_create(code=f"X{line}", defaults={"name": "流量包", "kind": "add_on"})[
        0
    ]
    order = Order.objects.create(number=f"O{line}", state="completed", completed_at=at, **own)
    item = OrderItem.objects.create(
        order=order, position=1, kind="suspend", state="completed", subscription_id=line, **own
    )
    Step.objects.create(item=item, position=1, name="bar_line", state="done", **own)
    Cancellation.objects.create(order=order, **own)
    PortingCode.objects.create(
        subscription=Subscription.objects.get(pk=line), code="12345678", issued_at=at, expires_at=at, **own
    )
    AddOn.objects.create(subscription_id=line, offering=offering, started_on=at.date(), **own)
