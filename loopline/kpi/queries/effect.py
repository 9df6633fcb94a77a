"""The effect of a campaign, read from the warehouse."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from loopline.campaigns.api import Arm, Campaign, Goal
from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.kpi.rules.effect import ArmCounts, Measured, Terms, measure
from loopline.warehouse import api as warehouse

COUNTS = """
SELECT f.wave, f.cell, f.arm, count(*) AS drawn,
       count(*) FILTER (over) AS settled,
       count(*) FILTER (over AND (s.ended_on IS NULL OR s.ended_on > f.window_ends_on)) AS retained,
       count(*) FILTER (over AND s.retention_offering_id = $offering
                        AND s.retention_since BETWEEN f.planned_on AND f.window_ends_on) AS taken_up,
       count(*) FILTER (over AND f.contacted_at IS NOT NULL) AS contacts,
       count(*) FILTER (over AND f.answer = 'accepted') AS accepted,
       coalesce(sum(f.value_at_start) FILTER (over), 0) AS value
FROM (SELECT *, window_ends_on < $as_of AS over FROM fact_campaign_contact
      WHERE campaign_id = $campaign AND arm <> 'excluded') f
JOIN dim_subscription s ON s.subscription_id = f.subscription_id AND s.is_current
GROUP BY GROUPING SETS ((f.arm), (f.wave, f.arm), (f.cell, f.arm))
"""
"""Every drawn member counts in the arm he was drawn for, reached or not. `over`: the window ended before the load."""

NEWEST_DAY = """
SELECT max(day) FROM (SELECT max(paid_on) AS day FROM fact_payment UNION ALL SELECT max(on_day) FROM fact_interaction)
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Members that are judged together: all, one wave, or one cell of the matrix."""

    wave: int | None
    cell: str | None
    treatment: ArmCounts
    control: ArmCounts
    drawn: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the warehouse says of a campaign; `as_of` is the operator's day of its load.

    `goals` begins with the campaign's own; `waves` and `cells` are measured by it.
    """

    as_of: date
    drawn: int
    goals: list[Measured]
    waves: list[tuple[int, Measured]]
    cells: list[tuple[str, Measured]]


def effect_of(actor: Actor, campaign: Campaign) -> Report | None:
    """The measured effect, or None while the warehouse knows nothing of the campaign.

    Outcomes are as fresh as the last load: a window counts as over only when it ended before the day of the load.
    """
    require(actor, "campaigns.view")
    load = warehouse.latest_load()
    if load is None or load.finished_at is None:
        return None
    loaded_on = clock.local_day(load.finished_at, actor.zone)
    try:
        with warehouse.reader(campaign.tenant_id) as lake:
            as_of = max(loaded_on, _newest_day(lake) or loaded_on)
            groups = _groups(lake, campaign, as_of)
    except warehouse.NotLoaded:
        return None
    total = next((group for group in groups if group.wave is None and group.cell is None), None)
    if total is None:
        return None
    terms, goal = _terms(campaign), campaign.goal
    others = [other for other in Goal.values if other != goal and campaign.offering_id]
    return Report(
        as_of=as_of,
        drawn=total.drawn,
        goals=[measure(each, total.treatment, total.control, terms) for each in [goal, *others]],
        waves=[
            (group.wave, measure(goal, group.treatment, group.control, terms))
            for group in groups
            if group.wave is not None
        ],
        cells=[
            (group.cell, measure(goal, group.treatment, group.control, terms))
            for group in groups
            if group.cell is not None
        ],
    )


def _terms(campaign: Campaign) -> Terms:
    offering = campaign.offering
    if offering is None:
        return Terms(contact_cost=campaign.contact_cost)
    return Terms(offering.monthly_fee, offering.monthly_cost, offering.term_months, campaign.contact_cost)


def _newest_day(lake: DuckDBPyConnection) -> date | None:
    """The newest day of which facts tell: a simulated operator may live ahead of the calendar."""
    row = lake.execute(NEWEST_DAY).fetchone()
    return row[0] if row else None


def _groups(lake: DuckDBPyConnection, campaign: Campaign, as_of: date) -> list[Group]:
    asked: dict[str, Any] = {
        "campaign": campaign.pk,
        "offering": campaign.offering_id or 0,
        "as_of": as_of,
    }
    rows = lake.execute(COUNTS, asked).fetchall()
    found: dict[tuple[int | None, str | None], dict[str, tuple[int, ArmCounts]]] = {}
    for wave, cell, arm, drawn, *counted in rows:
        found.setdefault((wave, cell), {})[arm] = (drawn, ArmCounts(*counted))
    nobody = (0, ArmCounts())
    return [
        Group(
            wave,
            cell,
            treatment=arms.get(Arm.TREATMENT.value, nobody)[1],
            control=arms.get(Arm.CONTROL.value, nobody)[1],
            drawn=sum(drawn for drawn, _counts in arms.values()),
        )
        for (wave, cell), arms in sorted(found.items(), key=lambda item: (item[0][0] or 0, item[0][1] or ""))
    ]
