"""Data and value-added services: who takes them, who uses them, how their life goes, which partner provides them."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.olap import lines
from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.details import Common
from loopline.olap.shared import HUNDRED, PRODUCT, SERVICE, TIER, amount, count, levels, measures, share
from loopline.olap.stars import at, current, lake, with_customer

_TAKERS, _CUSTOMERS = _("takers"), _("customers")
_MONEY = "decimal(18, 2)"
NEW_FOR = 6
"""Months after its first taker in which a service counts as introduced."""
STEADY = 5
"""Percent by which its takers may change in three months while it counts as mature."""
STAGES = {
    "introduced": _("Introduced"),
    "growing": _("Growing"),
    "mature": _("Mature"),
    "declining": _("Declining"),
}
AGES = {
    "0": _("in the first month"),
    "1-3": _("1–3 months"),
    "4-6": _("4–6 months"),
    "7-12": _("7–12 months"),
    "13+": _("longer than a year"),
}
VAS = Level("vas", _("Value-added service"), PRODUCT, "vas", labels="vas")
OWN = "own"
PARTNER = Level("partner", _("Partner"), PRODUCT, "partner", labels={OWN: _("Own services")})
STAGE = Level("stage", _("Stage of life"), PRODUCT, "stage", labels=STAGES)
AGE = Level("taken_for", _("Taken for"), PRODUCT, "taken_for", labels=AGES)

_KEYS = ("month", "subscription_id", "vas")
_HELD = ("at_start", "takers", "taken", "dropped")
_USED = ("uses", "bytes")


def _takings() -> ir.Table:
    """Add-ons of lines by their code, with their first day and the day on which they or their line ended."""
    extras = current("dim_offering")
    extras = extras.filter(extras.kind == "add_on").select(
        "offering_id", vas=extras.code, fee=extras.monthly_fee
    )
    ends = current("dim_subscription").select(
        "subscription_id", line_ended=current("dim_subscription").ended_on
    )
    taken = lake("fact_add_on").inner_join(extras, "offering_id").left_join(ends, "subscription_id")
    never = ibis.date("9999-12-31")
    ended = ibis.least(taken.ended_on.fill_null(never), taken.line_ended.fill_null(never))
    return taken.select(
        "subscription_id", "vas", "started_on",
        ended=ended, fee=taken.monthly_fee.fill_null(taken.fee).cast(_MONEY),
    )  # fmt: skip


def _held() -> ir.Table:
    """Lines with a service in a month: whether they had it at its start and end, and took or dropped it in it."""
    pairs = _takings().cross_join(lines.months())
    after = (pairs.month + ibis.interval(months=1)).cast("date")
    pairs = pairs.filter(pairs.started_on < after, pairs.ended >= pairs.month)
    at_end = (pairs.ended >= after).cast("int64")
    told = pairs.mutate(
        at_start=(pairs.started_on < pairs.month).cast("int64"),
        takers=at_end,
        taken=(pairs.started_on >= pairs.month).cast("int64"),
        dropped=1 - at_end,
        fees=pairs.fee * at_end,
    )
    return told.group_by(*_KEYS).aggregate(
        **{name: told[name].sum().cast("int64") for name in _HELD},
        fees=told.fees.sum().cast(_MONEY),
        since=told.started_on.max(),
    )


def _uses() -> ir.Table:
    """Uses of services by lines in a month, from the records."""
    used = lake("fact_usage_month_service")
    return used.group_by("month", "subscription_id", vas=used.vas.upper()).aggregate(
        uses=used.events.sum().cast("int64"),
        bytes=used.bytes.sum().cast("int64"),
        charges=used.charge.sum().cast(_MONEY),
    )


def _both() -> ir.Table:
    """Lines by service and month that had it or used it, each once."""
    held, used = _held(), _uses()
    nothing = ibis.literal(0, "int64")
    columns = (*_KEYS, *_HELD, "fees", "since", *_USED, "charges")
    all_held = held.mutate(**dict.fromkeys(_USED, nothing), charges=ibis.literal(0).cast(_MONEY))
    all_used = used.mutate(
        **dict.fromkeys(_HELD, nothing), fees=ibis.literal(0).cast(_MONEY), since=ibis.null("date")
    )
    every = ibis.union(all_held.select(*columns), all_used.select(*columns))
    return every.group_by(*_KEYS).aggregate(
        **{name: every[name].sum().cast("int64") for name in (*_HELD, *_USED)},
        **{name: every[name].sum().cast(_MONEY) for name in ("fees", "charges")},
        since=every.since.max(),
    )


def _stages() -> ir.Table:
    """Where each service stands in its life in a month: by the months since its first taker, then by its takers
    against those three months before."""
    began = _takings()
    first = began.group_by("vas").aggregate(launched=began.started_on.min().truncate("M").cast("date"))
    held = _held()
    now = held.group_by("vas", "month").aggregate(takers=held.takers.sum())
    before = now.select(
        vas=now.vas, month=(now.month + ibis.interval(months=3)).cast("date"), takers_before=now.takers
    )
    known = now.left_join(before, ["vas", "month"]).select("vas", "month", "takers", "takers_before")
    known = known.inner_join(first, "vas")
    change = (known.takers - known.takers_before) * 100
    steady = known.takers_before * STEADY
    is_new = known.month < known.launched + ibis.interval(months=NEW_FOR)
    stage = ibis.cases(
        (is_new, "introduced"),
        (known.takers_before.isnull() | (change > steady), "growing"),
        (change < -steady, "declining"),
        else_="mature",
    )
    return known.select("vas", "month", stage=stage)


def _recorded() -> ir.Table:
    """The services of which there are usage records, in each month that has any."""
    used = lake("fact_usage_month_service")
    names = used.select(vas=used.vas.upper()).distinct()
    return names.cross_join(used.select("month").distinct()).mutate(is_known=ibis.literal(1, "int64"))


def _lives() -> ir.Table:
    """Where each service stands in its life in a month, and whether its use is recorded."""
    stages = _stages().mutate(is_known=ibis.literal(0, "int64"))
    columns = ("month", "vas", "stage", "is_known")
    recorded = _recorded().mutate(stage=ibis.null("string"))
    both = ibis.union(stages.select(*columns), recorded.select(*columns))
    return both.group_by("month", "vas").aggregate(stage=both.stage.max(), is_known=both.is_known.max())


LIVES = Common(
    "service_month",
    _("Data and value-added services by month: their stage of life, and whether their use is recorded."),
    _lives,
    ("fact_add_on", "fact_usage_record", "month_known"),
    ("dim_subscription", "dim_offering"),
    running=True,
    watched=lambda: _takings().select("subscription_id", "vas", "started_on", "ended"),
)


def _partners() -> ir.Table:
    """The partner of each service: as the catalogue says, else as the list of services does, else we ourselves."""
    sold = current("dim_offering")
    sold = sold.filter(sold.kind == "add_on")
    listed = lake("dim_vas")
    both = ibis.union(
        sold.select(vas=sold.code, partner=sold.partner.nullif(""), place=ibis.literal(0)),
        listed.select(vas=listed.vas.upper(), partner=listed.partner.nullif(""), place=ibis.literal(1)),
    )
    named = both.group_by("vas").aggregate(partner=both.partner.argmin(both.place))
    return named.mutate(partner=named.partner.fill_null(OWN))


def rows() -> ir.Table:
    """Lines by service and month, beside all lines in use, to which takers are compared."""
    told = _both()
    told = told.left_join(_partners(), "vas").drop("vas_right")
    told = told.left_join(LIVES.table(), ["vas", "month"]).drop("vas_right", "month_right")
    held = (told.takers + told.dropped > 0).cast("int64")
    months = told.month.delta(told.since.truncate("M").cast("date"), unit="month")
    taken_for = ibis.cases(
        (held == 0, ibis.null("string")),
        (months <= 0, "0"),
        (months <= 3, "1-3"),
        (months <= 6, "4-6"),
        (months <= 12, "7-12"),
        else_="13+",
    )
    used = (told.uses > 0).cast("int64")
    told = told.mutate(
        taken_for=taken_for,
        active=held * used,
        watched=held * told.is_known.fill_null(0),
        users=used,
        lines_in_use=ibis.literal(0, "int64"),
    )
    told = at(told, "dim_subscription", "subscription_id", ("customer_id", "branch_id", "service"), few=False)
    told = with_customer(told, few=False)
    columns = (
        "customer_id", "branch_id", "month", "service", "tier", "vas", "partner", "stage", "taken_for",
        *_HELD, "fees", *_USED, "charges", "active", "watched", "users", "lines_in_use",
    )  # fmt: skip
    both = ibis.union(told.select(*columns), _stock().select(*columns))
    return both.mutate(customers=both.takers, active_customers=both.users)


def _stock() -> ir.Table:
    table = lines.line_month()
    nothing = {name: ibis.literal(0, "int64") for name in (*_HELD, *_USED, "active", "watched", "users")}
    money = {name: ibis.literal(0).cast(_MONEY) for name in ("fees", "charges")}
    own = {name: ibis.null("string") for name in ("vas", "partner", "stage", "taken_for")}
    return table.filter(table.at_end > 0).mutate(**own, **nothing, **money, lines_in_use=table.at_end)


cubes.add(
    "services",
    Cube(
        "services",
        _("Data services"),
        _("Data and value-added services: take-up, use, stage of life and partner."),
        "device-analytics",
        levels(VAS, PARTNER, STAGE, AGE, SERVICE, TIER),
        (
            Part("at_start", Over.FIRST),
            Part("takers", Over.LAST),
            *(Part(name) for name in ("taken", "dropped", *_USED, "active", "watched", "users")),
            Part("fees", Over.SUM, "DECIMAL(18,2)"),
            Part("charges", Over.SUM, "DECIMAL(18,2)"),
            Part("lines_in_use", Over.LAST, apart=True),
            Part("customers", Over.DISTINCT),
            Part("active_customers", Over.DISTINCT),
        ),
        measures(
            count(
                "takers",
                _("Takers at the end"),
                _TAKERS,
                _("Lines that have the service at the end of the period, once for each service."),
            ),
            count(
                "taken",
                pgettext_lazy("service", "Taken up"),
                _TAKERS,
                _("Services that were taken in the period."),
                better=1,
            ),
            count(
                "dropped",
                pgettext_lazy("service", "Given up"),
                _TAKERS,
                _("Services that were given up in the period, or ended with their line."),
                better=-1,
            ),
            share(
                "drop_rate",
                _("Drop rate"),
                ("dropped", "at_start"),
                _("Dropped ÷ takers at the start."),
                better=-1,
            ),
            Measure(
                "penetration",
                _("Takers per 100 lines"),
                (("takers", 1),),
                (("lines_in_use", 1),),
                HUNDRED,
                "",
                2,
                _("Takers at the end ÷ 100 lines in use then."),
                1,
            ),
            share(
                "active_rate",
                _("Active takers"),
                ("active", "watched"),
                _(
                    "Takers who used it at least once in a month ÷ takers, where there are usage records of it."
                ),
                better=1,
            ),
            count("uses", _("Uses"), "", _("Uses in the usage records, by takers and others.")),
            Measure(
                "uses_per_user",
                _("Uses per user"),
                (("uses", 1),),
                (("users", 1),),
                decimals=1,
                about=_("Uses ÷ lines that used it, month by month."),
                better=1,
            ),
            amount(
                "fees", _("Monthly fees"), _("Monthly fees of the takers at the end of each month."), better=1
            ),
            amount("charges", _("Charges for use"), _("What the usage records charge for uses."), better=1),
            count(
                "customers",
                _("Customers with services"),
                _CUSTOMERS,
                _("Different customers who had a service at the end of a month."),
            ),
            count(
                "active_customers",
                _("Customers using services"),
                _CUSTOMERS,
                _("Different customers who used a service."),
            ),
        ),
        rows,
        ("fact_add_on", "fact_usage_record", "service_month", *lines.FACTS),
        lines.DIMENSIONS,
        running=True,
        details=(LIVES,),
        own=("vas", "partner", "stage", "taken_for"),
    ),
    order=45,
)
