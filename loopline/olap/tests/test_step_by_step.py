"""What is made month by month, as changes come, equals what is made from nothing."""

from collections.abc import Iterator
from datetime import date

import pytest

from loopline.billing.models import Bill
from loopline.customers.models import Customer
from loopline.kernel.period import add_months
from loopline.olap import api as olap
from loopline.olap import lines
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator, found_demo
from loopline.warehouse import api as warehouse


@pytest.fixture(scope="module")
def operator(database: object) -> Iterator[Operator]:
    """A demo operator with one load."""
    made = found_demo()
    warehouse.refresh(made.tenant)
    return made


def _tables(operator: Operator) -> dict[str, list[tuple[object, ...]]]:
    """Every table of months, row by row; whom a cube counts as keys."""
    found = {}
    with warehouse.reader(operator.tenant) as con:
        for name in (lines.NAME, *(cube.table for cube in olap.cubes)):
            rows = con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            read = [
                tuple(sorted(warehouse.read_crowd(cell)) if isinstance(cell, bytes) else cell for cell in row)
                for row in rows
            ]
            found[name] = sorted(read, key=repr)
    return found


def _first_bill(month: date) -> Bill:
    return Bill.objects.filter(month=month, subscription__state="active").order_by("pk")[0]


def test_late_news_move_the_months_they_tell_of(operator: Operator) -> None:
    with operator.door():
        newest = Bill.objects.order_by("-month").values_list("month", flat=True)[0]
        earlier = add_months(newest, -4)
        late = _first_bill(add_months(newest, -3)).subscription_id
        Subscription.objects.filter(pk=late).update(
            state="terminated", ended_on=earlier.replace(day=17), end_reason="customer_request"
        )
        bill = _first_bill(earlier)
        Bill.objects.filter(pk=bill.pk).update(monthly_fee=bill.monthly_fee + 50, amount=bill.amount + 50)
        opened = Subscription.objects.filter(state="active").order_by("-pk")[0]
        Subscription.objects.filter(pk=opened.pk).update(started_on=earlier.replace(day=3))
        Customer.objects.filter(pk=bill.customer_id).update(tier="gold")
    before = _tables(operator)
    warehouse.refresh(operator.tenant)
    step_by_step = _tables(operator)
    assert before[lines.NAME] != step_by_step[lines.NAME]
    warehouse.refresh(operator.tenant, complete=True)
    from_nothing = _tables(operator)
    for name, rows in from_nothing.items():
        assert step_by_step[name] == rows, name


def test_a_bill_moves_what_is_said_of_the_month_after_it(operator: Operator) -> None:
    with operator.door():
        newest = Bill.objects.order_by("-month").values_list("month", flat=True)[0]
        bill = _first_bill(add_months(newest, -2))
        Bill.objects.filter(pk=bill.pk).update(monthly_fee=bill.monthly_fee + 900, amount=bill.amount + 900)
    warehouse.refresh(operator.tenant)
    with warehouse.reader(operator.tenant) as con:
        rows = con.execute(
            f"SELECT upgraded, downgraded FROM {lines.NAME} WHERE subscription_id = ? AND month IN (?, ?) "
            "ORDER BY month",
            [bill.subscription_id, bill.month, add_months(bill.month, 1)],
        ).fetchall()
    assert rows == [(1, 0), (0, 1)]
