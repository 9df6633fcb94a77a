"""Whatever changes, by whatever small loads it comes: the tables are those that are made from nothing."""

import os
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from loopline.demo import api as demo
from loopline.demo.keyaccounts import write_key_accounts
from loopline.demo.services import write_services
from loopline.kernel import clock
from loopline.testing import Operator, found_demo
from loopline.warehouse import actions, delta, lake
from loopline.warehouse import api as warehouse
from loopline.warehouse.derived import derived, names

LOADS = int(os.environ.get("LOOPLINE_LOADS", "5"))
"""So many small loads; a soak asks for many more."""
CHANGES = 30
SEED = int(os.environ.get("LOOPLINE_SEED", "20261122"))

ANY = "(SELECT id FROM {0} ORDER BY md5(id::text || '{1}') LIMIT 1)"
"""A row of a relation, drawn."""
CHANGED = (
    "UPDATE customers_customer SET tier = '{tier}' WHERE id = {customer}",
    "UPDATE customers_customer SET tier = '{tier}', kind = 'business' WHERE id = {customer}",
    "UPDATE subscriptions_subscription SET monthly_fee = {amount} WHERE id = {line}",
    "UPDATE subscriptions_subscription SET state = 'terminated', ended_on = '{day}', end_reason = '{reason}' "
    "WHERE id = {line}",
    "UPDATE subscriptions_subscription SET state = 'active', ended_on = NULL, end_reason = '' WHERE id = {line}",
    "UPDATE subscriptions_subscription SET started_on = '{day}' WHERE id = {line}",
    "UPDATE subscriptions_subscription SET offering_id = {offering} WHERE id = {line}",
    "UPDATE subscriptions_subscription SET retention_offering_id = {offering}, retention_since = '{day}' "
    "WHERE id = {line}",
    # Handed over to somebody else of the same branch, with another account.
    "UPDATE subscriptions_subscription s SET customer_id = a.customer_id, account_id = a.id, branch_id = a.branch_id "
    "FROM (SELECT * FROM customers_account WHERE id = {account}) a WHERE s.id = {line}",
    "UPDATE subscriptions_subscription SET branch_id = {branch} WHERE id = {line}",
    "UPDATE billing_bill SET discount = 1, amount = monthly_fee + usage_charge - 1 WHERE id = {bill}",
    "UPDATE billing_bill SET due_on = '{day}' WHERE id = {bill}",
    "UPDATE billing_bill SET account_id = {account} WHERE id = {bill}",
    "DELETE FROM billing_bill WHERE id = {bill}",
    "UPDATE billing_payment SET paid_on = '{day}', month = NULL WHERE id = {payment}",
    "UPDATE billing_payment SET amount = {amount} WHERE id = {payment}",
    "DELETE FROM billing_payment WHERE id = {payment}",
    "UPDATE billing_monthlyusage SET minutes = {amount}, data_mb = 0 WHERE id = {usage}",
    "DELETE FROM billing_monthlyusage WHERE id = {usage}",
    "UPDATE interactions_interaction SET kind = 'complaint', resolved_on = '{day}' WHERE id = {contact}",
    "UPDATE interactions_interaction SET \"on\" = '{day}' WHERE id = {contact}",
    "UPDATE interactions_interaction SET customer_id = NULL, subscription_id = NULL WHERE id = {contact}",
    "DELETE FROM interactions_interaction WHERE id = {contact}",
    "UPDATE subscriptions_addon SET ended_on = '{day}' WHERE id = {addon} AND started_on < '{day}'",
    "UPDATE subscriptions_addon SET monthly_fee = {amount} WHERE id = {addon}",
    "UPDATE orders_orderitem SET state = 'completed' WHERE id = {item}",
    "UPDATE orders_orderitem SET kind = 'port_in', state = 'completed' WHERE id = {item}",
    "UPDATE orders_order SET state = 'completed', completed_at = now() WHERE id = {order}",
    "UPDATE keyaccounts_member SET until = '{day}' WHERE id = {member} AND since < '{day}'",
    "UPDATE keyaccounts_charge SET until = '{day}' WHERE id = {charge} AND since < '{day}'",
    "UPDATE stock_number SET subscription_id = {line}, state = 'in_use' WHERE id = {number}",
)
"""What happens to one customer or a few, as statements, whichever of our actions might have made them."""
OF_EVERYBODY = (
    "UPDATE identity_unit SET name = name || '新' WHERE id = {branch}",
    "UPDATE catalogue_offering SET monthly_cost = monthly_cost + 1 WHERE id = {offering}",
    "UPDATE keyaccounts_group SET grade = 'C' WHERE id = {group}",
    "UPDATE billing_bill SET month = '{month}' WHERE id = {bill}",
)
"""What tells of all."""
RELATIONS = {
    "customer": "customers_customer",
    "line": "subscriptions_subscription",
    "account": "customers_account",
    "offering": "catalogue_offering",
    "branch": "identity_unit",
    "bill": "billing_bill",
    "payment": "billing_payment",
    "usage": "billing_monthlyusage",
    "contact": "interactions_interaction",
    "addon": "subscriptions_addon",
    "item": "orders_orderitem",
    "order": "orders_order",
    "member": "keyaccounts_member",
    "charge": "keyaccounts_charge",
    "group": "keyaccounts_group",
    "number": "stock_number",
}


