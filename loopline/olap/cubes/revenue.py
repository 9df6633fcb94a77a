"""Revenue: what is billed, and what is left of it, by line and month."""

from decimal import Decimal

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, MONEY_UNIT, PLAN, SERVICE, TIER, amount, count, levels, measures, share

_MONEY = "DECIMAL(18,2)"


def rows() -> ir.Table:
    """Lines by month; a month without bills is not over, and its lines are no ground to divide by."""
    table = lines.line_month()
    return table.mutate(
        revenue=table.amount,
        margin=table.amount - table.cost,
        customers=(table.bills > 0).cast("int64"),
        doubled_lines=(table.at_start + table.at_end) * table.billed_month,
    )


cubes.add(
    "revenue",
    Cube(
        "revenue",
        _("Revenue"),
        _("What is billed by line and month: fee, usage, discount; revenue and margin for each subscriber."),
        "coin",
        levels(SERVICE, PLAN, TIER, KIND),
        (
            *(
                Part(name, Over.SUM, _MONEY)
                for name in ("revenue", "monthly_fee", "usage_charge", "discount", "cost", "margin")
            ),
            Part("bills"),
            Part("doubled_lines"),
            Part("customers", Over.DISTINCT),
        ),
        measures(
            amount("revenue", _("Revenue"), _("Billed: fee + usage − discount."), better=1),
            amount("monthly_fee", _("Monthly fees"), _("Fees billed, before discount.")),
            amount("usage_charge", _("Usage charges"), _("Charges for usage beyond the plan.")),
            amount("discount", _("Discounts"), _("What was taken off."), better=-1),
            amount(
                "cost",
                _("Cost of offers"),
                _("What plans and retention offers cost the operator."),
                better=-1,
            ),
            amount("margin", _("Margin"), _("Revenue less the cost of offers."), better=1),
            Measure(
                "arpu",
                "ARPU",
                (("revenue", 1),),
                (("doubled_lines", 1),),
                Decimal(2),
                MONEY_UNIT,
                2,
                _("Revenue ÷ mean of the subscribers at the start and end of each month."),
                1,
            ),
            Measure(
                "margin_per_line",
                _("Average profit"),
                (("margin", 1),),
                (("doubled_lines", 1),),
                Decimal(2),
                MONEY_UNIT,
                2,
                _("Margin ÷ mean of the subscribers at the start and end of each month."),
                1,
            ),
            share(
                "discount_rate",
                _("Discount rate"),
                ("discount", "monthly_fee"),
                _("Discounts ÷ monthly fees."),
                better=-1,
            ),
            share(
                "usage_share",
                _("Share of usage charges"),
                ("usage_charge", "revenue"),
                _("Usage charges ÷ revenue."),
            ),
            count("bills", _("Bills"), "", _("Bills written.")),
            count(
                "customers",
                _("Customers billed"),
                _("customers"),
                _("Different customers with a bill in the period."),
            ),
        ),
        rows,
        lines.FACTS,
        lines.DIMENSIONS,
        back=lines.BACK,
    ),
    order=20,
)
