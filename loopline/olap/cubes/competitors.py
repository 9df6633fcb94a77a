"""Competitors: calls to other operators, and numbers taken to them."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import UNITS, Cube, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, count, levels, measures, share
from loopline.olap.stars import lake, offerings, with_customer, with_units

_NUMBERS = ("minutes", "minutes_competitor", "ported_out", "lost", "at_start")


def rows() -> ir.Table:
    """Lines by month, beside the numbers that came from other operators; a caller is who called others' numbers."""
    table = lines.line_month().mutate(ported_in=ibis.literal(0, "int64"))
    ported = _ported_in()
    both = ibis.union(*(part.select(*sorted(ported.columns)) for part in (table, ported)))
    return both.mutate(callers=(both.minutes_competitor > 0).cast("int64"))


def _ported_in() -> ir.Table:
    """Numbers that were taken over from other operators, by the month in which their order was completed."""
    items = lake("fact_order_item")
    items = items.filter(
        (items.kind == "port_in") & (items.state == "completed") & items.completed_on.notnull()
    )
    facts = items.select(
        "customer_id", "branch_id", "offering_id", "service",
        month=items.completed_on.truncate("M").cast("date"), ported_in=ibis.literal(1, "int64"),
        **{name: ibis.literal(0, "int64") for name in _NUMBERS},
    )  # fmt: skip
    facts = facts.left_join(offerings(), "offering_id").drop("offering_id_right")
    return with_units(with_customer(facts)).select(
        "customer_id", "branch_id", "month", *UNITS, "service", "plan", "tier", "kind", "ported_in", *_NUMBERS
    )


cubes.add(
    "competitors",
    Cube(
        "competitors",
        _("Competitors"),
        _("Calls to other operators' numbers, and numbers ported to and from them."),
        "arrows-exchange",
        levels(SERVICE, PLAN, TIER, KIND),
        (
            *(Part(name) for name in (*_NUMBERS[:-1], "ported_in")),
            Part("at_start", Over.FIRST),
            Part("callers", Over.DISTINCT),
        ),
        measures(
            count(
                "minutes_competitor",
                _("Minutes to competitors"),
                _("min"),
                _("Minutes of calls to other operators' numbers."),
            ),
            share(
                "competitor_share",
                _("Share of calls to competitors"),
                ("minutes_competitor", "minutes"),
                _("Minutes to competitors ÷ all minutes."),
                better=-1,
            ),
            count(
                "ported_out",
                _("Ported out"),
                _("lines"),
                _("Lost by taking the number to another operator."),
                better=-1,
            ),
            count(
                "ported_in",
                _("Ported in"),
                _("lines"),
                _("Numbers taken over from other operators: orders completed in the period."),
                better=1,
            ),
            Measure(
                "port_balance",
                _("Porting balance"),
                (("ported_in", 1), ("ported_out", -1)),
                unit=_("lines"),
                about=_("Ported in less ported out."),
                better=1,
            ),
            share(
                "port_share",
                _("Ported out of lost"),
                ("ported_out", "lost"),
                _("Ported out ÷ lost."),
                better=-1,
            ),
            share(
                "port_rate",
                _("Port-out rate"),
                ("ported_out", "at_start"),
                _("Ported out ÷ subscribers at the start."),
                better=-1,
            ),
            count(
                "callers",
                _("Customers calling competitors"),
                _("customers"),
                _("Different customers who called other operators' numbers."),
            ),
        ),
        rows,
        ("fact_order_item", *lines.FACTS),
        lines.DIMENSIONS,
        running=True,
    ),
    order=60,
)
