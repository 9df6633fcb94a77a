"""On which days something repeats: daily, weekly or monthly, up to a day, save those that are left out.

As iCalendar has it (RFC 5545, 3.3.10), a month without the day has none: what is on the 31st is in no April.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
LAST = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Series:
    """From `first` on, up to `until` (None: for good), save the days in `skipped`. It may be of one day alone."""

    first: date
    repeats: str
    until: date | None = None
    skipped: frozenset[date] = frozenset()

    def days(self, begin: date, end: date) -> Iterator[date]:
        """Its days from `begin` up to (and without) `end`."""
        until = min(self.until or LAST, end - timedelta(days=1))
        for day in self._from(max(begin, self.first)):
            if day > until:
                return
            if day not in self.skipped:
                yield day

    def has(self, day: date) -> bool:
        """Whether it is on a day."""
        return next(self.days(day, day + timedelta(days=1)), None) is not None

    def _from(self, begin: date) -> Iterator[date]:
        if self.repeats in (DAILY, WEEKLY):
            step = 7 if self.repeats == WEEKLY else 1
            day = self.first + timedelta(days=-(-(begin - self.first).days // step) * step)
            while day < LAST:
                yield day
                day += timedelta(days=step)
        elif self.repeats == MONTHLY:
            for month in range(begin.year * 12 + begin.month - 1, LAST.year * 12):
                with suppress(ValueError):
                    day = date(month // 12, month % 12 + 1, self.first.day)
                    if day >= begin:
                        yield day
        elif begin <= self.first:
            yield self.first
