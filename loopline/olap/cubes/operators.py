"""Other operators: calls and messages with their numbers, from the usage records."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PLAN, SERVICE, TIER, count, levels, measures, share
from loopline.olap.stars import at, lake, offerings, with_customer

OWN = "own"
_COUNTS = ("calls_out", "calls_in", "messages_out", "messages_in")
_MINUTES = ("minutes_out", "minutes_in", "minutes", "other_out", "other_in")
_MONEY = "decimal(18, 2)"
NAMES = {
    OWN: _("Own network"),
    "mobile": _("China Mobile"),
    "unicom": _("China Unicom"),
    "telecom": _("China Telecom"),
    "broadnet": _("China Broadnet"),
}
OPERATOR = Level("operator", _("Operator"), _("Market"), "operator", labels=NAMES)


def rows() -> ir.Table:
    """Lines by month and operator of the other party; `own` for ours."""
    facts = lake("fact_usage_month_operator")
    facts = facts.mutate(operator=facts.operator.nullif(""))
    is_other = facts.operator.fill_null("") != OWN
    minutes_out, minutes_in = _minutes(facts.seconds_out), _minutes(facts.seconds_in)
    nothing = ibis.literal(0).cast(_MONEY)
    told = facts.mutate(
        minutes_out=minutes_out,
        minutes_in=minutes_in,
        minutes=minutes_out + minutes_in,
        other_out=is_other.ifelse(minutes_out, nothing),
        other_in=is_other.ifelse(minutes_in, nothing),
        callers=(is_other & (facts.calls_out > 0)).cast("int64"),
    )
    told = at(
        told, "dim_subscription", "subscription_id", ("customer_id", "branch_id", "service", "offering_id"),
        few=False,
    )  # fmt: skip
    told = told.left_join(offerings(), "offering_id").drop("offering_id_right")
    return with_customer(told, few=False)


def _minutes(seconds: ir.IntegerValue) -> ir.DecimalValue:
    """Minutes to two decimals, so that they add up whatever is added first."""
    return (seconds / 60).round(2).cast(_MONEY)


def _told(name: str, label: object, about: object) -> Measure:
    return Measure(name, label, ((name, 1),), unit=_("min"), about=about)


cubes.add(
    "operators",
    Cube(
        "operators",
        _("Between networks"),
        _("Calls and messages to and from other operators' numbers, by operator and region."),
        "building-broadcast-tower",
        levels(OPERATOR, SERVICE, PLAN, TIER, KIND),
        (
            *(Part(name) for name in _COUNTS),
            *(Part(name, Over.SUM, "DECIMAL(18,2)") for name in _MINUTES),
            Part("callers", Over.DISTINCT),
        ),
        measures(
            _told("minutes_out", _("Minutes called"), _("Minutes of calls that our lines made.")),
            _told("minutes_in", _("Minutes received"), _("Minutes of calls that our lines received.")),
            _told("other_out", _("Minutes to other operators"), _("Calls made to other operators' numbers.")),
            _told(
                "other_in",
                _("Minutes from other operators"),
                _("Calls received from other operators' numbers."),
            ),
            share(
                "other_share",
                _("Share of calls to competitors"),
                ("other_out", "minutes_out"),
                _("Minutes to other operators ÷ all minutes called."),
                better=-1,
            ),
            Measure(
                "balance",
                _("Received ÷ called"),
                (("other_in", 1),),
                (("other_out", 1),),
                decimals=2,
                about=_("Minutes from other operators ÷ minutes to them: above 1 they call us more."),
            ),
            count("calls_out", _("Calls made")),
            count("calls_in", _("Calls received")),
            count("messages_out", _("Messages sent")),
            count("messages_in", _("Messages received")),
            count(
                "callers",
                _("Customers calling competitors"),
                _("customers"),
                _("Different customers who called other operators' numbers."),
            ),
        ),
        rows,
        ("fact_usage_record",),
        ("dim_subscription", "dim_customer", "dim_offering", "dim_unit"),
    ),
    order=65,
)
