"""Days on which people work: weekends, and for China statutory holidays and the days worked in exchange for them."""

from datetime import date
from functools import cache
from typing import Any

CHINA = "86"


@cache
def is_workday(day: date, country: str = CHINA) -> bool:
    """Whether people work on a day in a country (its telephone code)."""
    if country == CHINA:
        return bool(_china().is_working_day(day))
    return day.isoweekday() < 6


@cache
def _china() -> Any:
    from holidays import country_holidays  # a fifth of a second that most processes need not spend

    return country_holidays("CN")
