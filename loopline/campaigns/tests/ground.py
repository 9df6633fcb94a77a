"""An operator with scored customers, an offer, and the ways through a campaign that stories share."""

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

from loopline.campaigns import api as campaigns
from loopline.campaigns.models import Member
from loopline.campaigns.starting import start
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.scores import api as scores
from loopline.subscriptions import api as subscriptions
from loopline.worklist.models import Task

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""

REASONS = json.dumps(
    [{"topic": "contract", "text": {"en": "The contract ends next month", "zh-hans": "合约下月到期"}}]
)


def populate(operator, count=40, branches=("north-1", "north-2"), *, value="high", risk="high", start=0):
    """`count` customers with one scored mobile subscription each, spread over the branches in turn."""
    with operator.door():
        units = [operator.units[branches[number % len(branches)]] for number in range(count)]
        people = customers.write_customers(
            {
                "branch_id": units,
                "name": [f"客户{start + number}" for number in range(count)],
                "source_key": [f"k{start + number}" for number in range(count)],
                "telephone": [f"+86139{start + number:08d}" for number in range(count)],
            },
            source="test",
        )
        lines = subscriptions.write_subscriptions(
            {
                "customer_id": people.customer_ids,
                "branch_id": units,
                "account_id": people.account_ids,
                "source_key": [f"s{start + number}" for number in range(count)],
                "number": [f"+86139{start + number:08d}" for number in range(count)],
                "service": ["mobile"] * count,
                "state": ["active"] * count,
            },
            source="test",
        )
        scores.write_scores(
            {
                "subscription_id": lines.ids,
                "risk": [0.9 - 0.001 * number for number in range(count)],
                "risk_class": [risk] * count,
                "value": [Decimal("100.00")] * count,
                "value_class": [value] * count,
                "reasons": [REASONS] * count,
            },
            model_run_id=1,
            as_of=date(2026, 3, 1),
        )
        offer = Offering.objects.filter(code="keep-10").first() or Offering.objects.create(
            code="keep-10", name="续约九折", name_en="Stay and save", kind="retention",
            monthly_cost=Decimal("10.00"), term_months=12,
        )  # fmt: skip
    return people.customer_ids, lines.ids, offer.public_id


def plan(operator, offer=None, **changes):
    """A draft by the marketer; returns its public id and its key."""
    wanted = {
        "name": "春季挽留",
        "audience": campaigns.Audience(value="high", risk="high"),
        "offering": offer,
        "contact_cost": Decimal("3.00"),
    }
    with at(NOON), operator.door("marketer") as actor:
        made = campaigns.plan_campaign(actor=actor, plan=campaigns.Plan(**wanted | changes))
        return made.public_id, made.pk


def started(operator, offer=None, **changes):
    """A running campaign; returns its public id and its key."""
    public, key = plan(operator, offer, **changes)
    with at(NOON):
        with operator.door("marketer") as actor:
            campaigns.start_campaign(actor=actor, campaign=public)
        run_start(operator, key)
    return public, key


def run_start(operator, key):
    """What the worker does with the job."""
    start.func(tenant=operator.tenant, campaign=key)


def members(key, **which):
    """Members of a campaign inside an open door."""
    return list(Member.objects.filter(campaign_id=key, **which).order_by("pk"))


def tasks(key):
    """Tasks of a campaign inside an open door."""
    return list(Task.objects.filter(source=f"campaigns.campaign:{key}").order_by("pk"))


@contextmanager
def at(moment):
    """The story's clock stands still at this moment."""
    with clock.frozen(moment):
        yield
