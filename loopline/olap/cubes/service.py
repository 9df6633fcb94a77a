"""Service: why customers turn to us, on which way, and how soon it is settled."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.interactions.api import Channel, InteractionKind
from loopline.olap import lines
from loopline.olap.definitions import UNITS, Cube, Level, Measure, Over, Part, cubes
from loopline.olap.details import Detail
from loopline.olap.shared import KIND, TEN_THOUSAND, TIER, count, levels, measures, share
from loopline.olap.stars import lake, with_customer, with_units

_CONTACT = _("Contact")
REASON = Level("reason", _("Reason"), _CONTACT, "reason", labels=dict(InteractionKind.choices))
CHANNEL = Level(
    "channel", pgettext_lazy("contact", "Channel"), _CONTACT, "channel", labels=dict(Channel.choices)
)
TOPIC = Level("topic", _("Topic"), _CONTACT, "topic", above="reason")
_NUMBERS = (
    "contacts",
    "enquiries",
    "complaints",
    "fault_reports",
    "settled",
    "days_to_settle",
    "doubled_lines",
)


def _contacts() -> ir.Table:
    """Contacts with customers, one by one."""
    contacts = lake("fact_interaction")
    contacts = contacts.filter(contacts.kind.notin(("note", "campaign")))
    told = {
        "contacts": ibis.literal(1, "int64"),
        "enquiries": (contacts.kind == "enquiry").cast("int64"),
        "complaints": (contacts.kind == "complaint").cast("int64"),
        "fault_reports": (contacts.kind == "fault").cast("int64"),
        "settled": contacts.resolved_on.notnull().cast("int64"),
        "days_to_settle": contacts.resolved_on.delta(contacts.on_day, unit="day").fill_null(0).cast("int64"),
        "doubled_lines": ibis.literal(0, "int64"),
    }
    facts = contacts.select(
        "customer_id", "branch_id", "channel", "topic",
        month=contacts.on_day.truncate("M").cast("date"), reason=contacts.kind, **told,
    )  # fmt: skip
    told = with_units(with_customer(facts))
    return told.mutate(
        callers=(told.contacts > 0).cast("int64"), complainers=(told.complaints > 0).cast("int64")
    )


CONTACTS = Detail(
    "contact_detail",
    _("Contacts of customers, one by one."),
    _contacts,
    ("fact_interaction",),
    ("dim_customer", "dim_unit"),
)


def rows() -> ir.Table:
    """The contacts, beside the lines in use, to which complaints are compared."""
    facts, table = CONTACTS.table(), lines.line_month()
    nobody = ibis.literal(0, "int64")
    beside = {name: ibis.literal(0, "int64") for name in _NUMBERS[:-1]}
    stock = table.select(
        "customer_id", "branch_id", "month", "tier", "kind", *UNITS,
        channel=ibis.null("string"), topic=ibis.null("string"), reason=ibis.null("string"),
        **beside, callers=nobody, complainers=nobody, doubled_lines=table.at_start + table.at_end,
    )  # fmt: skip
    return ibis.union(*(part.select(*sorted(facts.columns)) for part in (facts, stock)))


cubes.add(
    "service",
    Cube(
        "service",
        _("Customer service"),
        _("Contacts, complaints and faults by reason, channel and topic, and how they are settled."),
        "headset",
        levels(REASON, TOPIC, CHANNEL, TIER, KIND),
        (
            *(Part(name, apart=name == "doubled_lines") for name in _NUMBERS),
            Part("callers", Over.DISTINCT),
            Part("complainers", Over.DISTINCT),
        ),
        measures(
            count(
                "contacts", _("Contacts"), "", _("Contacts that customers made, without campaigns and notes.")
            ),
            count("enquiries", _("Enquiries")),
            count("complaints", _("Complaints"), "", _("Contacts that are complaints."), better=-1),
            count("fault_reports", _("Fault reports"), "", _("Contacts that report a fault."), better=-1),
            Measure(
                "complaint_rate",
                _("Complaint rate"),
                (("complaints", 1),),
                (("doubled_lines", 1),),
                TEN_THOUSAND * 2,
                "‱",
                2,
                _("Complaints ÷ 10,000 subscribers (mean of start and end of each month)."),
                -1,
            ),
            Measure(
                "contact_rate",
                _("Contacts per 100 lines"),
                (("contacts", 1),),
                (("doubled_lines", 1),),
                TEN_THOUSAND / 50,
                "",
                2,
                _("Contacts ÷ 100 subscribers (mean of start and end of each month)."),
                -1,
            ),
            share(
                "settled_rate",
                _("Settled"),
                ("settled", "contacts"),
                _("Contacts that are noted as settled ÷ contacts."),
                better=1,
            ),
            Measure(
                "mean_days",
                _("Days to settle"),
                (("days_to_settle", 1),),
                (("settled", 1),),
                unit=_("days"),
                decimals=1,
                about=_("Mean days from contact to settlement."),
                better=-1,
            ),
            count(
                "callers",
                _("Customers in contact"),
                _("customers"),
                _("Different customers who turned to us."),
            ),
            count(
                "complainers",
                _("Customers who complained"),
                _("customers"),
                _("Different customers who complained."),
                better=-1,
            ),
        ),
        rows,
        ("fact_interaction", *lines.FACTS),
        lines.DIMENSIONS,
        back=lines.BACK,
        details=(CONTACTS,),
        own=("reason", "topic", "channel"),
    ),
    order=70,
)
