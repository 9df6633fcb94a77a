"""An operator at work: random operations through the real actions, with the writer beside it, killed at random."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.cases import api as cases
from loopline.customers import api as customers
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.orders import actions as orders
from loopline.orders.models import Order
from loopline.orders.tests.shop import found_shop
from loopline.subscriptions import api as subscriptions
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator
from loopline.till import api as till
from loopline.warehouse import actions, api, derived, monthly
from loopline.warehouse.models import Change, Load
from loopline.warehouse.star import TABLES
from loopline.worklist import api as worklist

MONTHS = [date(2026, month, 1) for month in range(1, 8)]
WRITER = (
    "import threading, django; django.setup()\n"
    "from loopline.config.deathsignal import die_with_parent; die_with_parent()\n"
    "from loopline.warehouse.writer import Writer\n"
    "Writer(frozenset({%d})).run(threading.Event())"
)


class Undone(Exception):
    """An operation that ends in a rollback."""


class Life:
    """Operations on one operator, drawn from a seed. `done` counts them, `refused` those that were not allowed."""

    def __init__(self, operator: Operator, seed: int) -> None:
        self.operator, self.rng = operator, random.Random(seed)
        self.shop = found_shop(operator)
        with operator.door("admin") as admin:
            cases.set_up(actor=admin)
        with operator.door("north") as boss:
            unit = operator.units["north-1"]
            made = till.set_up_till(actor=boss, code="N1", name="一号台", unit=unit).public_id
        with operator.door("clerk1") as clerk:
            self.session = till.open_till(
                actor=clerk, till=made, change=Decimal(500), now=clock.now()
            ).public_id
        self.done, self.refused = Counter[str](), Counter[str]()
        self.customers = [self.shop.customer.pk]
        self.kinds: dict[Callable[[], None], int] = {
            self.found_customer: 8, self.change_customer: 12, self.merge: 3, self.part: 1,
            self.touch: 16, self.withdraw: 2, self.settle: 3, self.complain: 6, self.order: 4, self.cancel: 2,
            self.take_money: 5, self.correct: 2, self.bill: 9, self.change_bill: 4, self.pay: 8, self.change_payment: 4,
            self.delete_payment: 3, self.use: 4, self.suspend: 3, self.task: 4, self.many_at_once: 1,
            self.roll_back: 3,
        }  # fmt: skip

    def go(self) -> None:
        """One operation."""
        (act,) = self.rng.choices(list(self.kinds), list(self.kinds.values()))
        try:
            act()
            self.done[act.__name__] += 1
        except (Refusal, Undone):
            self.refused[act.__name__] += 1

    def _one(self, model: Any, **wanted: Any) -> Any:
        keys = list(model.objects.filter(**wanted).order_by("-pk").values_list("pk", flat=True)[:60])
        if not keys:
            raise Undone
        return model.objects.get(pk=self.rng.choice(keys))

    def _money(self) -> Decimal:
        return Decimal(self.rng.randint(1, 20_000)) / 100

    def _customer(self) -> customers.Customer:
        return customers.Customer.objects.get(pk=self.rng.choice(self.customers))

    # Customers

    def found_customer(self) -> None:
        with self.operator.door("clerk1") as clerk:
            self.customers.append(customers.create_customer(actor=clerk, name=f"客户{uuid4().hex[:8]}").pk)

    def change_customer(self) -> None:
        with self.operator.door("clerk1") as clerk:
            who = self._customer()
            changes = {"tier": self.rng.choice(["gold", "silver", "diamond", ""])}
            customers.change_customer(actor=clerk, customer=who, version=who.version, changes=changes)

    def merge(self) -> None:
        with self.operator.door("north") as boss:
            one, two = self._customer(), self._customer()
            customers.merge_customers(actor=boss, survivor=one, merged=two, reason="同一人")

    def part(self) -> None:
        from loopline.customers.actions import undo_merge
        from loopline.customers.models import Merge

        with self.operator.door("north") as boss:
            made = self._one(Merge, undone_at=None)
            customer = customers.Customer.objects.get(pk=made.customer_id)
            undo_merge(actor=boss, customer=customer, merge=str(made.public_id))

    # Contacts and tickets

    def touch(self) -> None:
        with self.operator.door("clerk1") as clerk:
            now = clock.now() - timedelta(days=self.rng.randint(0, 90))
            kind = self.rng.choice(["enquiry", "complaint", "fault"])
            interactions.record_interaction(
                actor=clerk, customer=self.rng.choice(self.customers), branch=self.operator.units["north-1"],
                kind=kind, channel="call", at=now, on=now.date(), topic="network",
            )  # fmt: skip

    def withdraw(self) -> None:
        with self.operator.door("clerk1") as clerk:
            interactions.withdraw_interaction(actor=clerk, interaction=self._one(interactions.Interaction).pk)

    def settle(self) -> None:
        with self.operator.door("clerk1"):
            found = self._one(interactions.Interaction)
            interactions.settle_interaction(interaction=found.pk, on=self.rng.choice([None, found.on]))

    def complain(self) -> None:
        with self.operator.door("clerk1") as clerk:
            new = cases.NewTicket(title="上网慢", customer=self._customer())
            cases.open_ticket(actor=clerk, new=new, now=clock.now())

    # Orders and money

    def order(self) -> None:
        number = f"+86138053500{self.rng.randint(0, 99):02d}"
        with self.operator.door():
            self.shop.customer = self._customer()
        made = self.shop.open(number, self.rng.choice(["M59", "M99"]), now=clock.now())
        if self.rng.random() < 0.5:
            self.shop.drive(made, clock.now())

    def cancel(self) -> None:
        with self.operator.door("clerk1") as clerk:
            found = self._one(Order)
            orders.cancel_order(actor=clerk, order=found.public_id, reason="不要了", now=clock.now())

    def take_money(self) -> None:
        with self.operator.door("clerk1") as clerk:
            found = self._one(Order)
            amount = till.open_on(found)
            till.pay(
                actor=clerk, session=self.session, customer=found.customer.public_id,
                charges=[till.Charge(amount, order=found.public_id)], tenders=[till.Tender("cash", amount)],
                now=clock.now(),
            )  # fmt: skip

    def correct(self) -> None:
        with self.operator.door("clerk1") as clerk:
            found = self._one(till.Movement)
            till.correct(
                actor=clerk, session=self.session, movement=found.public_id, reason="弄错", now=clock.now()
            )

    def bill(self) -> None:
        with self.operator.door():
            line = self._one(Subscription)
            fee, usage = self._money(), self._money()
            Bill.objects.update_or_create(
                subscription=line, month=self.rng.choice(MONTHS),
                defaults={
                    "account_id": line.account_id, "customer_id": line.customer_id, "branch_id": line.branch_id,
                    "due_on": MONTHS[-1], "monthly_fee": fee, "usage_charge": usage, "discount": Decimal(0),
                    "amount": fee + usage,
                },
            )  # fmt: skip

    def change_bill(self) -> None:
        with self.operator.door():
            found = self._one(Bill)
            off = self._money()
            Bill.objects.filter(pk=found.pk).update(
                discount=off, amount=found.monthly_fee + found.usage_charge - off
            )

    def pay(self) -> None:
        with self.operator.door():
            account = self._one(customers.Account)
            Payment.objects.create(
                account=account, customer_id=account.customer_id, branch_id=account.branch_id,
                reference=uuid4().hex, paid_on=self.rng.choice(MONTHS).replace(day=self.rng.randint(1, 28)),
                month=self.rng.choice([None, *MONTHS]), amount=self._money(),
            )  # fmt: skip

    def change_payment(self) -> None:
        with self.operator.door():
            Payment.objects.filter(pk=self._one(Payment).pk).update(amount=self._money())

    def delete_payment(self) -> None:
        with self.operator.door():
            self._one(Payment).delete()

    def use(self) -> None:
        with self.operator.door():
            line = self._one(Subscription)
            MonthlyUsage.objects.update_or_create(
                subscription=line, month=self.rng.choice(MONTHS),
                defaults={
                    "customer_id": line.customer_id, "branch_id": line.branch_id,
                    "minutes": self.rng.randint(0, 900), "data_mb": self.rng.randint(0, 90_000),
                },
            )  # fmt: skip

    def suspend(self) -> None:
        with self.operator.door():
            line = self._one(Subscription)
            done = "suspend_request" if line.state == "active" else "resume"
            subscriptions.change_state(
                actor=self.operator.actor(), subscription=line.pk, done=done, on=MONTHS[-1]
            )

    # The rest

    def task(self) -> None:
        with self.operator.door("clerk1") as clerk:
            if self.rng.random() < 0.7:
                new = worklist.NewTask(
                    "call_back", "回访", self.operator.units["north-1"], self.rng.choice(self.customers)
                )
                worklist.create_task(actor=clerk, task=new)
            else:
                found = self._one(worklist.Task, status="open")
                worklist.cancel_task(actor=clerk, task=found.public_id, reason="免了", now=clock.now())

    def many_at_once(self) -> None:
        with self.operator.door():
            Payment.objects.filter(month=self.rng.choice(MONTHS)).update(
                method=self.rng.choice(["cash", "wechat"])
            )
            Bill.objects.filter(month=self.rng.choice(MONTHS)).update(
                due_on=date(2026, 9, self.rng.randint(1, 28))
            )

    def roll_back(self) -> None:
        with self.operator.door():
            Payment.objects.filter(pk=self._one(Payment).pk).update(amount=0)
            Bill.objects.filter(pk=self._one(Bill).pk).delete()
            raise Undone


def live(life: Life, *, operations: int, kills: int) -> float:
    """Operate with the writer running and killed at random, then wait for it. Returns the seconds of catching up."""
    moments = set(life.rng.sample(range(1, operations), kills))
    process = _writer(life)
    try:
        for place in range(operations):
            if place in moments:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = _writer(life)
            life.go()
        begun = time.monotonic()
        while _is_behind(life) and time.monotonic() - begun < 120:
            assert process.poll() is None, "the writer has ended"
            time.sleep(0.2)
        return time.monotonic() - begun
    finally:
        process.kill()
        process.wait()


def assert_it_adds_up(life: Life) -> None:
    """The check finds nothing, and the lake equals one that was loaded from nothing."""
    tenant = life.operator.tenant
    checked = api.check(tenant)
    assert checked.differences == ()
    assert sum(table.waiting for table in checked.tables) == 0
    followed = {name: _content(tenant, name) for name in _names()}
    api.refresh(tenant, complete=True)
    for name, rows in followed.items():
        assert _content(tenant, name) == rows, name


def _names() -> list[str]:
    made = [name for name in derived.names() if derived.derived[name].with_loads]
    return [*(table.name for table in TABLES), monthly.NAME, *made]


def _content(tenant: int, name: str) -> list[tuple[Any, ...]]:
    with api.reader(tenant) as con:
        columns = [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()]
        kept = [column for column in columns if column not in {"valid_from", "valid_to", "is_current"}]
        held = "WHERE is_current" if "is_current" in columns else ""
        rows = con.execute(f"SELECT {', '.join(kept)} FROM {name} {held}").fetchall()
        return sorted((tuple(map(_told, row)) for row in rows), key=repr)


def _told(cell: object) -> object:
    """Whom a cube counts, as keys: the same ones may be written in several ways."""
    return tuple(sorted(api.read_crowd(cell))) if isinstance(cell, bytes) else cell


def _writer(life: Life) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER % life.operator.tenant], env=dict(os.environ))


def _is_behind(life: Life) -> bool:
    tenant = life.operator.tenant
    state = actions.stream.collect()
    if actions.is_behind(tenant, state.epoch):
        return True
    with life.operator.door():
        newest = Load.objects.filter(status="done").order_by("-pk")[0]
        return Change.objects.filter(position__gt=newest.position).exists()
