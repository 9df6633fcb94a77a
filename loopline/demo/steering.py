"""What the demo operator wants to reach: targets drawn from its own last months, thresholds, who answers for them.

A few are set too high to be reached, so that the board has something to say and somebody something to do.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from loopline.identity.api import Staff
from loopline.kernel.permission import Actor
from loopline.kpi import api as kpi

_QUARTER = """
SELECT place.code, told.what, sum(told.amount)
FROM (
    SELECT branch_id, 'lines' AS what, count(*) AS amount FROM billing_bill
    WHERE month >= %(first)s AND month < %(after)s GROUP BY 1
    UNION ALL SELECT branch_id, 'billed', sum(amount) FROM billing_bill
    WHERE month >= %(first)s AND month < %(after)s GROUP BY 1
    UNION ALL SELECT branch_id, 'data', sum(data_mb) FROM billing_monthlyusage
    WHERE month >= %(first)s AND month < %(after)s GROUP BY 1
    UNION ALL SELECT branch_id, 'minutes', sum(minutes) FROM billing_monthlyusage
    WHERE month >= %(first)s AND month < %(after)s GROUP BY 1
    UNION ALL SELECT branch_id, 'joined', count(*) FROM subscriptions_subscription
    WHERE started_on >= %(first)s AND started_on < %(after)s GROUP BY 1
    UNION ALL SELECT branch_id, 'lost', count(*) FROM subscriptions_subscription
    WHERE ended_on >= %(first)s AND ended_on < %(after)s AND end_reason <> 'number_change' GROUP BY 1
    UNION ALL SELECT branch_id, 'complaints', count(*) FROM interactions_interaction
    WHERE "on" >= %(first)s AND "on" < %(after)s AND kind = 'complaint' GROUP BY 1
) told
JOIN identity_unit unit ON unit.id = told.branch_id
JOIN identity_unit place ON place.level IN ('company', 'city') AND starts_with(unit.path, place.path)
GROUP BY 1, 2
"""
PER_LINE = {
    "arpu": ("billed", 1), "profit": ("billed", 1), "dou": ("data", 1), "mou": ("minutes", 1),
    "new_rate": ("joined", 100), "lost_rate": ("lost", 100), "complaint_rate": ("complaints", 10_000),
}  # fmt: skip
"""Indicators that are a sum over line-months, times a factor."""

OWNERS = {
    "finance": "liqun.chen", "customer": "xiaoyan.lin", "process": "liqun.chen", "learning": "liqun.chen"
}  # fmt: skip
"""Who owns the indicators of a perspective, and is told at last when nobody answers."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A target: `share` of what the unit had in its last quarter where the indicator is one of `PER_LINE`, else it."""

    indicator: str
    unit: str
    share: str
    owner: str = ""


AIMS = (
    *(Aim(code, "DJ", share, "liqun.chen") for code, share in (
        ("arpu", "0.97"), ("profit", "1.04"), ("arrears_rate", "12"), ("recovery_rate", "90"), ("net_additions", "5"),
        ("new_rate", "1"), ("lost_rate", "1.02"), ("mou", "0.98"), ("dou", "1.25"), ("complaint_rate", "1.02"),
        ("first_contact", "35"), ("service_level", "95"), ("order_hours", "4"), ("tasks_in_time", "95"),
        ("use_of_system", "30"), ("plan_progress", "70"), ("open_complaints", "40"),
    )),
    *(Aim(code, city, share, owner) for code, share, owner in (
        ("arpu", "0.98", "xiaoyan.lin"), ("new_rate", "1", "haibo.zhou"), ("lost_rate", "1", "shufen.he"),
        ("complaint_rate", "1", "jianping.guo"), ("dou", "1", "haibo.zhou"),
    ) for city in ("C01", "C02", "C03")),
    *(Aim(code, team, value) for team in ("T-CC1", "T-CC2") for code, value in (
        ("service_level", "95"), ("first_contact", "40"), ("open_complaints", "15"),
    )),
)  # fmt: skip
BOUNDS = (
    ("net_additions", "", "absolute", "0", "-30"),
    ("tasks_overdue", "", "absolute", "3", "8"),
    ("use_of_system", "", "of_target", "0.8", "0.5"),
    ("new_rate", "", "of_target", "0.9", "0.7"),
)
"""Indicator, unit, basis, warning and breach, where they are not the usual ones."""


def set_aims(*, actor: Actor, today: date) -> int:
    """Set them, once; returns how many targets there are new."""
    kpi.set_up(actor=actor)
    if kpi.Target.objects.exists():
        return 0
    indicators = {row.code: row for row in kpi.Indicator.objects.all()}
    people = {row.user_name: row for row in Staff.objects.all()}
    for row in indicators.values():
        kpi.save_indicator(
            actor=actor, code=row.code, changes={"owner_id": people[OWNERS[row.perspective]].pk}
        )
    for code, unit, basis, warn, breach in BOUNDS:
        kpi.set_threshold(
            actor=actor,
            indicator=indicators[code].public_id,
            unit=unit,
            basis=basis,
            warn=warn,
            breach=breach,
        )
    this_month = today.replace(day=1)
    quarter = _quarter(this_month)
    wanted = [(aim, value) for aim in AIMS if (value := _value(aim, quarter)) is not None]
    for aim, value in wanted:
        kpi.set_target(
            actor=actor,
            indicator=indicators[aim.indicator].public_id,
            unit=aim.unit,
            since=_back(this_month, 1),
            value=round(value, indicators[aim.indicator].decimals),
            spread="none",
            owner=people[aim.owner].public_id if aim.owner else None,
        )
    return len(wanted)


def _value(aim: Aim, quarter: dict[tuple[str, str], Decimal]) -> Decimal | None:
    """The figure to reach; None where the unit has no history to draw it from."""
    if aim.indicator not in PER_LINE:
        return Decimal(aim.share)
    what, factor = PER_LINE[aim.indicator]
    lines, amount = quarter.get((aim.unit, "lines")), quarter.get((aim.unit, what))
    return amount / lines * factor * Decimal(aim.share) if lines and amount else None


def _quarter(this_month: date) -> dict[tuple[str, str], Decimal]:
    """Sums by unit over the three months before the last full one."""
    with connection.cursor() as cursor:
        cursor.execute(_QUARTER, {"first": _back(this_month, 4), "after": _back(this_month, 1)})
        return {(code, what): Decimal(amount) for code, what, amount in cursor.fetchall()}


def _back(month: date, count: int) -> date:
    for _each in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
