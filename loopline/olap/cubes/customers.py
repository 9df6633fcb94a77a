"""Customers: how many lines there are, who comes, who leaves, who moves up or down."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, count, levels, measures, share

_LINES = _("lines")
_PARTS = (
    Part("at_start", Over.FIRST),
    Part("at_end", Over.LAST),
    *(Part(name) for name in ("joined", "lost", "lost_willing", "lost_forced", "ported_out", "renumbered")),
    *(Part(name) for name in ("upgraded", "downgraded", "eligible")),
    Part("customers", Over.DISTINCT),
)


def rows() -> ir.Table:
    """Lines by month; a customer counts while he has a line in use in the month."""
    table = lines.line_month()
    present = ((table.at_end > 0) | (table.at_start > 0) | (table.joined > 0)).cast("int64")
    return table.mutate(customers=present)


cubes.add(
    "customers",
    Cube(
        "customers",
        _("Customers"),
        _("Composition, growth and loss: lines at start and end, new, lost, moved up and down."),
        "users",
        levels(SERVICE, PLAN, TIER, KIND),
        _PARTS,
        measures(
            count("at_end", _("Subscribers at the end"), _LINES, _("Lines in use at the end of the period.")),
            count(
                "at_start", _("Subscribers at the start"), _LINES, _("Lines in use when the period began.")
            ),
            count("joined", _("New subscribers"), _LINES, _("Lines activated in the period."), better=1),
            count(
                "lost",
                _("Lost subscribers"),
                _LINES,
                _("Lines ended in the period; whoever only changed his number is not lost."),
                better=-1,
            ),
            Measure(
                "net_additions",
                _("Net additions"),
                (("joined", 1), ("lost", -1)),
                unit=_LINES,
                about=_("New less lost."),
                better=1,
            ),
            share(
                "new_rate",
                _("New subscriber rate"),
                ("joined", "at_start"),
                _("New ÷ subscribers at the start."),
                better=1,
            ),
            share(
                "lost_rate",
                _("Churn rate"),
                ("lost", "at_start"),
                _("Lost ÷ subscribers at the start."),
                better=-1,
            ),
            count(
                "lost_willing",
                _("Left of their own will"),
                _LINES,
                _("Lost without arrears or fraud."),
                better=-1,
            ),
            count("lost_forced", _("Cut off"), _LINES, _("Lost for arrears or fraud."), better=-1),
            count(
                "ported_out",
                _("Ported out"),
                _LINES,
                _("Lost by taking the number to another operator."),
                better=-1,
            ),
            count(
                "renumbered",
                _("Changed their number"),
                _LINES,
                _("Ended and went on under a new number: no loss."),
            ),
            count(
                "upgraded",
                _("Upgraded"),
                _LINES,
                _("Billed a dearer monthly fee than the month before."),
                better=1,
            ),
            count(
                "downgraded",
                _("Downgraded"),
                _LINES,
                _("Billed a cheaper monthly fee than the month before."),
                better=-1,
            ),
            share(
                "upgrade_rate",
                _("Upgrade rate"),
                ("upgraded", "eligible"),
                _("Upgraded ÷ lines billed in both months."),
                better=1,
            ),
            share(
                "downgrade_rate",
                _("Downgrade rate"),
                ("downgraded", "eligible"),
                _("Downgraded ÷ lines billed in both months."),
                better=-1,
            ),
            count(
                "customers",
                _("Customers"),
                _("customers"),
                _("Different customers with a line in use at some time of the period."),
            ),
        ),
        rows,
        (*lines.FACTS,),
        lines.DIMENSIONS,
        back=lines.BACK,
    ),
    order=10,
)
