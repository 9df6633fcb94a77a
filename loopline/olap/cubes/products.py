"""Products: what the lines hold and how that changes, by plan."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, amount, count, levels, measures, share

_LINES = _("lines")


def rows() -> ir.Table:
    """Lines by month, with their plan as it was at the end of it."""
    table = lines.line_month()
    return table.mutate(revenue=table.amount, holders=(table.at_end > 0).cast("int64"))


cubes.add(
    "products",
    Cube(
        "products",
        _("Products"),
        _("Plans and services: holders, take-up, give-up and what they bring."),
        "packages",
        levels(SERVICE, PLAN, TIER, KIND),
        (
            Part("at_start", Over.FIRST),
            Part("at_end", Over.LAST),
            Part("joined"),
            Part("lost"),
            Part("bills"),
            Part("revenue", Over.SUM, "DECIMAL(18,2)"),
            Part("holders", Over.DISTINCT),
        ),
        measures(
            count(
                "at_end",
                _("Lines holding it"),
                _LINES,
                _("Lines with this product at the end of the period."),
            ),
            count("joined", _("Opened with it"), _LINES, _("New lines that began with it."), better=1),
            count("lost", _("Ended with it"), _LINES, _("Lines that ended while they had it."), better=-1),
            share(
                "lost_rate", _("Loss rate"), ("lost", "at_start"), _("Ended ÷ lines at the start."), better=-1
            ),
            amount("revenue", _("Revenue"), _("Billed: fee + usage − discount."), better=1),
            Measure(
                "revenue_per_bill",
                _("Mean bill"),
                (("revenue", 1),),
                (("bills", 1),),
                unit="¤",
                decimals=2,
                about=_("Revenue ÷ bills."),
                better=1,
            ),
            count(
                "holders",
                _("Customers holding it"),
                _("customers"),
                _("Different customers with a line that had it at the end of a month."),
            ),
        ),
        rows,
        lines.FACTS,
        lines.DIMENSIONS,
        back=lines.BACK,
    ),
    order=40,
)
