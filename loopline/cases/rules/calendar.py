"""Working time: adding it to a moment and measuring it between two, by weekly hours, holidays and make-up days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

DAY = 24 * 60
HORIZON = 3660
"""Days that are looked at before a calendar counts as one in which nobody ever works again."""

type Span = tuple[int, int]
"""From and to, in minutes since midnight; `to` may be 1440."""


class NeverWorks(ValueError):
    """A calendar in which no more working time comes."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weekly hours (Monday first) in the operator's zone.

    `special` are days that differ from their weekday: the weekday whose hours hold (0 is Monday), None on a
    holiday. A make-up working day 调休上班 is a Saturday or Sunday with the hours of a weekday.
    """

    week: tuple[tuple[Span, ...], ...]
    zone: tzinfo
    special: Mapping[date, int | None]

    @classmethod
    def always(cls, zone: tzinfo) -> "Calendar":
        """Round the clock, every day."""
        return cls((((0, DAY),),) * 7, zone, {})


def spans(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The working spans of a day as moments in UTC, in their order."""
    weekday = calendar.special.get(day, day.weekday())
    if weekday is None:
        return []
    return [
        (_moment(calendar, day, begin), _moment(calendar, day, end)) for begin, end in calendar.week[weekday]
    ]


def add_working(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The moment at which `amount` (not negative) of working time has passed since `start`.

    Nothing added to a moment outside of hours gives the moment itself. Raises NeverWorks.
    """
    if amount <= timedelta(0):
        return start
    left = amount
    for begin, end in _spans_from(calendar, start):
        begins = max(begin, start)
        if end - begins >= left:
            return begins + left
        left -= end - begins
    raise NeverWorks


def working_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; negative when the end comes first."""
    if end < start:
        return -working_between(calendar, end, start)
    total = timedelta(0)
    for begins, ends in _spans_from(calendar, start, until=end):
        if begins >= end:
            break
        total += min(ends, end) - max(begins, start)
    return total


def _spans_from(
    calendar: Calendar, start: datetime, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """Spans that end after `start`, in order."""
    first = start.astimezone(calendar.zone).date()
    days = (until.astimezone(calendar.zone).date() - first).days + 1 if until else HORIZON
    for offset in range(days):
        for begin, end in spans(calendar, first + timedelta(days=offset)):
            if end > start:
                yield begin, end


def _moment(calendar: Calendar, day: date, minute: int) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    # Added to a local time, a timedelta moves the clock on the wall, as opening hours do.
    return (local + timedelta(minutes=minute)).astimezone(UTC)
