"""Arrears: what is billed, what is paid, and what stays owed at the end of a month."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Measure, Over, Part, cubes
from loopline.olap.details import Detail
from loopline.olap.shared import KIND, MONEY_UNIT, TIER, amount, count, levels, measures, share
from loopline.olap.stars import EVER, lake, with_customer, with_units

_MONEY = "decimal(18, 2)"
_FLOWS = ("billed", "due", "paid")
_NOTHING = ibis.literal(0).cast(_MONEY)
_NAME = "balance_detail"
_KEPT = {"customer_id": "int64", "month": "date", "branch_id": "int64", "balance": _MONEY}


def _flows() -> ir.Table:
    """What each customer was billed (by month of the bill), owed (by month it fell due) and paid, by month."""
    bills, payments = lake("fact_bill"), lake("fact_payment")
    nothing = ibis.literal(0).cast(_MONEY)
    return ibis.union(
        bills.select(
            "customer_id", "branch_id", month=bills.month, billed=bills.amount, due=nothing, paid=nothing
        ),
        bills.select(
            "customer_id",
            "branch_id",
            month=bills.due_on.truncate("M").cast("date"),
            billed=nothing,
            due=bills.amount,
            paid=nothing,
        ),
        payments.select(
            "customer_id",
            "branch_id",
            month=payments.paid_on.truncate("M").cast("date"),
            billed=nothing,
            due=nothing,
            paid=payments.amount,
        ),
    )


def _balances() -> ir.Table:
    """Customers by month, with what they owe at its end: all that fell due up to then less all they paid.

    Months in which nothing moves are there as well, as long as others move: arrears do not vanish by silence. Goes
    on from the newest month that the table has kept; what it has not is made anew.
    """
    kept = ibis.table(_KEPT, name=_NAME)
    until = kept.aggregate(until=kept.month.max().fill_null(ibis.date(EVER)))
    flows = _flows().cross_join(until)
    flows = flows.filter(flows.month > flows.until)
    sums = {name: flows[name].sum().cast(_MONEY) for name in _FLOWS}
    moved = flows.group_by("customer_id", "month").aggregate(branch_id=flows.branch_id.max(), **sums)
    moved = moved.mutate(before=_NOTHING)
    opening = kept.cross_join(until).filter(lambda row: row.month == row.until)
    opening = opening.select(
        "customer_id", "month", "branch_id", **dict.fromkeys(_FLOWS, _NOTHING), before=opening.balance
    )
    known = ibis.union(moved, opening)
    first = known.group_by("customer_id").aggregate(first=known.month.min(), branch_id=known.branch_id.max())
    others = lines.known_months().filter(lambda row: row.settled > 0).select("month").cross_join(until)
    every = first.cross_join(others.filter(others.month > others.until).select("month"))
    every = every.filter(every.month >= every.first).select("customer_id", "month", "branch_id")
    spread = ibis.union(every.mutate(**dict.fromkeys((*_FLOWS, "before"), _NOTHING)), known)
    by_month = spread.group_by("customer_id", "month").aggregate(
        branch_id=spread.branch_id.max(),
        **{name: spread[name].sum().cast(_MONEY) for name in (*_FLOWS, "before")},
    )
    so_far = ibis.window(group_by="customer_id", order_by=by_month.month, preceding=None, following=0)
    balance = (by_month.before + by_month.due - by_month.paid).sum().over(so_far).cast(_MONEY)
    told = by_month.mutate(balance=balance).cross_join(until)
    told = told.filter(told.month > told.until).drop("before", "until")
    told = told.mutate(owed=ibis.greatest(told.balance, 0).cast(_MONEY))
    return with_units(with_customer(told, few=False))


BALANCES = Detail(
    _NAME,
    _("What each customer was billed, owed and paid by month."),
    _balances,
    ("fact_bill", "fact_payment"),
    ("dim_customer", "dim_unit"),
    running=True,
)


def balances() -> ir.Table:
    """What each customer was billed, owed and paid in each month, and owes at its end."""
    return BALANCES.table()


def rows() -> ir.Table:
    """The balances, with who is behind."""
    known = balances()
    return known.mutate(
        debtors=(known.owed > 0).cast("int64"),
        payers=(known.due > 0).cast("int64"),
        in_arrears=(known.owed > 0).cast("int64"),
    )


cubes.add(
    "arrears",
    Cube(
        "arrears",
        _("Arrears"),
        _("Billed, due, paid, and owed at the end of the month."),
        "report-money",
        levels(TIER, KIND),
        (
            *(Part(name, Over.SUM, "DECIMAL(18,2)") for name in _FLOWS),
            Part("owed", Over.LAST, "DECIMAL(18,2)"),
            Part("debtors", Over.LAST),
            Part("payers", Over.SUM),
            Part("in_arrears", Over.DISTINCT),
        ),
        measures(
            amount("billed", _("Billed"), _("Bills of the period.")),
            amount("due", _("Fell due"), _("Bills whose last day of payment was in the period.")),
            amount("paid", _("Paid"), _("Payments received in the period."), better=1),
            amount(
                "owed",
                _("Owed at the end"),
                _("All that fell due up to the end of the period less all that was paid."),
                better=-1,
            ),
            share(
                "arrears_rate",
                _("Arrears rate"),
                ("owed", "due"),
                _("Owed at the end ÷ fell due in the period."),
                better=-1,
            ),
            share(
                "recovery_rate",
                _("Recovery rate"),
                ("paid", "due"),
                _("Paid ÷ fell due in the period."),
                better=1,
            ),
            count(
                "debtors",
                _("Customers owing at the end"),
                _("customers"),
                _("Customers who owe at the end of the period."),
                better=-1,
            ),
            Measure(
                "mean_debt",
                _("Mean debt"),
                (("owed", 1),),
                (("debtors", 1),),
                unit=MONEY_UNIT,
                decimals=2,
                about=_("Owed ÷ customers owing."),
                better=-1,
            ),
            count(
                "in_arrears",
                _("Customers ever in arrears"),
                _("customers"),
                _("Different customers who owed at the end of some month."),
                better=-1,
            ),
        ),
        rows,
        ("fact_bill", "fact_payment"),
        ("dim_customer", "dim_unit"),
        running=True,
        details=(BALANCES,),
    ),
    order=80,
)
