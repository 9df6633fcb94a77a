"""Days, months and quarters: where one begins and ends, which came before, how much of it is over."""

from collections.abc import Callable
from datetime import date, timedelta

DAY, MONTH, QUARTER = "day", "month", "quarter"


def first_day(kind: str, day: date) -> date:
    """The first day of the period in which a day lies."""
    if kind == DAY:
        return day
    return day.replace(day=1, month=day.month if kind == MONTH else (day.month - 1) // 3 * 3 + 1)


def shifted(kind: str, first: date, by: int) -> date:
    """The first day of the period `by` periods later (earlier, where negative)."""
    if kind == DAY:
        return first + timedelta(days=by)
    months = first.year * 12 + first.month - 1 + by * (1 if kind == MONTH else 3)
    return date(months // 12, months % 12 + 1, 1)


def last_day(kind: str, first: date) -> date:
    """The last day of a period."""
    return shifted(kind, first, 1) - timedelta(days=1)


def year_before(kind: str, first: date) -> date:
    """The same period a year before; of a day, the same weekday 52 weeks before."""
    if kind == DAY:
        return first - timedelta(days=364)
    return first.replace(year=first.year - 1)


def run_of(kind: str, last: date, count: int) -> list[date]:
    """The first days of `count` periods up to and with `last`, in their order."""
    return [shifted(kind, last, by) for by in range(1 - count, 1)]


def days_of(kind: str, first: date) -> list[date]:
    """Every day of a period."""
    return [first + timedelta(days=n) for n in range((last_day(kind, first) - first).days + 1)]


def elapsed(kind: str, first: date, today: date, weight: Callable[[date], float]) -> float:
    """How much of a period is over at the end of `today`: 0 before it begins, 1 after its end."""
    days = days_of(kind, first)
    total = sum(weight(day) for day in days)
    done = sum(weight(day) for day in days if day <= today)
    return done / total if total else float(bool(days and days[-1] <= today))
