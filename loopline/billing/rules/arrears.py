"""Arrears by age, as dunning counts them: payments settle the oldest bill first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

AGES = (30, 60, 90, 180)
"""Upper ends, in days after the due date, of all ages but the last, which is open."""


@dataclass(frozen=True, slots=True)
class Arrears:
    """`by_age` holds what is overdue by up to 30, 60, 90, 180 and more than 180 days; `not_due` what is owed but
    not yet due; `credit` what was paid beyond all bills."""

    by_age: tuple[Decimal, Decimal, Decimal, Decimal, Decimal]
    not_due: Decimal
    credit: Decimal

    @property
    def overdue(self) -> Decimal:
        """All that is past its due date."""
        return sum(self.by_age, Decimal(0))

    @property
    def owed(self) -> Decimal:
        """All that is unpaid."""
        return self.overdue + self.not_due


def arrears(bills: Iterable[tuple[date, Decimal]], paid: Decimal, today: date) -> Arrears:
    """Spread `paid` over (due date, amount) of bills, oldest first, and sort the rest by age on `today`."""
    left, not_due = paid, Decimal(0)
    ages = [Decimal(0)] * (len(AGES) + 1)
    for due, amount in sorted(bills):
        open_amount = max(amount - max(left, Decimal(0)), Decimal(0)) if amount > 0 else Decimal(0)
        left -= amount - open_amount
        days = (today - due).days
        if days <= 0:
            not_due += open_amount
        else:
            ages[next((place for place, end in enumerate(AGES) if days <= end), len(AGES))] += open_amount
    return Arrears((ages[0], ages[1], ages[2], ages[3], ages[4]), not_due, max(left, Decimal(0)))
