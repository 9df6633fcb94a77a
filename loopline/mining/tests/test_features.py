"""Features as of a cut-off: exact for a customer one can reckon by hand, and blind to what comes after."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.catalogue.models import Offering
from loopline.customers.models import Account, Customer
from loopline.interactions.models import Interaction
from loopline.kernel import clock
from loopline.kernel.period import add_months
from loopline.mining.catalogue import FEATURES, TOPIC_OF, TOPICS
from loopline.mining.features import Cutoff, features, labelled
from loopline.mining.history import plan_cutoffs
from loopline.mining.refusals import TooLittleHistory
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator
from loopline.warehouse import api as warehouse

ZONE = "Asia/Shanghai"
JUNE = Cutoff(date(2026, 6, 1), ZONE)
MONTHS = [date(2026, month, 1) for month in range(1, 10)]
MINUTES = [400, 400, 400, 400, 300, 100, 50, 0, 0]
COMPETITOR = [40, 40, 40, 40, 60, 50, 25, 0, 0]
AMOUNTS = [100, 100, 100, 100, 160, 130, 90, 90, 90]


@pytest.fixture
def known(operator: Operator) -> Iterator[int]:
    """One customer with one line whose nine months are known; he leaves on 20 July. Returns the line."""
    with clock.frozen(datetime(2026, 10, 2, tzinfo=UTC)):
        with operator.door():
            line = _write(operator)
        warehouse.refresh(operator.tenant)
        yield line


def _write(operator: Operator) -> int:
    branch = operator.units["north-1"]
    customer = Customer.objects.create(
        branch_id=branch,
        number="C1",
        name="王",
        sex="M",
        birth_date=date(1986, 3, 3),
        joined_on=date(2025, 1, 1),
    )
    who = {"customer": customer, "branch_id": branch}
    account = Account.objects.create(**who, number="A1")
    plan = Offering.objects.create(code="P99", name="畅享", monthly_fee=Decimal(90), monthly_cost=Decimal(20))
    line = Subscription.objects.create(
        **who, account=account, offering=plan, number="+8613800000001", started_on=date(2025, 1, 1),
        contract_ends_on=date(2026, 8, 31), ended_on=date(2026, 7, 20), end_reason="customer_request",
        state="terminated",
    )  # fmt: skip
    for month, minutes, competitor, amount in zip(MONTHS, MINUTES, COMPETITOR, AMOUNTS, strict=True):
        MonthlyUsage.objects.create(
            **who, subscription=line, month=month, minutes=minutes, minutes_competitor=competitor, data_mb=1000,
            faults=2 if month == date(2026, 6, 1) else 0,
        )  # fmt: skip
        Bill.objects.create(
            **who, account=account, subscription=line, month=month, due_on=add_months(month, 1) + timedelta(days=19),
            monthly_fee=90, usage_charge=amount - 90, discount=0, amount=amount,
        )  # fmt: skip
        if month < date(2026, 5, 1):
            paid_on = add_months(month, 1) + timedelta(days=9)
            Payment.objects.create(
                **who, account=account, reference=f"R{month}", paid_on=paid_on, amount=amount
            )
    for opened, resolved in ((date(2026, 6, 10), date(2026, 7, 5)), (date(2026, 2, 3), date(2026, 2, 9))):
        Interaction.objects.create(
            **who, kind="complaint", channel="call", at=datetime(opened.year, opened.month, opened.day, 4, tzinfo=UTC),
            on=opened, resolved_on=resolved,
        )  # fmt: skip
    return line.pk


def at(tenant: int, cutoff: Cutoff) -> pd.DataFrame:
    with warehouse.ibis_reader(tenant) as lake:
        frame = lake.to_pandas(labelled(lake, cutoff, 0)).sort_values("subscription_id", ignore_index=True)
    return frame.round(9)


def test_the_features_of_a_customer_one_can_reckon(operator: Operator, known: int) -> None:
    (row,) = at(operator.tenant, JUNE).to_dict("records")
    assert row["subscription_id"] == known
    assert row["bill_last"] == 130
    assert row["bill_rise_last"] == pytest.approx(130 / 120 - 1)
    assert row["bill_rise_before"] == pytest.approx(0.6)
    assert row["bill_jump"] == pytest.approx(0.6)
    assert row["value"] == 110.0  # 130 on average less 20 for the plan
    assert row["extra_charges"] == pytest.approx(120 / 390)
    assert row["minutes_change"] == pytest.approx(100 / 400 - 1)
    assert row["data_change"] == 0
    assert row["competitor_share"] == 0.5
    assert row["competitor_share_rise"] == pytest.approx(0.4)
    assert (row["faults_mobile"], row["faults_fixed"], row["faults_last"]) == (2, 0, 2)
    # The complaint was settled on 5 July: at the end of June nobody could know.
    assert (row["complaints_open"], row["complaint_days_open"], row["complaints"]) == (1, 21, 2)
    assert (row["months_to_contract_end"], row["contract_near"], row["has_contract"]) == (1, 1, 1)
    # May's bill of 160 was due on 20 June and never paid; June's is due in July.
    assert (row["arrears"], row["months_in_arrears"]) == (160, 1)
    assert (row["tenure_months"], row["age"], row["sex"], row["plan"]) == (17.9, 40, "M", "P99")
    assert row["left"] == 1


@pytest.mark.parametrize(("month", "left"), [(4, 0), (5, 1), (6, 1)])
def test_leaving_counts_in_the_two_months_after_the_cut_off(
    operator: Operator, known: int, month: int, left: int
) -> None:
    (row,) = at(operator.tenant, Cutoff(date(2026, month, 1), ZONE)).to_dict("records")
    assert row["left"] == left


@pytest.mark.parametrize("reason", ["arrears", "number_change"])
def test_who_is_thrown_out_or_changes_his_number_has_not_left(
    operator: Operator, known: int, reason: str
) -> None:
    with operator.door():
        Subscription.objects.filter(pk=known).update(end_reason=reason)
    warehouse.refresh(operator.tenant)
    (row,) = at(operator.tenant, JUNE).to_dict("records")
    assert row["left"] == 0


def test_whoever_has_left_by_the_cut_off_is_not_there(operator: Operator, known: int) -> None:
    assert at(operator.tenant, Cutoff(date(2026, 7, 1), ZONE)).empty


def test_nothing_after_the_cut_off_changes_a_feature(operator: Operator, known: int) -> None:
    before = at(operator.tenant, JUNE).drop(columns="left")
    with clock.frozen(datetime(2026, 10, 9, tzinfo=UTC)):
        with operator.door():
            _alter_what_came_later(known)
        warehouse.refresh(operator.tenant)
        after = at(operator.tenant, JUNE)
    assert after["left"].tolist() == [0]
    pd.testing.assert_frame_equal(before, after.drop(columns="left"))


def _alter_what_came_later(line: int) -> None:
    sub = Subscription.objects.get(pk=line)
    who = {"customer_id": sub.customer_id, "branch_id": sub.branch_id}
    july = date(2026, 7, 1)
    Bill.objects.filter(month__gte=july).update(amount=9000, usage_charge=8910)
    MonthlyUsage.objects.filter(month__gte=july).update(minutes=9999, minutes_competitor=9999, faults=99)
    Interaction.objects.filter(on__lt=july, resolved_on__gte=july).update(resolved_on=date(2026, 9, 1))
    Interaction.objects.create(
        **who, kind="complaint", channel="app", at=datetime(2026, 6, 30, 16, 30, tzinfo=UTC), on=july
    )
    Payment.objects.create(**who, account_id=sub.account_id, reference="late", paid_on=july, amount=500)
    offer = Offering.objects.create(code="KEEP", name="挽留", kind="retention", monthly_cost=Decimal(5))
    plan = Offering.objects.get(code="P99")
    plan.monthly_fee = Decimal(200)
    plan.save()
    sub.ended_on, sub.end_reason, sub.state = None, "", "active"
    sub.contract_ends_on, sub.monthly_fee = date(2028, 8, 31), Decimal(200)
    sub.retention_offering, sub.retention_since = offer, date(2026, 8, 1)
    sub.save()
    Subscription.objects.create(
        **who, account_id=sub.account_id, service="broadband", number="bb1", started_on=date(2026, 7, 2)
    )


def test_every_feature_is_computed_once_and_told_in_both_languages(operator: Operator, known: int) -> None:
    with warehouse.ibis_reader(operator.tenant) as lake:
        found = features(lake, JUNE).columns
    assert list(found) == ["subscription_id", "customer_id", "value", *(feature.name for feature in FEATURES)]
    assert set(TOPIC_OF.values()) <= set(TOPICS)
    from loopline.mining.wording import bilingual

    for feature in FEATURES:
        for words in (feature.about, feature.higher, feature.lower):
            if words is not None:
                told = bilingual(words, value="1")
                assert told["en"] != told["zh-hans"], told


def test_learning_ends_before_judging_begins(operator: Operator, known: int) -> None:
    with warehouse.ibis_reader(operator.tenant) as lake:
        plan = plan_cutoffs(lake, gap=0, zone=ZONE)
        assert plan.judge == date(2026, 7, 1)
        assert plan.learn == (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
        later = plan_cutoffs(lake, gap=1, zone=ZONE)
        assert (later.judge, later.learn) == (date(2026, 6, 1), (date(2026, 3, 1),))
        with pytest.raises(TooLittleHistory):
            plan_cutoffs(lake, gap=2, zone=ZONE)
