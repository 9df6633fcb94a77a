"""Measured effects, indicators and breaches for programs."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from loopline.campaigns import api as campaigns
from loopline.campaigns.api import effect
from loopline.identity.api import Unit
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, caller, require
from loopline.kpi import api
from loopline.kpi.models import Indicator
from loopline.kpi.queries import breaches
from loopline.kpi.queries import effect as queries
from loopline.kpi.queries.book import Standing, indicators, open_book, period_shown
from loopline.kpi.queries.tree import Tree, tree, unit_shown
from loopline.kpi.rules.effect import Measured
from loopline.kpi.rules.forecast import CannotTell, Forecast
from loopline.kpi.schemas import (
    BreachOut,
    BreachStepOut,
    DefinitionSet,
    IndicatorOut,
    IndicatorStandingOut,
    StandingOut,
    TargetIn,
    ThresholdIn,
    TrendPoint,
)

router = Router()


class MeasuredOut(Schema):
    """A goal's effect. Where `status` is too_early the figures are null and `needed` members of each arm
    with a finished window are missing."""

    goal: str
    status: str
    needed: int
    treated: int
    treated_successes: int
    control: int
    control_successes: int
    uplift: float | None = None
    low: float | None = None
    high: float | None = None
    incremental_margin: Decimal | None = None
    cost: Decimal | None = None
    net: Decimal | None = None
    net_low: Decimal | None = None
    net_high: Decimal | None = None


class EffectGroupOut(Schema):
    """The effect in one wave or cell."""

    wave: int | None = None
    cell: str | None = None
    measured: MeasuredOut


class EffectOut(Schema):
    """What the warehouse says of a campaign; `as_of` is null while it knows nothing of it."""

    as_of: date | None
    goals: list[MeasuredOut]
    waves: list[EffectGroupOut]
    cells: list[EffectGroupOut]


@router.get("/effects/{campaign}", response=EffectOut)
def effect_of_campaign(request: HttpRequest, campaign: UUID) -> EffectOut:
    """The measured effect of a campaign, its own goal first."""
    actor = caller(request)
    report = queries.effect_of(actor, campaigns.get_campaign(actor, campaign))
    if report is None:
        return EffectOut(as_of=None, goals=[], waves=[], cells=[])
    return EffectOut(
        as_of=report.as_of,
        goals=[_out(measured) for measured in report.goals],
        waves=[EffectGroupOut(wave=wave, measured=_out(measured)) for wave, measured in report.waves],
        cells=[EffectGroupOut(cell=cell, measured=_out(measured)) for cell, measured in report.cells],
    )


def _out(measured: Measured) -> MeasuredOut:
    found, worth = measured.found, measured.worth
    made = MeasuredOut(
        goal=measured.goal,
        status="too_early" if isinstance(found, effect.TooEarly) else "measured",
        needed=found.needed if isinstance(found, effect.TooEarly) else 0,
        treated=measured.treatment.settled,
        treated_successes=measured.treatment.successes(measured.goal),
        control=measured.control.settled,
        control_successes=measured.control.successes(measured.goal),
    )
    if isinstance(found, effect.Effect) and worth is not None:
        made.uplift, made.low, made.high = found.uplift, found.low, found.high
        made.incremental_margin, made.cost = worth.incremental.amount, worth.cost
        made.net, made.net_low, made.net_high = worth.net.amount, worth.net.low, worth.net.high
    return made


@router.get("/indicators", response=list[IndicatorOut])
def list_indicators(request: HttpRequest) -> list[IndicatorOut]:
    """Every indicator, those no longer used as well."""
    return [_indicator_out(row) for row in indicators(caller(request), all_of_them=True)]


@router.get("/board", response=list[StandingOut])
def board(request: HttpRequest, unit: str = "", on: date | None = None) -> list[StandingOut]:
    """How every indicator stands for a unit (by its code; the highest that one sees) on a day."""
    actor = caller(request)
    chosen, place, day = indicators(actor), *_place(actor, unit, on)
    book = open_book(place.tree, chosen, [place.unit.pk], clock.today(actor.zone))
    return [
        _standing_out(
            book.standing(row, place.unit.pk, period_shown(row, day, clock.today(actor.zone))), place.tree
        )
        for row in chosen
    ]


@router.get("/indicators/{code}", response=IndicatorStandingOut)
def one_indicator(
    request: HttpRequest, code: str, unit: str = "", on: date | None = None
) -> IndicatorStandingOut:
    """One indicator for a unit and the units right below it, with its trend."""
    actor = caller(request)
    row, place, day = _by_code(actor, code), *_place(actor, unit, on)
    below = [each.pk for each in place.tree.below(place.unit.pk)]
    book = open_book(place.tree, [row], [place.unit.pk, *below], clock.today(actor.zone))
    first = period_shown(row, day, clock.today(actor.zone))
    standing = book.standing(row, place.unit.pk, first)
    return IndicatorStandingOut(
        indicator=_indicator_out(row),
        standing=_standing_out(standing, place.tree),
        below=[_standing_out(book.standing(row, key, first), place.tree) for key in below],
        trend=[TrendPoint(period=start, value=value) for start, value in standing.past],
    )


@router.get("/breaches", response=list[BreachOut])
def list_breaches(request: HttpRequest, unit: str = "", only: str = "") -> list[BreachOut]:
    """Breaches of a unit and all below it, what is still breached first. `only`: open or over."""
    actor = caller(request)
    place, _day = _place(actor, unit, None)
    wanted = only if only in ("open", "over") else ""
    return [_breach_out(told) for told in breaches.latest(actor, place.tree, place.unit.pk, only=wanted)]


@router.get("/breaches/{breach}", response=BreachOut)
def one_breach(request: HttpRequest, breach: UUID) -> BreachOut:
    """One breach with its story."""
    return _breach_out(breaches.get(caller(request), breach))


@router.post("/indicators/{code}/targets", response=DefinitionSet)
def set_target(request: HttpRequest, code: str, wanted: TargetIn) -> DefinitionSet:
    """Set what a unit is to reach."""
    actor = caller(request)
    require(actor, "kpi.manage")
    row = _by_code(actor, code)
    made = api.set_target(actor=actor, indicator=row.public_id, **wanted.dict())
    made.refresh_from_db(fields=["public_id"])
    return DefinitionSet(id=made.public_id)


@router.post("/indicators/{code}/thresholds", response=DefinitionSet)
def set_threshold(request: HttpRequest, code: str, wanted: ThresholdIn) -> DefinitionSet:
    """Set from where on a value is at risk, and from where on it is a breach."""
    actor = caller(request)
    require(actor, "kpi.manage")
    row = _by_code(actor, code)
    made = api.set_threshold(actor=actor, indicator=row.public_id, **wanted.dict())
    made.refresh_from_db(fields=["public_id"])
    return DefinitionSet(id=made.public_id)


class _Place(NamedTuple):
    tree: Tree
    unit: Unit


def _place(actor: Actor, unit: str, on: date | None) -> tuple[_Place, date]:
    found = tree()
    return _Place(found, unit_shown(actor, found, unit)), on or clock.today(actor.zone)


def _by_code(actor: Actor, code: str) -> Indicator:
    found = next((row for row in indicators(actor, all_of_them=True) if row.code == code), None)
    if found is None:
        raise NotFound
    return found


def _indicator_out(row: Indicator) -> IndicatorOut:
    plain = {
        name: getattr(row, name)
        for name in IndicatorOut.model_fields
        if name not in ("id", "parent", "owner")
    }
    return IndicatorOut(
        id=row.public_id,
        parent=row.parent.code if row.parent else None,
        owner=row.owner.user_name if row.owner else None,
        **plain,
    )


def _standing_out(found: Standing, units: Tree) -> StandingOut:
    outlook = found.outlook
    told = outlook if isinstance(outlook, Forecast) else None
    return StandingOut(
        indicator=found.indicator.code,
        unit=units.units[found.unit].code,
        period=found.period,
        value=found.value,
        target=found.target.value if found.target else None,
        attained=found.attained,
        status=found.status.value,
        warn=found.limits.warn if found.limits else None,
        breach=found.limits.breach if found.limits else None,
        before=found.before,
        year_before=found.year_before,
        forecast=told.value if told else None,
        forecast_low=told.low if told else None,
        forecast_high=told.high if told else None,
        no_forecast=outlook.why if isinstance(outlook, CannotTell) else "",
    )


def _breach_out(told: breaches.Told) -> BreachOut:
    row = told.breach
    state = "recovered" if row.recovered_at else "answered" if row.answered_at else "open"
    plain = (
        "period", "first_seen_at", "value", "worst", "latest", "bound", "level", "due_at", "answered_at",
        "recovered_at",
    )  # fmt: skip
    return BreachOut(
        id=row.public_id,
        indicator=row.indicator.code,
        unit=row.branch.code,
        state=state,
        steps=[
            BreachStepOut(
                kind=step.kind, text=step.text, person=step.person.user_name if step.person else None,
                unit=step.unit.code if step.unit else None, value=step.value, at=step.at,
            )
            for step in told.steps
        ],
        **{name: getattr(row, name) for name in plain},
    )  # fmt: skip
