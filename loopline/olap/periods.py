"""Months, and which months a figure of a period is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from loopline.kernel.period import add_months
from loopline.olap.definitions import TIME
from loopline.olap.question import Filter, Member, Op, Way


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which months of the cube (first) tell of which months of the answer (second).

    `running`: several months tell of one, and the numbers of the periods are not to be added up again.
    """

    pairs: tuple[tuple[date, date], ...]
    running: bool = False

    @property
    def shown(self) -> list[date]:
        """The months of the answer."""
        return sorted({to for _from, to in self.pairs})


def period_of(level: str, month: date) -> Member:
    """The member of a time level that a month belongs to."""
    if level == "year":
        return month.year
    if level == "quarter":
        return f"{month.year}-Q{(month.month + 2) // 3}"
    return month


def chosen(months: Iterable[date], filters: Iterable[Filter]) -> list[date]:
    """The months that filters over periods leave."""
    left = sorted(months)
    for one in filters:
        if one.level in TIME:
            left = [month for month in left if _passes(one, month)]
    return left


def _passes(one: Filter, month: date) -> bool:
    here = period_of(one.level, month)
    if one.op is Op.IN:
        return here in one.members
    if one.op is Op.NOT_IN:
        return here not in one.members
    bound = one.members[0]
    return here >= bound if one.op is Op.FROM else here <= bound  # type: ignore[operator]


def finest(levels: Iterable[str]) -> str:
    """The finest time level among some, "" when there is none."""
    return next((level for level in reversed(TIME) if level in set(levels)), "")


def mapping(way: Way, months: list[date], grain: str, known: Iterable[date]) -> Mapping:
    """The months that tell of `months` when looked at in a way; `grain` is the finest period shown."""
    if way in (Way.YEAR_AGO, Way.YEAR_ON_YEAR):
        return _shifted(months, 12)
    if way in (Way.PERIOD_AGO, Way.PERIOD_ON_PERIOD):
        return _shifted(months, {"month": 1, "quarter": 3, "year": 12}.get(grain) or _length(months))
    if way is Way.MONTH_AGO:
        return _shifted(months, 1)
    if way is Way.CUMULATIVE:
        return _cumulative(months, grain, sorted(known))
    return Mapping(tuple((month, month) for month in months))


def before_all(mapped: Mapping, known: Iterable[date]) -> set[date]:
    """The months of the answer that would tell of months before the first one known: their periods tell nothing."""
    first = min(known, default=date.max)
    return {shown for month, shown in mapped.pairs if month < first}


def ends(months: list[date], first: bool) -> dict[str, list[date]]:
    """For each depth (month, quarter, year, "" for all) the months at the end (or beginning) of its periods."""
    pick = min if first else max
    found: dict[str, list[date]] = {}
    for depth in (*TIME, ""):
        groups: dict[Member, list[date]] = {}
        for month in months:
            groups.setdefault(period_of(depth, month) if depth else None, []).append(month)
        found[depth] = sorted(pick(group) for group in groups.values())
    return found


def _shifted(months: list[date], by: int) -> Mapping:
    return Mapping(tuple((add_months(month, -by), month) for month in months))


def _length(months: list[date]) -> int:
    if not months:
        return 1
    first, last = months[0], months[-1]
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _cumulative(months: list[date], grain: str, known: list[date]) -> Mapping:
    shown = ends(months, first=False)[grain]
    pairs = [(month, to) for to in shown for month in known if month.year == to.year and month <= to]
    return Mapping(tuple(pairs), running=True)
