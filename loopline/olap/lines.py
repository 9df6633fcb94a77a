"""line_month: each line in each month: whether it was in use, came or went, what it brought and used.

The table from which the cubes of subscribers, revenue and usage are added up. A line has a row for each month in
which it was in use, was billed or used something. What it is (plan, service, branch, tier) is told as of the end of
the month.
"""

from functools import cache

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy
from ibis import _

from loopline.olap.definitions import UNITS
from loopline.olap.details import Common
from loopline.olap.stars import at, current, lake, offerings, with_customer, with_units
from loopline.warehouse.api import Derived, with_months_before

NAME = "line_month"
KEPT_NUMBER = "number_change"
"""The reason of an end that is none: the customer has a new number from the next day."""
FORCED = ("arrears", "fraud")

STOCK = ("at_start", "at_end", "joined", "lost", "lost_willing", "lost_forced", "ported_out", "renumbered")
BILLED = ("monthly_fee", "usage_charge", "discount", "amount")
USED = ("minutes", "minutes_competitor", "messages", "data_mb", "roaming_days", "faults")
MOVED = ("upgraded", "downgraded", "eligible")
COUNTS = (*STOCK, *MOVED, "bills", "uses", *USED, "billed_month", "used_month")
MONEY = "decimal(18, 2)"

KEYS = ("month", "subscription_id")
CODES = ("service", "plan", "tier", "kind")
KNOWN = ("billed", "used", "settled", "present")
"""What is told of a month: bills, usage, something billed, due or paid, being the present one."""
FACTS = ("fact_bill", "fact_usage", "month_known")
BACK = 1
"""A month tells of the bills of the month before as well."""
DIMENSIONS = ("dim_subscription", "dim_customer", "dim_offering", "dim_unit")


def months() -> ir.Table:
    """Every month from the first with bills or usage to the present one."""
    return known_months().filter((_.billed + _.used > 0) | (_.present > 0)).select("month")


def known_months() -> ir.Table:
    """The months of which anything is known, with 1 or 0 for each of KNOWN."""
    return MONTHS.table()


def _known() -> ir.Table:
    bills, usage, payments, unit = map(lake, ("fact_bill", "fact_usage", "fact_payment", "dim_unit"))
    rows = ibis.union(
        _flagged(bills, bills.month, "billed"),
        _flagged(usage, usage.month, "used"),
        _flagged(bills, bills.month, "settled"),
        _flagged(bills, bills.due_on.truncate("M").cast("date"), "settled"),
        _flagged(payments, payments.paid_on.truncate("M").cast("date"), "settled"),
        _flagged(unit.limit(1), ibis.today().truncate("M").cast("date"), "present"),
    )
    return rows.group_by("month").aggregate(**{name: rows[name].max() for name in KNOWN})


def _flagged(rows: ir.Table, month: ir.Value, flag: str) -> ir.Table:
    flags = {name: ibis.literal(int(name == flag), "int64") for name in KNOWN}
    return rows.select(month=month).filter(_.month.notnull()).distinct().mutate(**flags)


MONTHS = Common(
    "month_known",
    gettext_lazy("The months of which something is known, and the present one."),
    _known,
    ("fact_bill", "fact_usage", "fact_payment"),
    (),
    watched=_known,
    is_current="count(*) > 0 FROM month_known WHERE present = 1 AND month = date_trunc('month', current_date)",
)


def stock() -> ir.Table:
    """Lines in use in a month: whether they were at its start and end, and whether they came or went in it."""
    rows = current("dim_subscription").select(
        "subscription_id", "started_on", "ended_on", "end_reason", "state"
    )
    pairs = rows.cross_join(months())
    after = pairs.month + ibis.interval(months=1)
    begun = pairs.started_on.fill_null(ibis.date("1900-01-01"))
    ended = pairs.ended_on.fill_null(ibis.date("9999-12-31"))
    pairs = pairs.filter(begun < after, ended >= pairs.month, pairs.state != "pre_provisioned")
    went = (ended >= pairs.month) & (ended < after)
    lost = went & (pairs.end_reason.fill_null("") != KEPT_NUMBER)
    forced = pairs.end_reason.fill_null("").isin(FORCED)
    told = {
        "at_start": begun < pairs.month,
        "at_end": ended >= after,
        "joined": (begun >= pairs.month) & (begun < after),
        "lost": lost,
        "lost_willing": lost & ~forced,
        "lost_forced": lost & forced,
        "ported_out": lost & (pairs.state == "ported_out"),
        "renumbered": went & ~lost,
    }
    return pairs.select(*KEYS, **{name: value.cast("int64") for name, value in told.items()})


