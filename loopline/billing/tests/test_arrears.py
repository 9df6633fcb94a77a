"""Payments settle the oldest bill first; what is left is sorted by how long it is overdue."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loopline.billing.rules.arrears import arrears

TODAY = date(2026, 3, 31)


def test_the_oldest_bill_is_settled_first():
    bills = [
        (date(2025, 9, 20), Decimal("100.00")),
        (date(2026, 2, 20), Decimal("50.00")),
        (date(2026, 3, 20), Decimal("60.00")),
        (date(2026, 4, 20), Decimal("70.00")),
    ]
    found = arrears(bills, Decimal("120.00"), TODAY)
    assert found.by_age == (Decimal("60.00"), Decimal("30.00"), Decimal(0), Decimal(0), Decimal(0))
    assert (found.not_due, found.overdue, found.owed) == (
        Decimal("70.00"),
        Decimal("90.00"),
        Decimal("160.00"),
    )


def test_what_is_paid_beyond_all_bills_is_credit():
    found = arrears([(date(2026, 1, 20), Decimal("10.00"))], Decimal("25.00"), TODAY)
    assert (found.owed, found.credit) == (Decimal(0), Decimal("15.00"))


amounts = st.decimals(0, 10_000, places=2)


@given(st.lists(st.tuples(st.integers(-60, 400), amounts)), amounts)
def test_nothing_is_lost_between_bills_payments_and_arrears(bills, paid):
    dated = [(TODAY - timedelta(days=days), amount) for days, amount in bills]
    found = arrears(dated, paid, TODAY)
    assert found.owed - found.credit == sum((amount for _, amount in bills), Decimal(0)) - paid
