"""Indicators with everything by which their values are judged, read once for a page or for the watch."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from loopline.kernel.permission import Actor, require
from loopline.kernel.workdays import is_workday
from loopline.kpi.models import Indicator, IndicatorValue, Target, Threshold
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules import judging, periods, targets
from loopline.kpi.rules.forecast import CannotTell, Forecast, forecast
from loopline.kpi.rules.formula import Formula
from loopline.kpi.rules.judging import Limits, Status

HISTORY = 24
"""Periods that are kept at hand: enough for a trend and the same period a year before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an indicator stands for a unit in a period. `past` are the values of the periods before, oldest first."""

    indicator: Indicator
    unit: int
    period: date
    value: Decimal | None
    target: targets.Held | None
    limits: Limits | None
    status: Status
    outlook: Forecast | CannotTell | None
    before: Decimal | None
    year_before: Decimal | None
    share: float
    past: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def attained(self) -> Decimal | None:
        """How far the target is reached, 1 for fully; what adds up is held against its part of the target."""
        if self.value is None or self.target is None:
            return None
        goal, better = self.target.value, self.indicator.higher_is_better
        if self.indicator.adds_up and better and 0 < self.share < 1:
            goal *= Decimal(str(round(self.share, 6)))
        return judging.attainment(self.value, goal, better)


@dataclass(frozen=True, slots=True)
class Book:
    """Targets, thresholds and values of some indicators for some units, as of a day."""

    tree: Tree
    today: date
    goals: dict[int, list[targets.Goal]]
    thresholds: dict[tuple[int, int | None], Threshold]
    values: dict[tuple[int, int], dict[date, Decimal]]

    def standing(self, indicator: Indicator, unit: int, period: date) -> Standing:
        """How it stands."""
        known = self.values.get((indicator.pk, unit), {})
        value = known.get(period)
        before = known.get(periods.shifted(indicator.period, period, -1))
        past = [(day, known[day]) for day in sorted(known) if day < period]
        share = periods.elapsed(indicator.period, period, self.today, weight_of(indicator))
        target = self.target(indicator, unit, period)
        outlook = None
        if value is not None:
            outlook = forecast(value, [each for _day, each in past], share, adds_up=indicator.adds_up)
        status, limits = Status.OPEN, None
        if value is not None:
            goal = target.value if target else None
            expected = outlook.value if isinstance(outlook, Forecast) else None
            case = judging.Case(value, indicator.higher_is_better, indicator.adds_up, share, goal, expected)
            status, limits = judging.judge(case, self._limits(indicator, unit, goal, before))
        return Standing(
            indicator, unit, period, value, target, limits, status, outlook, before,
            known.get(periods.year_before(indicator.period, period)), share, past,
        )  # fmt: skip

    def _limits(
        self, indicator: Indicator, unit: int, goal: Decimal | None, before: Decimal | None
    ) -> Limits | None:
        found = self.threshold(indicator, unit)
        if found is None:
            return None
        return judging.limits_of(found.basis, found.warn, found.breach, goal, before)

    def target(self, indicator: Indicator, unit: int, period: date) -> targets.Held | None:
        """The target that holds."""
        earlier = periods.shifted(indicator.period, period, -1)

        def before(key: int) -> Decimal | None:
            return self.values.get((indicator.pk, key), {}).get(earlier)

        return targets.held(self.goals.get(indicator.pk, []), self.tree.line(unit), period, before)

    def threshold(self, indicator: Indicator, unit: int) -> Threshold | None:
        """The threshold that holds: the unit's own, that of the nearest above, the one for all."""
        for key in [*reversed(self.tree.line(unit)), None]:
            if (indicator.pk, key) in self.thresholds:
                return self.thresholds[indicator.pk, key]
        return None

    def minutes_to_answer(self, indicator: Indicator, unit: int) -> int:
        """How long a breach waits for an answer before it goes up."""
        found = self.threshold(indicator, unit)
        return (found and found.minutes_to_answer) or indicator.hours_to_answer * 60


def open_book(
    tree: Tree, indicators: Sequence[Indicator], units: Collection[int], today: date, *, count: int = HISTORY
) -> Book:
    """The book of some indicators and units up to today; values outside of what the reader may see are not in it."""
    keys = [each.pk for each in indicators]
    wide = {*units, *(key for unit in units for key in tree.line(unit))}
    goals: dict[int, list[targets.Goal]] = {}
    for row in Target.objects.filter(indicator__in=keys):
        goal = targets.Goal(row.unit_id, row.since, row.value, row.spread, row.owner_id or 0)
        goals.setdefault(row.indicator_id, []).append(goal)
    thresholds = {
        (row.indicator_id, row.unit_id): row for row in Threshold.objects.filter(indicator__in=keys)
    }
    values: dict[tuple[int, int], dict[date, Decimal]] = {}
    since = min((_since(each, today, count) for each in indicators), default=today)
    rows = IndicatorValue.objects.filter(
        indicator__in=keys, branch__in=wide, is_latest=True, period__gte=since
    ).values_list("indicator_id", "branch_id", "period", "value")
    for indicator, unit, period, value in rows:
        values.setdefault((indicator, unit), {})[period] = value
    return Book(tree, today, goals, thresholds, values)


def _since(indicator: Indicator, today: date, count: int) -> date:
    return periods.shifted(indicator.period, periods.first_day(indicator.period, today), 1 - count)


def indicators(actor: Actor, *, all_of_them: bool = False) -> list[Indicator]:
    """The indicators in use, in their order."""
    require(actor, "kpi.view")
    rows = Indicator.objects.select_related("owner", "parent").order_by("place", "pk")
    return list(rows if all_of_them else rows.filter(is_active=True))


def formula_of(indicator: Indicator) -> Formula:
    """How an indicator is made."""
    return Formula(indicator.numerator, indicator.denominator, indicator.factor, indicator.filters)


def is_off(day: date) -> bool:
    """Whether a day is a day off: a weekend or holiday that is not made up for."""
    return not is_workday(day)


def weight_of(indicator: Indicator) -> Callable[[date], float]:
    """What a day weighs for an indicator: 1, or what a day off brings."""
    off = indicator.day_off_weight
    return (lambda day: off if is_off(day) else 1.0) if off != 1 else (lambda _day: 1.0)


def present_period(indicator: Indicator, today: date) -> date:
    """The first day of the period that is told today: the running one, or the last that is complete enough."""
    return period_shown(indicator, today, today)


def period_shown(indicator: Indicator, day: date, today: date) -> date:
    """The first day of the period that is told on a day; one that cannot be told yet gives way to an earlier one."""
    first = periods.first_day(indicator.period, day)
    latest = periods.shifted(indicator.period, periods.first_day(indicator.period, today), -indicator.lag)
    return min(first, latest)
