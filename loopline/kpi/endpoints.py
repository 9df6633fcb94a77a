"""Measured effects for programs."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from loopline.campaigns import api as campaigns
from loopline.campaigns.api import effect
from loopline.kernel.permission import caller
from loopline.kpi import queries
from loopline.kpi.rules import Measured

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
