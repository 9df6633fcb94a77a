"""The demo's orders stand at every stage, are written once, and groups are billed as the months pass."""

from collections import Counter
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from loopline.billing import api as billing
from loopline.demo.groups import GROUPS, bill_groups
from loopline.demo.keyaccounts import write_key_accounts
from loopline.demo.orders import NAMES, write_orders
from loopline.demo.tests.operators import a_code
from loopline.demo.ticking import months_over
from loopline.kernel import clock
from loopline.orders import api as orders
from loopline.subscriptions import api as subscriptions
from loopline.testing import found_demo
from loopline.worklist import api as worklist


def test_orders_of_every_kind_are_there_once_and_add_up(database):
    operator = found_demo(a_code(), size=300)
    now = clock.now()
    assert write_orders(operator.tenant, now) == 19
    assert write_orders(operator.tenant, now) == 0
    with operator.door():
        told = Counter(orders.Order.objects.values_list("state", flat=True))
        assert told == {
            "completed": 12, "inProgress": 3, "held": 1, "pending": 1, "failed": 1, "cancelled": 1,
        }  # fmt: skip
        late = orders.Order.objects.exclude(jeopardy="")
        assert sorted(late.values_list("jeopardy", flat=True)) == ["late", "late"]
        assert worklist.Task.objects.filter(kind="orders.jeopardy", status="open").count() == 2
        assert not orders.Order.objects.filter(created_at__gt=now).exists()
        assert orders.Order.objects.filter(staff_id=0).count() == 0
        states = Counter(
            subscriptions.Subscription.objects.filter(customer__name__in=NAMES).values_list(
                "state", flat=True
            )
        )
        assert states["active"] == 6


def test_groups_are_billed_and_pay_as_the_months_pass(database):
    operator = found_demo(a_code(), size=300)
    with operator.door() as actor:
        write_key_accounts(actor=actor, seed=39, now=clock.now())
        first = clock.today(actor.zone).replace(day=1)
        lines = subscriptions.Subscription.objects.filter(source=GROUPS)
        before = billing.Bill.objects.filter(subscription__in=lines).count()
        assert bill_groups(seed=39, month=first) == lines.count() == 28
        bills = billing.Bill.objects.filter(subscription__in=lines, month=first)
        assert (bills.count(), before) == (28, 28 * 12)
        assert bills.aggregate(sum=Sum("amount"))["sum"] > Decimal(28 * 299)


def test_a_month_is_over_once_its_last_day_has_passed():
    assert months_over(date(2026, 6, 10), date(2026, 6, 30)) == []
    assert months_over(date(2026, 6, 30), date(2026, 7, 1)) == [date(2026, 6, 1)]
    assert months_over(date(2026, 11, 30), date(2027, 1, 1)) == [date(2026, 11, 1), date(2026, 12, 1)]
