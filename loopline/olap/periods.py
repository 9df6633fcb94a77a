"""Periods, and which months or days a figure of a period is made of.

A question is about months, one by one, unless it names days: then it is about days. Both are dates here; a month is
the date of its first day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from loopline.kernel.period import add_months
from loopline.olap.definitions import TIME
from loopline.olap.question import BY_DAYS, Filter, Member, Op, Question, Way


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which dates of the cube (first) tell of which dates of the answer (second).

    `by` is the column of the cube's table that has them. `running`: several dates tell of one, and the numbers of the
    periods are not to be added up again.
    """

    pairs: tuple[tuple[date, date], ...]
    running: bool = False
    by: str = "month"

    @property
    def shown(self) -> list[date]:
        """The dates of the answer."""
        return sorted({to for _from, to in self.pairs})


def by_days(question: Question) -> bool:
    """Whether a question is about days, one by one."""
    names = (*question.rows, *question.columns, *(one.level for one in question.filters))
    return "day" in names or any(measured.way in BY_DAYS for measured in question.measures)


def days(first: date, last: date) -> tuple[date, ...]:
    """Every day from the first to the last."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def period_of(level: str, day: date) -> Member:
    """The member of a time level that a date belongs to."""
    if level == "year":
        return day.year
    if level == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return day.isoformat() if level == "day" else day.replace(day=1)


def chosen(known: Iterable[date], filters: Iterable[Filter]) -> list[date]:
    """The dates that filters over periods leave."""
    left = sorted(known)
    for one in filters:
        if one.level in TIME:
            left = [day for day in left if _passes(one, day)]
    return left


def _passes(one: Filter, day: date) -> bool:
    here = period_of(one.level, day)
    if one.op is Op.IN:
        return here in one.members
    if one.op is Op.NOT_IN:
        return here not in one.members
    bound = one.members[0]
    return here >= bound if one.op is Op.FROM else here <= bound  # type: ignore[operator]


def finest(levels: Iterable[str]) -> str:
    """The finest time level among some, "" when there is none."""
    return next((level for level in reversed(TIME) if level in set(levels)), "")


def mapping(way: Way, shown: list[date], grain: str, known: Iterable[date], by: str = "month") -> Mapping:
    """The dates that tell of `shown` when looked at in a way; `grain` is the finest period shown."""
    if way in (Way.YEAR_AGO, Way.YEAR_ON_YEAR):
        return _shifted(shown, 12, by)
    if way in (Way.PERIOD_AGO, Way.PERIOD_ON_PERIOD):
        months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
        if by == "month" or months:
            return _shifted(shown, months or _length(shown), by)
        length = 1 if grain == "day" else _days_long(shown)
        return Mapping(tuple((day - timedelta(days=length), day) for day in shown), by=by)
    if way is Way.MONTH_AGO or way in BY_DAYS:
        return _shifted(shown, 1, by)
    if way is Way.CUMULATIVE:
        return _cumulative(shown, grain, sorted(known), by)
    return Mapping(tuple((day, day) for day in shown), by=by)


def before_all(mapped: Mapping, known: Iterable[date]) -> set[date]:
    """The dates of the answer that would tell of some before the first one known: their periods tell nothing."""
    first = min(known, default=date.max)
    return {shown for day, shown in mapped.pairs if day < first}


def ends(shown: list[date], first: bool) -> dict[str, list[date]]:
    """For each depth (day, month, quarter, year, "" for all) the dates at the end (or beginning) of its periods."""
    pick = min if first else max
    found: dict[str, list[date]] = {}
    for depth in (*TIME, ""):
        groups: dict[Member, list[date]] = {}
        for day in shown:
            groups.setdefault(period_of(depth, day) if depth else None, []).append(day)
        found[depth] = sorted(pick(group) for group in groups.values())
    return found


def _shifted(shown: list[date], months: int, by: str) -> Mapping:
    """Each date with the same day so many months before; the 31st has none in a month of 30 days."""
    pairs = ((_same_day(day, add_months(day, -months)), day) for day in shown)
    return Mapping(tuple((source, day) for source, day in pairs if source is not None), by=by)


def _same_day(day: date, month: date) -> date | None:
    same = month + timedelta(days=day.day - 1)
    return same if same.month == month.month else None


def _length(months: list[date]) -> int:
    if not months:
        return 1
    first, last = months[0], months[-1]
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _days_long(shown: list[date]) -> int:
    return (shown[-1] - shown[0]).days + 1 if shown else 1


def _cumulative(shown: list[date], grain: str, known: list[date], by: str) -> Mapping:
    """Each period with all dates since the beginning of its year; a day with those since the beginning of its month."""
    span = "month" if grain == "day" else "year"
    pairs = [
        (day, to)
        for to in ends(shown, first=False)[grain]
        for day in known
        if day <= to and period_of(span, day) == period_of(span, to)
    ]
    return Mapping(tuple(pairs), running=True, by=by)
