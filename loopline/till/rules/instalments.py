"""A device paid by instalments 分期: equal parts to the fen, the last one takes what is left over."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from loopline.kernel.money import CENT
from loopline.kernel.period import add_months


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part and the first of the month with whose bill it is asked for."""

    due_on: date
    amount: Decimal


def schedule(price: Decimal, first: Decimal, months: int, start: date) -> list[Instalment]:
    """The parts of a device's price after the first payment, from the month after `start`."""
    rest = price - first
    if not months or rest <= 0:
        return []
    each = (rest / months).quantize(CENT, rounding=ROUND_DOWN)
    begin = add_months(start.replace(day=1), 1)
    amounts = [each] * (months - 1) + [rest - each * (months - 1)]
    return [Instalment(add_months(begin, place), amount) for place, amount in enumerate(amounts)]


def remaining(parts: list[Instalment], today: date) -> Decimal:
    """What has not been asked for yet; all of it is due when the line is closed."""
    return sum((part.amount for part in parts if part.due_on > today), Decimal(0))
