"""Key and group customers: lines of organisations, of their members, and of persons whom somebody looks after."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.olap import lines
from loopline.olap.definitions import UNITS, Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import MONEY_UNIT, SERVICE, TIER, amount, count, levels, measures, share
from loopline.olap.stars import at, current, lake

_KEYS = ("month", "subscription_id")
_NUMBERS = ("at_start", "at_end", "joined", "lost", "bills")
_GROUP = _("Group customers")
ROLES = {
    "organisation": _("The organisation itself"),
    "member": _("Members of groups"),
    "person": _("Key account persons"),
}
ROLE = Level("role", _("Key or group customer"), _GROUP, "role", labels=ROLES)
GRADE = Level("grade", _("Grade of the group"), _GROUP, "grade")
INDUSTRY = Level("industry", _("Industry"), _GROUP, "industry")
GROUP = Level("group", _("Group customer"), _GROUP, "group_number", above="grade", labels="group")
MANAGER = Level("manager", _("Account manager"), _GROUP, "manager", labels="staff")


def _belonging() -> ir.Table:
    """The group that each line belongs to at the end of a month: the organisation's own lines before members'."""
    table = lines.line_month().select(*_KEYS, "customer_id")
    groups = current("dim_group").select("group_id", "customer_id")
    own = table.inner_join(groups, "customer_id").select(
        *_KEYS, "group_id", role=ibis.literal("organisation"), place=ibis.literal(0, "int64")
    )
    told = lake("fact_group_member").select(
        "member_id", "group_id", "since", "until", who="customer_id", line="subscription_id"
    )
    joined = table.inner_join(told, [table.customer_id == told.who, *_held(table, told)])
    joined = joined.filter(joined.line.isnull() | (joined.line == joined.subscription_id))
    members = joined.select(
        *_KEYS, "group_id", role=ibis.literal("member"), place=joined.member_id.cast("int64")
    )
    both = ibis.union(own, members)
    return both.group_by(*_KEYS).aggregate(
        group_id=both.group_id.argmin(both.place), role=both.role.argmin(both.place)
    )


def _charged() -> ir.Table:
    """Who looks after each line's customer at the end of a month."""
    table = lines.line_month().select(*_KEYS, "customer_id")
    told = lake("fact_charge").select("charge_id", "staff_id", "since", "until", who="customer_id")
    joined = table.inner_join(told, [table.customer_id == told.who, *_held(table, told)])
    return joined.group_by(*_KEYS).aggregate(manager=joined.staff_id.argmax(joined.charge_id).cast("string"))


def _held(table: ir.Table, told: ir.Table) -> list[ir.BooleanValue]:
    """What has a first and a last day holds on the last day of the month."""
    after = table.month + ibis.interval(months=1)
    return [told.since < after, told.until.isnull() | (told.until + ibis.interval(days=1) >= after)]


def rows() -> ir.Table:
    """Lines by month of whoever is a group customer, a member of one, or in somebody's charge."""
    table = lines.line_month()
    told = table.left_join(_belonging(), list(_KEYS)).drop("month_right", "subscription_id_right")
    told = told.left_join(_charged(), list(_KEYS)).drop("month_right", "subscription_id_right")
    told = told.filter(told.group_id.notnull() | told.manager.notnull())
    numbers = current("dim_group").select("group_id", group_number=current("dim_group").number)
    told = told.left_join(numbers, "group_id").drop("group_id_right")
    told = at(told, "dim_group", "group_id", ("grade", "industry"))
    present = (told.at_end > 0).cast("int64")
    role = told.role.fill_null("person")
    return told.select(
        "customer_id", "branch_id", "month", *UNITS, "grade", "industry", "group_number", "manager", "service",
        "tier", *_NUMBERS,
        role=role,
        revenue=told.amount,
        organisations=present * (role == "organisation").cast("int64"),
        members=present * (role == "member").cast("int64"),
        customers=present,
    )  # fmt: skip


cubes.add(
    "keyaccounts",
    Cube(
        "keyaccounts",
        _("Key and group customers"),
        _("Groups, their members and key account persons: lines, losses and what they bring."),
        "building-community",
        levels(GRADE, GROUP, INDUSTRY, ROLE, MANAGER, SERVICE, TIER),
        (
            Part("at_start", Over.FIRST),
            Part("at_end", Over.LAST),
            *(Part(name) for name in ("joined", "lost", "bills")),
            Part("revenue", Over.SUM, "DECIMAL(18,2)"),
            *(Part(name, Over.DISTINCT) for name in ("organisations", "members", "customers")),
        ),
        measures(
            amount("revenue", _("Revenue"), _("Billed: fee + usage − discount."), better=1),
            count("at_end", _("Lines at the end"), _("lines"), _("Lines in use at the end of the period.")),
            count(
                "organisations",
                _("Group customers"),
                _("groups"),
                _("Different organisations with a line in use at the end of a month."),
                better=1,
            ),
            count(
                "members",
                _("Members"),
                _("customers"),
                _("Different customers who were members of a group at the end of a month."),
                better=1,
            ),
            count(
                "customers",
                _("Customers"),
                _("customers"),
                _("Different key and group customers with a line in use at the end of a month."),
            ),
            count("joined", _("New subscribers"), _("lines"), _("Lines activated in the period."), better=1),
            count(
                "lost",
                _("Lost subscribers"),
                _("lines"),
                _("Lines ended in the period; whoever only changed his number is not lost."),
                better=-1,
            ),
            share(
                "lost_rate",
                _("Churn rate"),
                ("lost", "at_start"),
                _("Lost ÷ subscribers at the start."),
                better=-1,
            ),
            Measure(
                "revenue_per_bill",
                _("Mean bill"),
                (("revenue", 1),),
                (("bills", 1),),
                unit=MONEY_UNIT,
                decimals=2,
                about=_("Revenue ÷ bills."),
                better=1,
            ),
        ),
        rows,
        ("fact_group_member", "fact_charge", *lines.FACTS),
        (*lines.DIMENSIONS, "dim_group"),
        running=True,
        whole=("dim_group",),
    ),
    order=88,
)
