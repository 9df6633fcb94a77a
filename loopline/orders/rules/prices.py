"""What an order costs: lines for each thing, and the part of a month that is begun or left in its middle."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loopline.kernel.money import cents

ONCE, MONTHLY, NOW, LATER = "once", "monthly", "now", "later"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the price. `kind`: once, monthly (each month) or now (this month's part); credits are negative.

    A line of the kind later counts in no sum: it is asked for each month apart from the fee, for `days` months.

    `code` says what it is for, in the reader's language by `wording`; the names are those of the offering or price.
    """

    kind: str
    code: str
    amount: Decimal
    name: str = ""
    name_en: str = ""
    days: int = 0
    of_days: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the lines: what is due now (once and this month's part) and each month from then on."""

    due_now: Decimal
    once: Decimal
    monthly: Decimal


def days_left(on: date) -> tuple[int, int]:
    """Days from `on` to the end of its month (both counted), and the days of the month."""
    of = monthrange(on.year, on.month)[1]
    return of - on.day + 1, of


def part_of_month(monthly: Decimal, on: date) -> Decimal:
    """The part of a monthly fee from `on` to the month's end."""
    left, of = days_left(on)
    return cents(monthly * left / of)


def totals(lines: list[Line]) -> Totals:
    """The sums of lines."""
    once = sum((line.amount for line in lines if line.kind == ONCE), Decimal(0))
    now = sum((line.amount for line in lines if line.kind == NOW), Decimal(0))
    monthly = sum((line.amount for line in lines if line.kind == MONTHLY), Decimal(0))
    return Totals(once + now, once, monthly)
