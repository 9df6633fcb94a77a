from datetime import timedelta
from decimal import Decimal

import pytest

from loopline.kernel import clock
from loopline.orders.models import Order
from loopline.orders.tests.shop import NOW, Shop, found_shop
from loopline.testing import Operator
from loopline.till import api


class Counter:
    """A shop with a till in the first branch, and what a clerk does at it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.operator = shop, shop.operator
        with self.operator.door("north") as boss:
            self.till = api.set_up_till(
                actor=boss, code="N1", name="一号台", unit=self.operator.units["north-1"]
            ).public_id

    def open(self, change="200", who="clerk1", now=NOW):
        with self.operator.door(who) as actor:
            return api.open_till(actor=actor, till=self.till, change=Decimal(change), now=now).public_id

    def pay_order(self, session, order, amount, *tenders, who="clerk1", now=NOW, **more):
        tenders = tenders or (("cash", amount),)
        with self.operator.door(who) as actor:
            return api.pay(
                actor=actor,
                session=session,
                customer=self.shop.customer.public_id,
                charges=[api.Charge(Decimal(amount), order=order.public_id)],
                tenders=[api.Tender(method, Decimal(part)) for method, part in tenders],
                now=now,
                **more,
            )

    def pay_bill(self, session, amount, method="cash", who="clerk1", now=NOW, **more):
        with self.operator.door(who) as actor:
            return api.pay(
                actor=actor,
                session=session,
                customer=self.shop.customer.public_id,
                charges=[api.Charge(Decimal(amount), account=self.account())],
                tenders=[api.Tender(method, Decimal(amount))],
                now=now,
                **more,
            )

    def account(self):
        from loopline.customers.models import Account

        return Account.objects.get(customer=self.shop.customer).public_id

    def act(self, who, action, **values):
        with self.operator.door(who) as actor, clock.frozen(values.get("now", NOW)):
            return action(actor=actor, **values)

    def balances(self):
        with self.operator.door():
            return {name: amount for name, amount in api.account_balances().items() if amount}

    def expected(self, session):
        with self.operator.door():
            return api.expected(api.Session.objects.get(public_id=session))

    def open_on(self, order):
        with self.operator.door():
            return api.open_on(Order.objects.get(pk=order.pk))


@pytest.fixture
def counter(operator: Operator) -> Counter:
    return Counter(found_shop(operator))


LATER = NOW + timedelta(hours=8)
