"""What leaving a contract early costs 违约金.

    fee = months left × fee lost × rate, at most `most_months` × fee lost

Months left are counted from the day of leaving to the contract's last day, a begun month as a whole one. The fee lost
is the monthly fee when a line is closed, and what the new plan costs less when it goes over to a cheaper one; a dearer
plan costs nothing.
"""

from datetime import date
from decimal import Decimal

from loopline.kernel.money import cents

RATE = Decimal("0.30")
MOST_MONTHS = 3


def months_left(on: date, contract_ends_on: date | None) -> int:
    """Months from a day to the end of the contract, a begun one counts; 0 without a contract or after it."""
    if contract_ends_on is None or contract_ends_on < on:
        return 0
    whole = (contract_ends_on.year - on.year) * 12 + contract_ends_on.month - on.month
    return whole + (contract_ends_on.day >= on.day)


def fee(*, months: int, monthly: Decimal, rate: Decimal = RATE, most_months: int = MOST_MONTHS) -> Decimal:
    """The fee by the formula above, to the fen."""
    if months <= 0 or monthly <= 0:
        return Decimal(0)
    return cents(min(months * monthly * rate, most_months * monthly))