def moves() -> ir.Table:
    """Lines billed in two months running: whether the later monthly fee is dearer or cheaper."""
    bills = lake("fact_bill")
    before = bills.select(
        subscription_id=bills.subscription_id, month=(bills.month + ibis.interval(months=1)).cast("date"),
        fee_before=bills.monthly_fee,
    )  # fmt: skip
    both = bills.select("subscription_id", "month", "monthly_fee").inner_join(before, list(KEYS))
    return both.select(
        "month", "subscription_id",
        upgraded=(both.monthly_fee > both.fee_before).cast("int64"),
        downgraded=(both.monthly_fee < both.fee_before).cast("int64"),
        eligible=ibis.literal(1, "int64"),
    )  # fmt: skip


def rows() -> ir.Table:
    """One row for each line and month, with all that happened."""
    bills, usage, held, moved = lake("fact_bill"), lake("fact_usage"), stock(), moves()
    keys = ibis.union(*(table.select(*KEYS) for table in (bills, usage, held)), distinct=True)
    added = keys
    for table, names, mark in (
        (held, STOCK, ""),
        (moved, MOVED, ""),
        (bills, BILLED, "bills"),
        (usage, USED, "uses"),
    ):
        added = _beside(added, table, names, mark)
    lines = at(
        added, "dim_subscription", "subscription_id",
        ("customer_id", "branch_id", "offering_id", "service", "retention_offering_id", "retention_since"),
        few=False,
    )  # fmt: skip
    lines = lines.left_join(offerings(), "offering_id").drop("offering_id_right")
    kept = offerings().select(retention_offering_id=_.offering_id, kept_cost=_.plan_cost)
    lines = lines.left_join(kept, "retention_offering_id").drop("retention_offering_id_right")
    lines = with_units(with_customer(lines, few=False))
    known = known_months().select("month", billed_month="billed", used_month="used")
    lines = lines.left_join(known, "month").drop("month_right")
    lines = lines.mutate(**{name: lines[name].fill_null(0) for name in ("billed_month", "used_month")})
    held = (lines.retention_since < lines.month + ibis.interval(months=1)).fill_null(False)
    cost = lines.plan_cost.fill_null(0) + held.ifelse(lines.kept_cost.fill_null(0), 0)
    lines = lines.mutate(**{code: lines[code].nullif("") for code in CODES})
    return lines.select(
        *KEYS, "customer_id", "branch_id", *UNITS, *CODES, *COUNTS, *BILLED,
        cost=(cost * lines.bills).cast(MONEY),
    )  # fmt: skip


def _beside(lines: ir.Table, facts: ir.Table, names: tuple[str, ...], mark: str) -> ir.Table:
    """The lines with the numbers of a table that has at most one row for each line and month; 0 where it has none.

    `mark` names a column that counts the table's rows.
    """
    numbers = facts.select(
        *(facts[key].name(f"{key}_of") for key in KEYS),
        **{name: facts[name].cast(MONEY if name in BILLED else "int64") for name in names},
        **({mark: ibis.literal(1, "int64")} if mark else {}),
    )
    found = [*names, *([mark] if mark else [])]
    joined = lines.left_join(numbers, [lines[key] == numbers[f"{key}_of"] for key in KEYS])
    kept = {name: joined[name].fill_null(0).cast(MONEY if name in BILLED else "int64") for name in found}
    return joined.select(*lines.columns, **kept)


@cache
def rows_sql() -> str:
    """The table as a statement of DuckDB's."""
    return str(ibis.to_sql(rows(), dialect="duckdb"))


def _select(condition: str) -> str:
    """The rows of some months; of the facts only those months are read, and the one before each (see `moves`)."""
    some = with_months_before(condition, BACK)
    facts = ", ".join(f"{fact} AS (SELECT * FROM {fact} WHERE {some})" for fact in FACTS[:2])
    return f"WITH {facts} SELECT * FROM ({rows_sql()}) WHERE {condition}"


COLUMNS = (
    ("month", "DATE"), ("subscription_id", "BIGINT"), ("customer_id", "BIGINT"), ("branch_id", "BIGINT"),
    *((name, "VARCHAR") for name in (*UNITS, *CODES)),
    *((name, "BIGINT") for name in COUNTS),
    *((name, "DECIMAL(18,2)") for name in (*BILLED, "cost")),
)  # fmt: skip


def table() -> Derived:
    """How it is made."""
    return Derived(COLUMNS, FACTS, DIMENSIONS, _select, back=BACK, of_customers=True)


def line_month() -> ir.Table:
    """The table itself, for the cubes made from it."""
    return ibis.table(dict(_ibis_types()), name=NAME)


def _ibis_types() -> list[tuple[str, str]]:
    kinds = {"DATE": "date", "BIGINT": "int64", "VARCHAR": "string", "DECIMAL(18,2)": MONEY}
    return [(name, kinds[kind]) for name, kind in COLUMNS]
