"""Point-in-time features and label in Ibis over the lake: nothing from after the cut-off gets in.

A cut-off is the end of a month. Bills and usage count by their month, contacts and payments by their day, contract
and plan as the warehouse knew them then. Months are numbered backwards: 0 is the last month known.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from ibis import _
from ibis.backends.duckdb import Backend

from loopline.kernel.period import add_months
from loopline.mining.catalogue import FEATURES

WINDOW = 6
OUTCOME_MONTHS = 2
STAYS = ("arrears", "fraud", "number_change", "internal", "deceased", "import")
"""Reasons of an end that are no free decision to leave; whoever changed his number is still there."""
NEAR = 3
MONTHLY = ("fact_bill", "fact_usage")
USED = ("minutes", "minutes_competitor", "messages", "data_mb", "roaming_days", "faults")
BILLED = ("monthly_fee", "usage_charge", "discount", "amount")


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The end of `month` (its first day is given) in the operator's `zone`."""

    month: date
    zone: str

    @property
    def next_month(self) -> date:
        """The first day that is not known any more."""
        return add_months(self.month, 1)

    @property
    def day(self) -> date:
        """The last day known."""
        return self.next_month - timedelta(days=1)

    @property
    def moment(self) -> datetime:
        """The end of that day in UTC, without zone, as the lake keeps moments."""
        local = datetime.combine(self.next_month, time(), ZoneInfo(self.zone))
        return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    def outcome(self, gap: int) -> tuple[date, date]:
        """First day of the outcome window and the first day after it, `gap` months left free in between."""
        first = add_months(self.next_month, gap)
        return first, add_months(first, OUTCOME_MONTHS)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the customers: those whose mixed key, from 0 to 999, is at least `first` and below `below`."""

    first: int = 0
    below: int = 1000


EVERYBODY = Part()


def features(lake: Backend, cutoff: Cutoff, part: Part = EVERYBODY) -> ir.Table:
    """One row for each subscription in use at the cut-off: subscription_id, customer_id, value and every feature.

    `value` is the mean monthly margin of the line in the last three months: billed less what its offers cost.
    """
    lines = _lines(lake, cutoff, part)
    whom = lines.select("customer_id").distinct()
    months = _months(lake, cutoff, whom)
    by_customer = _of_customers(months)
    by_line = _of_lines(months)
    people = _people(lake, cutoff, whom)
    contacts = _contacts(lake, cutoff, whom)
    owed = _owed(lake, cutoff, lines.select("account_id").distinct())
    holdings = lines.group_by("customer_id").aggregate(
        lines=_.count(),
        services=_.service.nunique(),
        any_contract_ends_on=_.contract_ends_on.max(),
        first_start=_.started_on.min(),
    )
    joined = lines.inner_join(by_line, "subscription_id").inner_join(by_customer, "customer_id")
    joined = joined.left_join(holdings, "customer_id", rname="{name}_held")
    joined = joined.left_join(people, "customer_id", rname="{name}_person")
    joined = joined.left_join(contacts, "customer_id", rname="{name}_contact")
    joined = joined.left_join(owed, "account_id", rname="{name}_owed")
    return _finished(joined, cutoff)


def labelled(lake: Backend, cutoff: Cutoff, gap: int, part: Part = EVERYBODY) -> ir.Table:
    """The features with `left`: 1 for who leaves of his own will within the outcome window.

    Whoever leaves within the gap is left out: nothing could be done for him any more.
    """
    first, after = cutoff.outcome(gap)
    ends = _current(lake, "dim_subscription").select("subscription_id", "ended_on", "end_reason")
    rows = features(lake, cutoff, part).inner_join(ends, "subscription_id")
    gone_early = (rows.ended_on < first).fill_null(False)
    willing = rows.end_reason.fill_null("").notin(STAYS)
    within = ((rows.ended_on >= first) & (rows.ended_on < after)).fill_null(False)
    rows = rows.mutate(left=(within & willing).cast("int8"))
    return rows.filter(~gone_early).drop("ended_on", "end_reason")


def last_month(lake: Backend) -> date | None:
    """The last month that is closed: the newest one with bills, else with usage."""
    for table in MONTHLY:
        found = lake.execute(lake.table(table).month.max())
        if found is not None and str(found) != "NaT":
            return date(found.year, found.month, 1)
    return None


def first_month(lake: Backend) -> date | None:
    """The first month with usage or bills."""
    days = [lake.execute(lake.table(table).month.min()) for table in MONTHLY]
    known = [date(day.year, day.month, 1) for day in days if day is not None and str(day) != "NaT"]
    return min(known, default=None)


def _current(lake: Backend, table: str) -> ir.Table:
    return lake.table(table).filter(_.is_current)


def _as_known(lake: Backend, table: str, key: str, cutoff: Cutoff) -> ir.Table:
    """The version of each row that held at the cut-off; of what the warehouse saw only later, its first version."""
    rows = lake.table(table)
    began = rows.valid_from < ibis.literal(cutoff.moment)
    seconds = rows.valid_from.epoch_seconds()
    order = [began.ifelse(0, 1), began.ifelse(-seconds, seconds)]
    ranked = rows.mutate(place=ibis.row_number().over(ibis.window(group_by=key, order_by=order)))
    return ranked.filter(_.place == 0).drop("place")


def _lines(lake: Backend, cutoff: Cutoff, part: Part) -> ir.Table:
    """Subscriptions in use at the cut-off with plan and contract as known then."""
    ends = _current(lake, "dim_subscription").select(
        "subscription_id", "customer_id", "account_id", "service", "started_on", "ended_on"
    )
    ends = ends.filter(
        (ends.started_on <= cutoff.day).fill_null(True), (ends.ended_on > cutoff.day).fill_null(True)
    ).drop("ended_on")
    if part != EVERYBODY:
        mixed = ends.customer_id * 7919 % 1000
        ends = ends.filter(mixed >= part.first, mixed < part.below)
    known = _as_known(lake, "dim_subscription", "subscription_id", cutoff).select(
        "subscription_id",
        "offering_id",
        "contract_ends_on",
        "monthly_fee",
        "retention_offering_id",
        "retention_since",
    )
    offers = _as_known(lake, "dim_offering", "offering_id", cutoff)
    plans = offers.select(
        "offering_id", plan=offers.code, plan_fee=offers.monthly_fee, plan_cost=offers.monthly_cost
    )
    kept = offers.select(retention_offering_id=offers.offering_id, kept_cost=offers.monthly_cost)
    rows = (
        ends.inner_join(known, "subscription_id")
        .left_join(plans, "offering_id")
        .left_join(kept, "retention_offering_id")
    )
    taken = (rows.retention_since <= cutoff.day).fill_null(False)
    chosen = rows.select(
        "subscription_id", "customer_id", "account_id", "service", "started_on", "contract_ends_on", "plan",
        monthly_fee=rows.monthly_fee.fill_null(rows.plan_fee).cast("float64"),
        cost=(rows.plan_cost.fill_null(0) + taken.ifelse(rows.kept_cost.fill_null(0), 0)).cast("float64"),
        has_retention_offer=taken.cast("int8"),
    )  # fmt: skip
    return chosen.view()


def _months(lake: Backend, cutoff: Cutoff, whom: ir.Table) -> ir.Table:
    """Bills and usage of each line and month of the window, with `ago`: 0 for the last month."""
    usage = _window(lake.table("fact_usage"), cutoff).semi_join(whom, "customer_id")
    bills = _window(lake.table("fact_bill"), cutoff).semi_join(whom, "customer_id")
    # Stacked and added up rather than joined: a month may have usage without a bill, and the other way round.
    stacked = ibis.union(_measured(usage, USED), _measured(bills, BILLED))
    last = cutoff.month.year * 12 + cutoff.month.month
    rows = stacked.mutate(ago=(last - stacked.month.year() * 12 - stacked.month.month()).cast("int32"))
    added = rows.group_by("subscription_id", "customer_id", "ago").aggregate(
        **{name: rows[name].sum() for name in (*USED, *BILLED)}
    )
    services = _current(lake, "dim_subscription").select("subscription_id", "service")
    return added.inner_join(services, "subscription_id")


def _measured(facts: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """The facts with a column for each measure of either table, 0 for those of the other."""
    return facts.select(
        "subscription_id", "customer_id", "month",
        **{
            name: facts[name].cast("float64") if name in names else ibis.literal(0.0)
            for name in (*USED, *BILLED)
        },
    )  # fmt: skip


def _window(facts: ir.Table, cutoff: Cutoff) -> ir.Table:
    return facts.filter(facts.month <= cutoff.month, facts.month > add_months(cutoff.month, -WINDOW))


def _of_lines(months: ir.Table) -> ir.Table:
    """Only lines with a bill or usage in the last three months: an imported line without a life is not scored."""
    recent = months.filter(months.ago < 3)
    return recent.group_by("subscription_id").aggregate(
        minutes_mean=_.minutes.mean(),
        data_mean=_.data_mb.mean(),
        messages_mean=_.messages.mean(),
        billed_mean=_.amount.mean(),
    )


def _of_customers(months: ir.Table) -> ir.Table:
    """Bills, usage, competitors and faults over all lines of a customer; a ratio to nothing is missing."""
    fixed = months.service != "mobile"
    rows = months.mutate(
        fixed_faults=fixed.ifelse(months.faults, 0.0), mobile_faults=fixed.ifelse(0.0, months.faults)
    )
    sums = (
        "minutes", "minutes_competitor", "data_mb", "amount", "monthly_fee", "usage_charge", "discount",
        "roaming_days", "faults", "fixed_faults", "mobile_faults",
    )  # fmt: skip
    monthly = rows.group_by("customer_id", "ago").aggregate(**{name: rows[name].sum() for name in sums})

    def total(name: str, first: int, last: int) -> Any:
        return monthly[name].sum(where=monthly.ago.between(first, last))

    def mean(name: str, first: int, last: int) -> Any:
        return monthly[name].mean(where=monthly.ago.between(first, last))

    def rise(ago: int) -> Any:
        return _ratio(total("amount", ago, ago), mean("amount", ago + 1, ago + 3)) - 1

    before = _ratio(total("minutes_competitor", 3, 5), total("minutes", 3, 5))
    share = _ratio(total("minutes_competitor", 0, 0), total("minutes", 0, 0))
    trends = [_ratio(mean(name, 0, 2), mean(name, 3, 5)) - 1 for name in ("minutes", "data_mb")]
    return monthly.group_by("customer_id").aggregate(
        bill_mean=mean("amount", 0, 2),
        bill_last=total("amount", 0, 0),
        bill_rise_last=rise(0),
        bill_rise_before=rise(1),
        bill_jump=ibis.greatest(*(rise(ago).fill_null(-1.0) for ago in range(3))),
        extra_charges=_ratio(total("usage_charge", 0, 2), total("amount", 0, 2)),
        discount_share=_ratio(total("discount", 0, 0), total("monthly_fee", 0, 0)),
        faults_mobile=total("mobile_faults", 0, 2),
        faults_fixed=total("fixed_faults", 0, 2),
        faults_last=total("faults", 0, 0),
        competitor_share=share,
        competitor_share_mean=_ratio(total("minutes_competitor", 0, 2), total("minutes", 0, 2)),
        competitor_share_rise=share - before,
        minutes_change=_ratio(total("minutes", 0, 0), total("minutes", 3, 3)) - 1,
        data_change=_ratio(total("data_mb", 0, 0), total("data_mb", 3, 3)) - 1,
        use_trend=(trends[0].fill_null(trends[1]) + trends[1].fill_null(trends[0])) / 2,
        roaming_days=total("roaming_days", 0, 2),
    )


def _ratio(above: Any, below: Any) -> Any:
    return above / below.nullif(0.0)


def _people(lake: Backend, cutoff: Cutoff, whom: ir.Table) -> ir.Table:
    """What a customer is; joining and birth do not change, so the latest version may tell them."""
    rows = _current(lake, "dim_customer").semi_join(whom, "customer_id")
    return rows.select(
        "customer_id",
        "joined_on",
        sex=rows.sex,
        age=(cutoff.month.year - rows.birth_year).cast("float64"),
        is_person=(rows.kind == "person").cast("int8"),
    )


def _contacts(lake: Backend, cutoff: Cutoff, whom: ir.Table) -> ir.Table:
    """Contacts up to the cut-off; a complaint that is settled later is open, for nobody could know."""
    rows = lake.table("fact_interaction").semi_join(whom, "customer_id")
    rows = rows.filter(rows.on_day <= cutoff.day, rows.kind.notin(("note", "campaign")))
    recent = rows.on_day >= add_months(cutoff.next_month, -3)
    window = rows.on_day >= add_months(cutoff.next_month, -WINDOW)
    complaint = rows.kind == "complaint"
    waits = complaint & (rows.resolved_on > cutoff.day).fill_null(True)
    days = ibis.literal(cutoff.next_month).delta(rows.on_day, unit="day")
    return rows.group_by("customer_id").aggregate(
        contacts=recent.sum(),
        fault_reports=(recent & (rows.kind == "fault")).sum(),
        complaints=(window & complaint).sum(),
        complaints_open=waits.sum(),
        complaint_days_open=days.max(where=waits),
        channel=rows.channel.argmax(rows.happened_at, where=window),
    )


def _owed(lake: Backend, cutoff: Cutoff, accounts: ir.Table) -> ir.Table:
    """What an account owed at the ends of the last three months: bills due less payments received by then."""
    bills, payments = lake.table("fact_bill"), lake.table("fact_payment")
    flows = ibis.union(
        bills.select("account_id", on=bills.due_on, amount=bills.amount.cast("float64")),
        payments.select("account_id", on=payments.paid_on, amount=-payments.amount.cast("float64")),
    ).semi_join(accounts, "account_id")
    ends = [add_months(cutoff.next_month, -ago) for ago in range(3)]
    balances = flows.group_by("account_id").aggregate(
        **{
            f"owed_{ago}": flows.amount.sum(where=flows.on < end).fill_null(0.0)
            for ago, end in enumerate(ends)
        }
    )
    behind = [(balances[f"owed_{ago}"] > 0.005).cast("int8") for ago in range(3)]
    return balances.select(
        "account_id",
        arrears=ibis.greatest(balances.owed_0.round(2), 0.0),
        months_in_arrears=behind[0] + behind[1] + behind[2],
    )


def _finished(rows: ir.Table, cutoff: Cutoff) -> ir.Table:
    ends = rows.contract_ends_on.fill_null(rows.any_contract_ends_on)
    following = cutoff.next_month
    months = (ends.year() * 12 + ends.month()) - (following.year * 12 + following.month)
    joined = ibis.least(
        rows.joined_on.fill_null(rows.first_start), rows.first_start.fill_null(rows.joined_on)
    )
    days = ibis.literal(following).delta(joined, unit="day")
    zero = (
        "contacts",
        "fault_reports",
        "complaints",
        "complaints_open",
        "complaint_days_open",
        "arrears",
        "months_in_arrears",
    )
    made = rows.mutate(
        # Renewals signed after the cut-off are in the contract of today wherever the warehouse was not there yet.
        # They are signed when three months are left, so within three months the two cannot differ.
        months_to_contract_end=months.clip(-NEAR, NEAR).cast("float64"),
        contract_near=months.between(-2, 1).fill_null(False).cast("int8"),
        has_contract=ends.notnull().cast("int8"),
        tenure_months=(days / 30.4375).round(1),
        value=(rows.billed_mean - rows.cost).round(2),
        **{name: rows[name].fill_null(0) for name in zero},
        **{name: rows[name].fill_null("") for name in ("channel", "plan", "sex")},
    )
    return made.select("subscription_id", "customer_id", "value", *(feature.name for feature in FEATURES))
