"""Customers of whom every module knows something, for tests that look through all of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from loopline.billing import api as billing
from loopline.campaigns.models import Arm, Campaign, Member
from loopline.cases import api as cases
from loopline.customers import api as customers
from loopline.customers.models import DeclinedLink, Household, HouseholdMember, Merge, ServiceStop
from loopline.interactions import api as interactions
from loopline.keyaccounts.tests.full import full_key_account
from loopline.orders.tests.full import full_order
from loopline.scores import api as scores
from loopline.subscriptions import api as subscriptions
from loopline.testing import Operator
from loopline.till.tests.full import full_till
from loopline.tmf.models import Delivery, Hub, Kept, Leftover, Stranger
from loopline.worklist.models import Task

DOCUMENT = "11010519491231002X"
REASON = '[{"topic": "contract", "text": {"en": "The contract ends soon.", "zh-hans": "合约即将到期。"}}]'
MONTHS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


@dataclass(frozen=True, slots=True)
class Full:
    """The keys of a customer who has a row in every table that hangs on customers."""

    id: int
    public_id: str
    number: str
    telephone: str
    name: str
    branch: int


def full_customer(operator: Operator, branch: str, name: str, telephone: str) -> Full:
    """Make one in a branch; committed."""
    unit = operator.units[branch]
    with operator.door():
        made = customers.write_customers(
            {
                "branch_id": [unit],
                "name": [name],
                "telephone": [telephone],
                "tier": ["gold"],
                "street": ["和平路12号"],
                "document_kind": ["identity_card"],
                "document": [DOCUMENT],
                "consent_call": [True],
                "joined_on": [date(2020, 5, 1)],
            },
            source="test",
        )
        customer, account = made.customer_ids[0], made.account_ids[0]
        _life(customer, account, unit, telephone)
        row = customers.Customer.objects.get(pk=customer)
        _ticket(operator, row)
        full_key_account(operator, customer, unit)
        return Full(customer, str(row.public_id), row.number, telephone, name, unit)


def _life(customer: int, account: int, unit: int, number: str) -> None:
    who = {"customer_id": [customer], "branch_id": [unit]}
    line = subscriptions.write_subscriptions(
        who | {"account_id": [account], "number": [number], "monthly_fee": [Decimal(99)]}, source="test"
    ).ids[0]
    by_month = {key: values * len(MONTHS) for key, values in who.items()}
    on_line = by_month | {"subscription_id": [line] * len(MONTHS), "month": MONTHS}
    billing.write_usage(on_line | {"minutes": [100, 120, 90], "data_mb": [20480, 10240, 30720]})
    amounts = {
        "monthly_fee": [Decimal(99)] * 3,
        "usage_charge": [Decimal(1)] * 3,
        "discount": [Decimal(0)] * 3,
    }
    billing.write_bills(
        on_line | amounts | {"account_id": [account] * 3, "due_on": MONTHS, "amount": [Decimal(100)] * 3}
    )
    paid = {
        "account_id": [account],
        "reference": [f"P{line}"],
        "paid_on": [MONTHS[1]],
        "amount": [Decimal(100)],
    }
    billing.write_payments(who | paid)
    said = {"kind": ["complaint"], "channel": ["call"], "summary": ["Slow data"], "source_key": [f"i{line}"]}
    at = datetime(2026, 3, 2, 3, tzinfo=UTC)
    interactions.write_interactions(who | said | {"at": [at], "on": [at.date()]})
    score = {"risk": [0.8], "risk_class": ["high"], "value": [Decimal(40)], "value_class": ["high"]}
    scores.write_scores(
        score | {"subscription_id": [line], "reasons": [REASON]}, model_run_id=1, as_of=MONTHS[2]
    )
    campaign = Campaign.objects.create(branch_id=unit, number=f"M{line}", name="Stay")
    own = {"branch_id": unit, "customer_id": customer}
    Member.objects.create(campaign=campaign, subscription_id=line, arm=Arm.TREATMENT, **own)
    full_order(customer, unit, line)
    full_till(customer, unit, line)
    Task.objects.create(kind="call", title="Call back", subject=f"test:{line}", **own)
    Leftover.objects.create(
        resource="customerManagement/customer", about_id=customer, body={"rank": 1}, **own
    )
    Kept.objects.create(resource="partyRoleManagement/partyRole", name="Supplier", **own)
    Stranger.objects.create(foreign_id=f"P-{customer}", **own)
    hub = Hub.objects.create(api="customerManagement", callback="https://partner.example", staff_id=0)
    Delivery.objects.create(hub=hub, about=f"customer/{customer}", path="/listener/x", **own)
    _ties(customer, unit, line)


def _ties(customer: int, unit: int, line: int) -> None:
    """What ties him to other files, all of it over and done with."""
    own = {"branch_id": unit, "customer_id": customer}
    over = datetime(2026, 3, 3, tzinfo=UTC)
    Merge.objects.create(merged_id=customer, undone_at=over, **own)
    home = Household.objects.create(number=f"H{line:08d}")
    HouseholdMember.objects.create(household=home, since=MONTHS[0], **own)
    DeclinedLink.objects.create(other_id=customer, kind="double", **own)
    ServiceStop.objects.create(reason="debt", lifted_at=over, **own)


def _ticket(operator: Operator, customer: customers.Customer) -> None:
    actor = operator.actor()
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    new = cases.NewTicket(title="Slow data", kind="enquiry", customer=customer, unit=customer.branch_id)
    ticket = cases.open_ticket(actor=actor, new=new, now=now)
    cases.attach_file(actor=actor, ticket=ticket.pk, name="speed.txt", content=b"2 Mbit/s", now=now)
