"""Arrears by age: how long what is owed at the end of a month has been past due."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap.cubes import arrears
from loopline.olap.definitions import UNITS, Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, TIER, amount, count, levels, measures, share
from loopline.olap.stars import lake

_MONEY = "decimal(18, 2)"
_WHO = ("branch_id", *UNITS, "tier", "kind")
BOUNDS = (30, 60, 90, 180)
"""The last day of each age but the oldest, in days past due."""
AGES = {
    "0-30": _("up to 30 days"),
    "31-60": _("31–60 days"),
    "61-90": _("61–90 days"),
    "91-180": _("91–180 days"),
    "181+": _("over 180 days"),
}
AGE = Level("age", _("Age"), _("Arrears"), "age", labels=AGES)


def rows() -> ir.Table:
    """Bills that stand open at the end of a month, with what of each is open.

    Payments settle the oldest bills first: what is owed is of the newest ones.
    """
    owing = arrears.balances()
    owing = owing.filter(owing.owed > 0).select("customer_id", "month", "owed", *_WHO)
    bills = lake("fact_bill").select("bill_id", "due_on", "amount", payer=lake("fact_bill").customer_id)
    after = owing.month + ibis.interval(months=1)
    open_bills = owing.inner_join(bills, [owing.customer_id == bills.payer, bills.due_on < after])
    newest_first = ibis.window(
        group_by=["customer_id", "month"],
        order_by=[open_bills.due_on.desc(), open_bills.bill_id.desc()],
        preceding=None,
        following=0,
    )
    newer = open_bills.amount.sum().over(newest_first) - open_bills.amount
    left = ibis.greatest(ibis.least(open_bills.amount, open_bills.owed - newer), 0)
    ends = (open_bills.month + ibis.interval(months=1)).cast("date")
    told = open_bills.mutate(left=left.cast(_MONEY), days=ends.delta(open_bills.due_on, unit="day") - 1)
    told = told.filter(told.left > 0)
    return told.select(
        "customer_id", "month", *_WHO,
        age=ibis.cases(*((told.days <= most, name) for most, name in zip(BOUNDS, AGES, strict=False)), else_="181+"),
        owed=told.left,
        long_owed=(told.days > 90).ifelse(told.left, ibis.literal(0).cast(_MONEY)),
        day_owed=(told.left * told.days).cast(_MONEY),
        owing=ibis.literal(1, "int64"),
    )  # fmt: skip


cubes.add(
    "ageing",
    Cube(
        "ageing",
        _("Arrears by age"),
        _("What is owed at the end of a month, by the days since it fell due."),
        "calendar-time",
        levels(AGE, TIER, KIND),
        (
            *(Part(name, Over.LAST, "DECIMAL(18,2)") for name in ("owed", "long_owed", "day_owed")),
            Part("owing", Over.DISTINCT),
        ),
        measures(
            amount(
                "owed",
                _("Owed at the end"),
                _("Open bills at the end of the period; payments settle the oldest first."),
                better=-1,
            ),
            amount(
                "long_owed", _("Owed for over 90 days"), _("Thereof more than 90 days past due."), better=-1
            ),
            share(
                "long_owed_share",
                _("Share over 90 days"),
                ("long_owed", "owed"),
                _("Owed for over 90 days ÷ owed."),
                better=-1,
            ),
            Measure(
                "mean_age",
                _("Mean age"),
                (("day_owed", 1),),
                (("owed", 1),),
                unit=_("days"),
                decimals=1,
                about=_("Days past due, weighted by what is owed."),
                better=-1,
            ),
            count(
                "owing",
                _("Customers owing"),
                _("customers"),
                _("Different customers with an open bill of this age at the end of some month."),
                better=-1,
            ),
        ),
        rows,
        ("fact_bill", "fact_payment"),
        ("dim_customer", "dim_unit"),
        running=True,
    ),
    order=85,
)
