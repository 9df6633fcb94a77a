"""When a report is made next."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
_AHEAD = 75
_BEFORE = 15
"""Longer than any run of days off, after which a report that was passed on is due."""


def next_after(
    moment: datetime,
    zone: tzinfo,
    *,
    rhythm: str,
    day: int,
    hour: int,
    is_working: Callable[[date], bool] | None = None,
) -> datetime:
    """The first moment after `moment` at which a report of this rhythm is due, in UTC.

    With `is_working` a weekly or monthly report whose day is off is due on the next working day, a daily one has
    none on that day. A month that is too short for `day` has its last day instead.
    """
    local = moment.astimezone(zone).date()
    first = local - timedelta(days=_BEFORE)
    for planned in _planned(first, rhythm, day):
        due_on: date | None = planned
        if is_working is not None and not is_working(planned):
            due_on = None if rhythm == DAILY else _next_working(planned, is_working)
        if due_on is not None:
            due = datetime.combine(due_on, time(hour), zone).astimezone(UTC)
            if due > moment:
                return due
    raise ValueError(f"no day for {rhythm} {day}")


def _planned(first: date, rhythm: str, day: int) -> Iterator[date]:
    for ahead in range(_BEFORE + _AHEAD):
        found = first + timedelta(days=ahead)
        last = monthrange(found.year, found.month)[1]
        if (
            rhythm == DAILY
            or (rhythm == WEEKLY and found.isoweekday() == day)
            or (rhythm == MONTHLY and found.day == min(day, last))
        ):
            yield found


def _next_working(day: date, is_working: Callable[[date], bool]) -> date:
    while not is_working(day):
        day += timedelta(days=1)
    return day
