"""Loaded operators for the tests of this module, and the world that they should be."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import numpy as np
from django.db import connection

from loopline.demo.facts import Facts
from loopline.demo.tests.conftest import merged
from loopline.demo.world import World
from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator, found_demo

END = date(2026, 6, 1)
MORNING = datetime(2026, 7, 10, 1, 0, tzinfo=UTC)  # nine days of July have passed
DAYS = 9


def a_code() -> str:
    """A code that no operator has."""
    return f"w{uuid4().hex[:10]}"


def loaded(size: int, code: str = "") -> Operator:
    """An operator of this size on that morning."""
    with clock.frozen(MORNING):
        return found_demo(code or a_code(), size)


def lived(size: int, days: int = DAYS) -> Facts:
    """All that happened in its world in the recorded year and so many days."""
    world = World.new(size=size, end_month=END)
    return merged([*world.history(), world.advance(days)])


def killed(script: str) -> None:
    """Run a script in a process of its own, which must die by SIGKILL."""
    start = "import os, signal, django; django.setup()\n"
    done = subprocess.run(
        [sys.executable, "-c", start + script],
        check=False,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == -9, done.stderr


SUMS = """
SELECT (SELECT count(*) FROM customers_customer), (SELECT count(*) FROM customers_account),
       (SELECT count(*) FROM subscriptions_subscription), (SELECT count(*) FROM billing_bill),
       (SELECT sum(amount) FROM billing_bill), (SELECT sum(discount) FROM billing_bill),
       (SELECT count(*) FROM billing_payment), (SELECT sum(amount) FROM billing_payment),
       (SELECT count(*) FROM billing_monthlyusage), (SELECT sum(minutes) FROM billing_monthlyusage),
       (SELECT sum(data_mb) FROM billing_monthlyusage), (SELECT sum(faults) FROM billing_monthlyusage),
       (SELECT count(*) FROM interactions_interaction),
       (SELECT count(*) FROM interactions_interaction WHERE kind = 'complaint' AND resolved_on IS NULL),
       (SELECT count(*) FROM subscriptions_subscription WHERE ended_on IS NOT NULL),
       (SELECT count(*) FROM customers_customer WHERE life_cycle = 'lost' AND left_on IS NOT NULL),
       (SELECT count(*) FROM customers_consent WHERE granted),
       (SELECT sum(contract_ends_on - DATE '2026-01-01') FROM subscriptions_subscription)
"""


def in_product(tenant: int) -> tuple[object, ...]:
    """Counts and sums of an operator's tables."""
    with enter(Scope(tenant)), connection.cursor() as cursor:
        cursor.execute(SUMS)
        return cursor.fetchone()


def in_world(facts: Facts) -> tuple[object, ...]:
    """The same of a world."""
    yuan = {
        name: Decimal(int(facts[table][column].sum())) / 100
        for name, table, column in (
            ("billed", "bills", "total_fen"),
            ("discount", "bills", "discount_fen"),
            ("paid", "payments", "amount_fen"),
        )
    }
    usage, lines, people = facts["usage"], facts["subscriptions"], facts["customers"]
    contacts, ended = facts["interactions"], facts["terminations"]
    runs = lines["contract_ends_on"]
    return (
        len(people["customer"]),
        len(facts["accounts"]["account"]),
        len(lines["subscription"]),
        len(usage["subscription"]),
        yuan["billed"],
        -yuan["discount"],
        len(facts["payments"]["payment"]),
        yuan["paid"],
        len(usage["subscription"]),
        int((usage["minutes_on_net"] + usage["minutes_off_net"]).sum()),
        int(usage["data_mb"].sum()),
        int((usage["dropped_calls"] + usage["faults"]).sum()),
        len(contacts["interaction"]),
        int(((contacts["kind"] == "complaint") & np.isnat(contacts["resolved_on"])).sum()),
        len(ended["subscription"]),
        len(np.unique(ended["customer"][ended["kind"] != "internal"])),
        sum(int(people[name].sum()) for name in people if name.startswith("consent_")),
        int((runs[~np.isnat(runs)] - np.datetime64("2026-01-01")).astype(int).sum()),
    )
