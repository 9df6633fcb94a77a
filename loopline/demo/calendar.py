"""The world counts months and days from its first recorded month; here they become dates."""

from dataclasses import dataclass
from datetime import date

import numpy as np

HISTORY = 12  # recorded months of life before the demo begins to tick


@dataclass(frozen=True)
class Calendar:
    """Month 0 is the first recorded month, day 0 its first day; both may be negative."""

    first_month: np.datetime64  # datetime64[M]

    @classmethod
    def ending(cls, end_month: date) -> "Calendar":
        """The calendar whose twelfth recorded month is `end_month` (any day in it)."""
        return cls(np.datetime64(end_month, "M") - np.timedelta64(HISTORY - 1, "M"))

    def month(self, month: int) -> np.datetime64:
        """First day of a month, datetime64[D]."""
        return np.datetime64(self.first_month + np.timedelta64(month, "M"), "D")

    def start(self, month: int) -> int:
        """Day number of the first day of a month."""
        return int((self.month(month) - self.month(0)).astype(np.int64))

    def length(self, month: int) -> int:
        """Days in a month."""
        return self.start(month + 1) - self.start(month)

    def month_of(self, day: int) -> int:
        """The month in which a day lies."""
        month = np.datetime64(self.month(0) + np.timedelta64(day, "D"), "M")
        return int((month - self.first_month).astype(np.int64))

    def dates(self, days: np.ndarray) -> np.ndarray:
        """Dates of day numbers, datetime64[D]."""
        return np.asarray(self.month(0) + np.asarray(days).astype("timedelta64[D]"))

    def month_ends(self, months: np.ndarray) -> np.ndarray:
        """Last days of months, datetime64[D]."""
        following = self.first_month + (np.asarray(months).astype(np.int64) + 1).astype("timedelta64[M]")
        return np.asarray(following.astype("datetime64[D]") - np.timedelta64(1, "D"))
