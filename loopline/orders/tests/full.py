"""An order with a row in each of its tables, for tests that look through all models."""

from datetime import UTC, datetime

from loopline.documents.models import Document
from loopline.orders.models import (
    AcceptanceForm,
    Cancellation,
    EsimProfile,
    Order,
    OrderItem,
    PortingCode,
    Step,
    Visit,
    VisitSlot,
)
from loopline.subscriptions.models import AddOn, Sharing, Subscription


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
    EsimProfile.objects.create(item=item, iccid=f"{line}", wrapped=b"", prepared_at=at, **own)
    slot = VisitSlot.objects.create(
        branch_id=unit, day=at.date(), begins=f"{line:05d}", ends="12:00", capacity=1, booked=1
    )
    Visit.objects.create(item=item, slot=slot, state="done", ended_at=at, **own)
    form = Document.objects.create(
        about_kind="orders.order", about_id=order.pk, name="form.pdf", media_type="application/pdf", size=1,
        sha256="0", place=f"form-{line}", **own,
    )  # fmt: skip
    AcceptanceForm.objects.create(order=order, how="paper", document=form, sha256="0", signed_at=at, **own)
    PortingCode.objects.create(
        subscription=Subscription.objects.get(pk=line), code="12345678", issued_at=at, expires_at=at, **own
    )
    row = Subscription.objects.get(pk=line)
    Sharing.objects.create(
        primary=row, member=row, role="family", payer="own", former_account_id=row.account_id, started_on=at.date(),
        ended_on=at.date(), **own,
    )  # fmt: skip
    AddOn.objects.create(subscription_id=line, offering=offering, started_on=at.date(), **own)
