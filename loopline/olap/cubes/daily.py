"""Every day: who comes and leaves, what is paid, said and ordered, as flows of single days."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.interactions.api import Channel
from loopline.olap import lines
from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import MONEY_UNIT, SERVICE, amount, count, daily, measures
from loopline.olap.stars import at, current, lake

_LINES = _("lines")
_MONEY = "decimal(18, 2)"
_COUNTS = ("joined", "lost", "payments", "contacts", "complaints", "order_items")
CHANNEL = Level(
    "channel", pgettext_lazy("contact", "Channel"), _("Contact"), "channel", labels=dict(Channel.choices)
)


def rows() -> ir.Table:
    """Things that happened on a day, each with the one number that it counts in, in the months of the other cubes."""
    flows = ibis.union(_moves("joined"), _moves("lost"), _payments(), _contacts(), _order_items())
    known = flows.semi_join(lines.months(), "month")
    active = ibis.or_(*(known[name] > 0 for name in ("payments", "contacts", "order_items")))
    return known.mutate(customers=active.cast("int64"))


def _flow(
    facts: ir.Table, day: ir.Value, name: str, amount: ir.Value | None = None, **codes: ir.Value
) -> ir.Table:
    """Facts as flows of their day: each counts once in `name`, and in complaints where it is one."""
    numbers = {one: ibis.literal(int(one == name), "int64") for one in _COUNTS}
    if name == "contacts":
        numbers["complaints"] = (facts.kind == "complaint").cast("int64")
    paid = ibis.literal(0) if amount is None else amount
    told = {code: codes.get(code, ibis.null("string")) for code in ("service", "channel")}
    return facts.filter(day.notnull()).select(
        "customer_id", "branch_id", month=day.truncate("M").cast("date"), day=day, **told, **numbers,
        paid=paid.cast(_MONEY),
    )  # fmt: skip


def _moves(name: str) -> ir.Table:
    """Lines that came or went on a day, told as they were at the end of its month."""
    held = current("dim_subscription")
    held = held.filter(held.state != "pre_provisioned")
    day = held.started_on if name == "joined" else held.ended_on
    if name == "lost":
        held = held.filter(held.end_reason.fill_null("") != lines.KEPT_NUMBER)
    facts = held.select("subscription_id", day=day, month=day.truncate("M").cast("date"))
    facts = facts.filter(facts.day.notnull())
    told = at(
        facts, "dim_subscription", "subscription_id", ("customer_id", "branch_id", "service"), few=False
    )
    return _flow(told, told.day, name, service=told.service)


def _payments() -> ir.Table:
    paid = lake("fact_payment")
    return _flow(paid, paid.paid_on, "payments", paid.amount)


def _contacts() -> ir.Table:
    """Contacts that customers made, with the service of the line that they were about, where one was named."""
    contacts = lake("fact_interaction")
    contacts = contacts.filter(contacts.kind.notin(("note", "campaign")))
    services = current("dim_subscription").select("subscription_id", "service")
    told = contacts.left_join(services, "subscription_id").drop("subscription_id_right")
    return _flow(told, told.on_day, "contacts", service=told.service, channel=told.channel)


def _order_items() -> ir.Table:
    items = lake("fact_order_item")
    return _flow(items, items.created_on, "order_items", service=items.service, channel=items.channel)


cubes.add(
    "daily",
    Cube(
        "daily",
        _("Every day"),
        _("Flows by day: lines that came and went, payments, contacts, complaints and orders."),
        "calendar-event",
        daily(SERVICE, CHANNEL),
        (
            *(Part(name) for name in _COUNTS),
            Part("paid", Over.SUM, "DECIMAL(18,2)"),
            Part("customers", Over.DISTINCT),
        ),
        measures(
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
            amount("paid", _("Paid"), _("Payments received in the period."), better=1),
            count("payments", _("Payments"), "", _("How often something was paid.")),
            Measure(
                "mean_payment",
                _("Mean payment"),
                (("paid", 1),),
                (("payments", 1),),
                unit=MONEY_UNIT,
                decimals=2,
                about=_("Paid ÷ payments."),
            ),
            count(
                "contacts", _("Contacts"), "", _("Contacts that customers made, without campaigns and notes.")
            ),
            count("complaints", _("Complaints"), "", _("Contacts that are complaints."), better=-1),
            count("order_items", _("Order items"), "", _("Items of orders taken in.")),
            count(
                "customers",
                _("Customers seen"),
                _("customers"),
                _("Different customers who paid, turned to us or ordered."),
            ),
        ),
        rows,
        ("fact_payment", "fact_interaction", "fact_order_item", "dim_subscription", *lines.FACTS),
        lines.DIMENSIONS,
    ),
    order=90,
)