@pytest.fixture(scope="module")
def operator(database: object) -> Iterator[Operator]:
    """The demo operator with groups, services, orders and usage records, loaded."""
    made = found_demo()
    with made.door() as actor:
        write_key_accounts(actor=actor, seed=SEED, now=clock.now())
        write_services(seed=SEED, today=clock.today(actor.zone))
    warehouse.refresh(made.tenant)
    demo.bring_usage(made.tenant, each=8)
    return made


class Changes:
    """Draws changes and makes them, one transaction each; what the database refuses did not happen."""

    def __init__(self, operator: Operator) -> None:
        self.operator, self.rng, self.today = operator, random.Random(SEED), clock.today("Asia/Shanghai")
        self.made = 0

    def make(self, statements: tuple[str, ...]) -> None:
        """One of these."""
        words = self.rng.choice(statements).format(**self._drawn())
        with self.operator.door(), connection.cursor() as cursor:
            try:
                with transaction.atomic():
                    cursor.execute(words)
                    self.made += cursor.rowcount
            except DatabaseError:
                return

    def _drawn(self) -> dict[str, str]:
        draw: Callable[[list[str]], str] = self.rng.choice
        day = self.today - timedelta(days=self.rng.randrange(300))
        rows = {name: ANY.format(relation, self.rng.random()) for name, relation in RELATIONS.items()}
        return rows | {
            "tier": draw(["", "silver", "gold"]),
            "reason": draw(["customer_request", "arrears", "number_change"]),
            "amount": str(self.rng.randrange(200)),
            "day": day.isoformat(),
            "month": date(2024, self.rng.randrange(1, 13), 1).isoformat(),
        }


def tables(operator: Operator) -> dict[str, list[tuple[object, ...]]]:
    """Every table made from others, and the months of lines, row by row; whom a cube counts as keys."""
    found = {}
    with warehouse.reader(operator.tenant) as con:
        for name in (*names(), "fact_subscription_month"):
            rows = con.execute(f"SELECT * FROM {name}").fetchall()
            found[name] = sorted((tuple(map(_told, row)) for row in rows), key=repr)
    return found


def _told(cell: object) -> object:
    return tuple(sorted(warehouse.read_crowd(cell))) if isinstance(cell, bytes) else cell


def test_small_loads_lead_to_what_is_made_from_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[delta.Delta | None] = []
    begun = delta.begun
    monkeypatch.setattr(delta, "begun", lambda *given: found.append(begun(*given)) or found[-1])
    changes = Changes(operator)
    before = tables(operator)
    with lake.opened() as writer:
        for load in range(LOADS):
            for _each in range(CHANGES):
                changes.make(CHANGED)
            if load % 3 == 2:
                changes.make(OF_EVERYBODY)
            with lake.hold(60):
                actions.follow(operator.tenant, writer)
    step_by_step = tables(operator)
    assert len(found) >= LOADS and all(found) and changes.made > LOADS * CHANGES / 2
    moved = [name for name in before if before[name] != step_by_step[name]]
    assert {"line_month", "cube_service", "cube_ageing", "cube_daily", "fact_subscription_month"} <= set(
        moved
    )
    warehouse.refresh(operator.tenant, complete=True)
    from_nothing = tables(operator)
    for name, rows in from_nothing.items():
        if name not in derived or derived[name].with_loads:
            assert set(step_by_step[name]) - set(rows) == set(rows) - set(step_by_step[name]) == set(), name
            assert step_by_step[name] == rows, name
    assert warehouse.check(operator.tenant).agrees
