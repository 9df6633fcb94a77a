"""Competitors: calls to other operators, and numbers taken to them."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, count, levels, measures, share


def rows() -> ir.Table:
    """Lines by month; a caller counts when he called another operator's numbers."""
    table = lines.line_month()
    return table.mutate(callers=(table.minutes_competitor > 0).cast("int64"))


cubes.add(
    "competitors",
    Cube(
        "competitors",
        _("Competitors"),
        _("Calls to other operators' numbers and numbers ported out to them."),
        "arrows-exchange",
        levels(SERVICE, PLAN, TIER, KIND),
        (
            *(Part(name) for name in ("minutes", "minutes_competitor", "ported_out", "lost")),
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
        lines.FACTS,
        lines.DIMENSIONS,
        back=lines.BACK,
    ),
    order=60,
)
