"""Keeping values: what is measured now, and the history that a new indicator starts with."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.kpi.models import Indicator, IndicatorValue
from loopline.kpi.queries.book import formula_of, is_off
from loopline.kpi.queries.figures import Figures, Values
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules import periods
from loopline.kpi.rules.forecast import ENOUGH_DAYS, day_weights
from loopline.kpi.rules.formula import Formula

type Place = tuple[int, int, date]
"""Indicator, unit, first day of the period."""


def measure(*, actor: Actor, figures: Figures, chosen: Sequence[Indicator], count: int, now: datetime) -> int:
    """Keep the values of indicators in their running period and the ones before it, `count` in all.

    Only what changed is written, and the first value of a day. Returns how many were written.
    """
    today = clock.today(actor.zone)
    written = 0
    for kind, of_kind in groupby(sorted(chosen, key=lambda each: each.period), key=lambda each: each.period):
        group = list(of_kind)
        starts = periods.run_of(kind, periods.first_day(kind, today), count)
        told = figures.values([formula_of(each) for each in group], kind, starts)
        of_formula: dict[Formula, list[Indicator]] = {}
        for each in group:
            of_formula.setdefault(formula_of(each), []).append(each)
        began = _beginnings(told)
        places = {
            (each.pk, unit, start): round(value, 6)
            for (formula, unit, start), value in told.items()
            for each in of_formula[formula]
            if start >= began[formula] or start == starts[-1]
        }
        Indicator.objects.filter(pk__in=[each.pk for each in group], measured_at=None).update(measured_at=now)
        written += _keep(places, {start: min(today, periods.last_day(kind, start)) for start in starts}, now)
    return written


def _beginnings(told: Values) -> dict[Formula, date]:
    """Since when there is something to tell: before an operator's first order it did not complete none."""
    found: dict[Formula, date] = {}
    for (formula, _unit, start), value in told.items():
        if value:
            found[formula] = min(start, found.get(formula, start))
    return {formula: found.get(formula, date.max) for formula, _unit, _start in told}


def _keep(told: dict[Place, Decimal], days: dict[date, date], now: datetime) -> int:
    """Write what is new; the row of an earlier day stays, and is the latest no more."""
    known = {
        (indicator, unit, period): (on, value)
        for indicator, unit, period, on, value in IndicatorValue.objects.filter(
            indicator__in={indicator for indicator, _unit, _period in told},
            period__in=days,
            is_latest=True,
        ).values_list("indicator_id", "branch_id", "period", "on", "value")
    }
    fresh = {place: value for place, value in told.items() if known.get(place) != (days[place[2]], value)}
    _no_longer_latest(fresh.keys() & known.keys())
    IndicatorValue.objects.bulk_create(
        [
            IndicatorValue(
                indicator_id=indicator, branch_id=unit, period=period, on=days[period], value=value, at=now
            )
            for (indicator, unit, period), value in fresh.items()
        ],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["indicator", "branch", "period", "on"],
        update_fields=["value", "at", "is_latest"],
    )
    return len(fresh)


def _no_longer_latest(places: Iterable[Place]) -> None:
    by_period = groupby(sorted(places, key=lambda place: (place[2], place[0])), key=lambda place: place[::2])
    for (indicator, period), group in by_period:
        IndicatorValue.objects.filter(
            indicator=indicator, period=period, branch__in=[unit for _i, unit, _p in group], is_latest=True
        ).update(is_latest=False)


def forget_values(*, actor: Actor, indicator: Indicator) -> None:
    """Have an indicator measured anew, its whole history: the watch does it within a minute."""
    require(actor, "kpi.manage")
    IndicatorValue.objects.filter(indicator=indicator).delete()
    Indicator.objects.filter(pk=indicator.pk).update(measured_at=None)


def learn_days_off(tree: Tree, chosen: Sequence[Indicator], today: date) -> None:
    """Weigh days off by what they brought to the operator in recorded days."""
    for indicator in chosen:
        if not indicator.adds_up:
            continue
        weight = day_weights(_increments(indicator, tree.root.pk, today), is_off)
        off = next(day for day in reversed(periods.run_of(periods.DAY, today, 14)) if is_off(day))
        learnt = round(weight(off), 3)
        if learnt != indicator.day_off_weight:
            indicator.day_off_weight = learnt
            indicator.save(update_fields=["day_off_weight"])


def _increments(indicator: Indicator, unit: int, today: date) -> dict[date, Decimal]:
    """What each recorded day added, where the day before is recorded too."""
    since = periods.shifted(periods.DAY, today, -2 * ENOUGH_DAYS)
    rows = IndicatorValue.objects.filter(indicator=indicator, branch=unit, on__gte=since, on__lt=today)
    by_day = {(on, period): value for on, period, value in rows.values_list("on", "period", "value")}
    found = {}
    for (on, period), value in by_day.items():
        before = Decimal(0) if on == period else by_day.get((periods.shifted(periods.DAY, on, -1), period))
        if before is not None:
            found[on] = value - before
    return found
