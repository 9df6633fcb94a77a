"""A row in each of the till's tables that hang on a customer, for tests that look through all models."""

from datetime import date
from decimal import Decimal

from loopline.orders.models import OrderItem
from loopline.till.models import Deposit, Entry, InstalmentPlan, Movement


def full_till(customer: int, unit: int, line: int) -> None:
    """Write one row each; inside an open door."""
    own = {"branch_id": unit, "customer_id": customer}
    item = OrderItem.objects.filter(customer_id=customer).order_by("id").first()
    paid = Movement.objects.create(kind="payment", number=f"T-{line}", amount=Decimal(9), unit_id=unit, **own)
    Entry.objects.create(movement=paid, debit="cash", credit="bill", amount=Decimal(9))
    Deposit.objects.create(item=item, amount=Decimal(100), **own)
    InstalmentPlan.objects.create(
        item=item, subscription_id=line, model="X1", imei="490154203237518", price=Decimal(1200), first=Decimal(0),
        months=12, started_on=date(2026, 3, 2), **own,
    )  # fmt: skip
