"""A small operator's books, known to the fen, for the stories of the warehouse."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.campaigns.models import Campaign, Member
from loopline.catalogue.models import Offering
from loopline.customers.models import Account, Customer
from loopline.interactions.models import Interaction
from loopline.scores.models import Score
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator
from loopline.warehouse import api

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
NAME, NUMBER = "司马青衫", "+8613812345678"


@dataclass
class Books:
    """Keys of what was written."""

    operator: Operator
    customer: int
    account: int
    mobile: int
    broadband: int
    bills: list[int]
    interaction: int
    member: int

    @property
    def tenant(self) -> int:
        """The operator's tenant."""
        return self.operator.tenant

    def read(self, query: str, snapshot: int | None = None) -> list[tuple[Any, ...]]:
        """Rows of the lake."""
        with api.reader(self.tenant, snapshot=snapshot) as con:
            return con.execute(query).fetchall()


def keep_books(operator: Operator) -> Books:
    """One customer with two lines on one account, two months of bills, one payment each; a campaign, a score."""
    with operator.door():
        who = _customer(operator)
        account = Account.objects.create(**who, number="A1", payment_method="wechat")
        plan = Offering.objects.create(
            code="P59", name="畅享59", name_en="Enjoy 59", monthly_fee=Decimal("59.00")
        )
        mobile, broadband = _lines(who, account, plan)
        bills = [
            _bill(who, account, line, month, fee, usage)
            for month in (JANUARY, FEBRUARY)
            for line, fee, usage in ((mobile, "59.00", "3.33"), (broadband, "30.00", "0.00"))
        ]
        for month in (JANUARY, FEBRUARY):
            Payment.objects.create(
                **who,
                account=account,
                reference=f"R{month}",
                paid_on=month.replace(day=20),
                month=month,
                amount=Decimal("92.33"),
            )
            MonthlyUsage.objects.create(
                **who, subscription=mobile, month=month, minutes=100, minutes_competitor=7, data_mb=2048
            )
        touch = Interaction.objects.create(
            **who,
            kind="complaint",
            channel="call",
            at=datetime(2026, 1, 31, 17, tzinfo=UTC),
            on=date(2026, 2, 1),
            topic="network",
            summary=f"{NAME} complains",
        )
        member = _campaign(who, mobile)
        _score(who, mobile)
        return Books(
            operator,
            who["customer"].pk,
            account.pk,
            mobile.pk,
            broadband.pk,
            [bill.pk for bill in bills],
            touch.pk,
            member.pk,
        )


def _customer(operator: Operator) -> dict[str, Any]:
    branch = operator.units["north-1"]
    customer = Customer.objects.create(
        branch_id=branch,
        number="C1",
        name=NAME,
        sex="F",
        birth_date=date(1990, 5, 17),
        joined_on=date(2024, 3, 9),
    )
    return {"customer": customer, "branch_id": branch}


def _lines(who: dict[str, Any], account: Account, plan: Offering) -> tuple[Subscription, Subscription]:
    mobile = Subscription.objects.create(
        **who,
        account=account,
        offering=plan,
        number=NUMBER,
        started_on=date(2024, 3, 9),
        monthly_fee=Decimal("59.00"),
        characteristics={"Contract": "Two year", "联系电话": "13912345678", "Partner": True},
    )
    broadband = Subscription.objects.create(
        **who, account=account, service="broadband", number="bb001", started_on=date(2025, 1, 2)
    )
    return mobile, broadband


def _bill(
    who: dict[str, Any], account: Account, line: Subscription, month: date, fee: str, usage: str
) -> Bill:
    return Bill.objects.create(
        **who,
        account=account,
        subscription=line,
        month=month,
        due_on=month.replace(day=25),
        monthly_fee=Decimal(fee),
        usage_charge=Decimal(usage),
        discount=Decimal(0),
        amount=Decimal(fee) + Decimal(usage),
    )


def _campaign(who: dict[str, Any], line: Subscription) -> Member:
    offer = Offering.objects.create(code="KEEP", name="挽留", kind="retention", monthly_cost=Decimal("10.00"))
    campaign = Campaign.objects.create(
        branch_id=who["branch_id"], number="M1", name="Win back", offering=offer, starts_on=JANUARY
    )
    return Member.objects.create(
        **who,
        campaign=campaign,
        subscription=line,
        arm="treatment",
        planned_on=date(2026, 1, 5),
        window_ends_on=date(2026, 3, 6),
        value_at_start=Decimal("40.00"),
        risk_at_start=0.5,
    )


def _score(who: dict[str, Any], line: Subscription) -> None:
    Score.objects.create(
        **who,
        subscription=line,
        risk=0.25,
        risk_class="low",
        value=Decimal("40.00"),
        value_class="high",
        reasons=[{"topic": "contract", "text": {"en": "Contract ends", "zh-hans": "合约到期"}}],
        model_run_id=1,
        as_of=JANUARY,
    )
