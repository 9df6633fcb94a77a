"""Usage: minutes, messages and data by line and month."""

from decimal import Decimal

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import Cube, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, count, levels, measures, share


def rows() -> ir.Table:
    """Lines by month; a month without usage is not over, and its lines are no ground to divide by."""
    table = lines.line_month()
    return table.mutate(
        doubled_lines=(table.at_start + table.at_end) * table.used_month,
        data_users=((table.data_mb > 0) & (table.at_end > 0)).cast("int64"),
        users=(table.minutes + table.data_mb + table.messages > 0).cast("int64"),
        voice_users=((table.minutes > 0) & (table.at_end > 0)).cast("int64"),
    )


cubes.add(
    "usage",
    Cube(
        "usage",
        _("Usage"),
        _("Minutes, messages and data; use for each subscriber; who uses what."),
        "activity",
        levels(SERVICE, PLAN, TIER, KIND),
        (
            *(
                Part(name)
                for name in ("minutes", "messages", "data_mb", "roaming_days", "faults", "doubled_lines")
            ),
            Part("data_users", Over.LAST),
            Part("voice_users", Over.LAST),
            Part("at_end", Over.LAST),
            Part("users", Over.DISTINCT),
        ),
        measures(
            count("minutes", _("Minutes"), _("min"), _("Minutes of calls.")),
            count("messages", _("Messages"), "", _("Messages sent.")),
            count("data_mb", _("Data"), "MB", _("Data used.")),
            Measure(
                "mou",
                "MOU",
                (("minutes", 1),),
                (("doubled_lines", 1),),
                Decimal(2),
                _("min"),
                1,
                _("Minutes ÷ mean of the subscribers at the start and end of each month."),
                1,
            ),
            Measure(
                "dou",
                "DOU",
                (("data_mb", 1),),
                (("doubled_lines", 1),),
                Decimal(2),
                "MB",
                1,
                _("Data ÷ mean of the subscribers at the start and end of each month."),
                1,
            ),
            count("roaming_days", _("Roaming days"), _("days"), _("Days on which a line roamed.")),
            count(
                "faults",
                _("Faults"),
                "",
                _("Dropped calls of mobile lines, faults of fixed ones."),
                better=-1,
            ),
            share(
                "data_share",
                _("Lines that use data"),
                ("data_users", "at_end"),
                _("Lines in use at the end that used data in the last month."),
                better=1,
            ),
            share(
                "voice_share",
                _("Lines that call"),
                ("voice_users", "at_end"),
                _("Lines in use at the end that called in the last month."),
                better=1,
            ),
            count(
                "users",
                _("Customers using"),
                _("customers"),
                _("Different customers who used anything in the period."),
            ),
        ),
        rows,
        lines.FACTS,
        lines.DIMENSIONS,
        back=lines.BACK,
    ),
    order=30,
)
