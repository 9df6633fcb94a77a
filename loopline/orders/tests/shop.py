"""A shop for stories: an operator with plans, stock and a customer, and what people do there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from loopline.catalogue.api import Offering, Price
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.orders import actions
from loopline.orders.models import Order, OrderItem, SimulatorRequest, SimulatorRule, Step
from loopline.orders.moving import drive
from loopline.orders.rules.activation import ActivationCode
from loopline.stock import api as stock
from loopline.stock.rules.keys import with_check_digit
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator

NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
"""Ten in the morning in the operator's zone."""

PLANS = {
    "M59": ("mobile", "plan", 59, 0),
    "M99": ("mobile", "plan", 99, 0),
    "M239": ("mobile", "plan", 239, 24),
    "B300": ("broadband", "plan", 70, 0),
    "DATA": ("mobile", "add_on", 10, 0),
}


@dataclass
class Shop:
    """An operator ready to sell."""

    operator: Operator
    customer: Any = None

    def offer(self, code: str) -> Any:
        return Offering.objects.get(code=code).public_id

    def accept(
        self, *items: actions.WantedItem, who: str = "clerk1", now: datetime = NOW, **more: Any
    ) -> Order:
        """Accept an order at the counter, as a door of its own."""
        with self.operator.door(who) as actor, clock.frozen(now):
            wanted = actions.WantedOrder(self.customer.public_id, items, **more)
            return actions.accept_order(actor=actor, wanted=wanted, now=now)

    def open(self, number: str = "+8613805350017", plan: str = "M99", **more: Any) -> Order:
        """Accept an order for a line with a number and a plan."""
        return self.accept(self.opening(number, plan), **more)

    def opening(self, number: str, plan: str = "M99", **more: Any) -> actions.WantedItem:
        with self.operator.door():
            return actions.WantedItem("open", offering=self.offer(plan), number=number, **more)

    def line(self, number: str = "+8613805350017", plan: str = "M99", now: datetime = NOW) -> Any:
        """A line that works; returns its public id."""
        order = self.open(number, plan, now=now)
        self.drive(order, now)
        with self.operator.door():
            return Subscription.objects.get(number=number, state="active").public_id

    def drive(self, order: Order, now: datetime = NOW) -> Order:
        """Let the worker move the order as far as it goes."""
        with clock.frozen(now):
            drive(self.operator.tenant, order.pk)
        return self.fresh(order)

    def scan(
        self, order: Order, who: str = "clerk1", reason: str = "", now: datetime = NOW, place: int = 0
    ) -> ActivationCode:
        """The clerk shows the activation code of an item (the first if not told), and the customer scans it."""
        with self.operator.door(who) as actor:
            item = OrderItem.objects.filter(order=order).order_by("position")[place]
            told = actions.show_activation_code(actor=actor, item=item.public_id, reason=reason, now=now)
        return told[1]

    def fresh(self, order: Order) -> Order:
        with self.operator.door():
            return Order.objects.get(pk=order.pk)

    def behave(self, behaviour: str, operation: str = "", seconds: int = 0, times: int = 0) -> None:
        """How the outside behaves from now on."""
        with self.operator.door():
            SimulatorRule.objects.create(
                operation=operation, behaviour=behaviour, seconds=seconds, times=times
            )

    def behave_well(self) -> None:
        with self.operator.door():
            SimulatorRule.objects.all().delete()

    def steps(self, order: Order) -> list[tuple[str, str]]:
        with self.operator.door():
            rows = Step.objects.filter(item__order=order).order_by("item__position", "position")
            return list(rows.values_list("name", "state"))

    def items(self, order: Order) -> list[str]:
        with self.operator.door():
            return list(
                OrderItem.objects.filter(order=order).order_by("position").values_list("state", flat=True)
            )

    def number(self, number: str) -> str:
        with self.operator.door():
            return stock.Number.objects.get(number=number).state

    def subscription(self, public_id: Any) -> Subscription:
        with self.operator.door():
            return Subscription.objects.select_related("offering").get(public_id=public_id)

    def performed(self) -> dict[str, int]:
        """What counts outside: operation → how often it was done and not taken back."""
        with self.operator.door():
            rows = SimulatorRequest.objects.filter(outcome="done").values_list("operation", "performed")
            counted: dict[str, int] = {}
            for operation, performed in rows:
                counted[operation] = counted.get(operation, 0) + performed
            return {name: count for name, count in counted.items() if not name.startswith("undo_")}


def found_shop(operator: Operator) -> Shop:
    """Plans, a hundred numbers, thirty cards of each kind, and a customer."""
    shop = Shop(operator)
    with operator.door("admin") as admin:
        Offering.objects.bulk_create(
            Offering(
                code=code, name=f"套餐{code}", name_en=f"Plan {code}", service=service, kind=kind,
                monthly_fee=Decimal(fee), term_months=term,
            )
            for code, (service, kind, fee, term) in PLANS.items()
        )  # fmt: skip
        Price.objects.bulk_create(
            Price(offering=row, name=row.name, name_en=row.name_en, amount=row.monthly_fee)
            for row in Offering.objects.all()
        )
        stock.take_in_range(actor=admin, first="13805350000", last="13805350099", home="北城")
        cards = [
            (with_check_digit(f"89860{kind}000000000{n:03d}"), f"46000{kind}00000{n:04d}", name)
            for kind, name in enumerate(["plain", "esim"])
            for n in range(60)
        ]
        stock.load_sims(actor=admin, cards=cards)
    with operator.door("clerk1") as clerk:
        shop.customer = customers.create_customer(actor=clerk, name="张三丰")
    return shop
