"""On which occasions an account manager is reminded, and when it is one occasion or another."""

from calendar import isleap
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

BIRTHDAY, PERSON_BIRTHDAY, CONTRACT, AGREEMENT, USAGE, CARE = (
    "birthday", "person_birthday", "contract", "agreement", "usage", "care",
)  # fmt: skip
OCCASIONS = (BIRTHDAY, PERSON_BIRTHDAY, CONTRACT, AGREEMENT, USAGE, CARE)
PRIORITY = {USAGE: 46, CONTRACT: 44, AGREEMENT: 44, BIRTHDAY: 42, PERSON_BIRTHDAY: 42, CARE: 40}
"""Below a campaign's contacts, which begin at 50."""


def next_birthday(born: date, today: date) -> date:
    """The next one, today's included; who was born on 29 February has it on the 28th in common years."""
    this = _birthday_in(born, today.year)
    return this if this >= today else _birthday_in(born, today.year + 1)


def _birthday_in(born: date, year: int) -> date:
    leap_day = (born.month, born.day) == (2, 29) and not isleap(year)
    return date(year, 2, 28) if leap_day else born.replace(year=year)


def fall(months: Sequence[int | Decimal]) -> float | None:
    """By which share the last month lies under the mean of the (up to three) before; None where there is no mean."""
    *before, last = months
    if not before or not sum(before):
        return None
    mean = float(sum(before)) / len(before)
    return 1 - float(last) / mean


def subject(occasion: str, about: int, when: date | int) -> str:
    """The name of one occasion: the same one is never told twice."""
    return f"keyaccounts.{occasion}:{about}:{when}"
