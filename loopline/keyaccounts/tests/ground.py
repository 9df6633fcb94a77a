"""A small key account desk: a director in the company, a department in each city, managers in the halls."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from loopline.billing import api as billing
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.keyaccounts import api
from loopline.scores import api as scores
from loopline.subscriptions import api as subscriptions
from loopline.testing import PASSWORD, Operator

NOW = datetime(2026, 6, 15, 2, tzinfo=UTC)
TODAY = date(2026, 6, 15)
MONTH = date(2026, 5, 1)
CHAIN = [
    # user name, name, unit, role, level, above
    ("director", "主一", "company", "administrator", "director", ""),
    ("dept_north", "部北", "north", "supervisor", "department", "director"),
    ("dept_south", "部南", "south", "supervisor", "department", "director"),
    ("am1", "客一", "north-1", "account_manager", "manager", "dept_north"),
    ("am2", "客二", "north-2", "account_manager", "manager", "dept_north"),
    ("am3", "客三", "south-1", "account_manager", "manager", "dept_south"),
]
_numbers = count(1)


@dataclass
class Desk:
    """The operator with its posts by user name."""

    operator: Operator
    posts: dict[str, api.Post] = field(default_factory=dict)


def found_desk(operator: Operator, load_limit: int = 10) -> Desk:
    """Appoint the chain; committed."""
    desk = Desk(operator)
    with operator.door() as system:
        for user, name, unit, role, level, above in CHAIN:
            there = identity.Unit.objects.get(pk=operator.units[unit])
            person = identity.add_staff(
                actor=system, user_name=user, name=name, unit=there, roles=[role], password=PASSWORD
            )
            operator.staff[user] = person.pk
            desk.posts[user] = api.appoint(
                actor=system, staff=person, level=level, unit=there, today=date(2026, 1, 1),
                above=desk.posts.get(above), load_limit=load_limit,
            )  # fmt: skip
    return desk


def account(
    operator: Operator,
    branch: str,
    name: str,
    *,
    tier: str = "",
    bills: tuple[int, ...] = (),
    paid: int = 0,
    risk: float | None = None,
    value: int = 0,
    complaint: bool = False,
    born: date | None = None,
    contract_ends: date | None = None,
    megabytes: tuple[int, ...] = (),
    kind: str = "person",
) -> customers.Customer:
    """A customer with one line: `bills` and `megabytes` of the months up to May 2026; in an open door."""
    unit = operator.units[branch]
    number = f"+86138{next(_numbers):08d}"
    made = customers.write_customers(
        {
            "branch_id": [unit], "name": [name], "telephone": [number], "tier": [tier], "kind": [kind],
            "birth_date": [born],
        },
        source="test",
    )  # fmt: skip
    who = {"customer_id": [made.customer_ids[0]], "branch_id": [unit]}
    line = subscriptions.write_subscriptions(
        who | {"account_id": made.account_ids, "number": [number], "contract_ends_on": [contract_ends]},
        source="test",
    ).ids[0]
    on_line = {"subscription_id": [line], "account_id": made.account_ids}
    for back, amount in enumerate(reversed(bills)):
        month = date(2026, 5 - back, 1)
        due = {"month": [month], "due_on": [date(2026, 6 - back, 20)]}
        sums = {"monthly_fee": [Decimal(amount)], "usage_charge": [Decimal(0)], "discount": [Decimal(0)]}
        billing.write_bills(who | on_line | due | sums | {"amount": [Decimal(amount)]})
    if paid:
        money = {"reference": [f"P{line}"], "paid_on": [MONTH], "amount": [Decimal(paid)]}
        billing.write_payments(who | {"account_id": made.account_ids} | money)
    for back, used in enumerate(reversed(megabytes)):
        month = date(2026, 5 - back, 1)
        billing.write_usage(
            who | {"subscription_id": [line], "month": [month], "data_mb": [used], "minutes": [100]}
        )
    if risk is not None:
        score = {"risk": [risk], "risk_class": ["high" if risk >= 0.5 else "low"]}
        worth = {"value": [Decimal(value)], "value_class": ["high" if value >= 50 else "low"]}
        scores.write_scores(
            score | worth | {"subscription_id": [line], "reasons": ["[]"]}, model_run_id=1, as_of=TODAY
        )
    if complaint:
        said = {"kind": ["complaint"], "channel": ["call"], "source_key": [f"i{line}"]}
        interactions.write_interactions(who | said | {"at": [NOW], "on": [TODAY]})
    return customers.Customer.objects.get(pk=made.customer_ids[0])
