"""What a group customer is worth and how likely it is to lose what it is worth.

Group churn risk is the chance that a yuan of the group's monthly value leaves: Σ risk × value ÷ Σ value over the
lines of the organisation itself and of its members. A line without a positive value counts only as a head. One line
that is worth as much as all others together weighs as much as they do, which a mean over heads would not show.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

WARN, BAD = 0.15, 0.30


@dataclass(frozen=True, slots=True)
class Weighed:
    """`risk` is None where no line with a value is scored; `at_stake` is the monthly value expected to leave."""

    risk: float | None
    value: Decimal
    at_stake: Decimal


NOTHING = Weighed(None, Decimal(0), Decimal("0.00"))
"""Of a group without any scored line."""


def weighed(lines: Iterable[tuple[float, Decimal]]) -> Weighed:
    """Of (risk, monthly value) of each scored line."""
    value, lost = Decimal(0), Decimal(0)
    for risk, worth in lines:
        if worth > 0:
            value += worth
            lost += Decimal(str(risk)) * worth
    return of_sums(value, lost)


def of_sums(value: Decimal, lost: Decimal) -> Weighed:
    """Of Σ value and Σ risk × value."""
    return Weighed(float(lost / value) if value else None, value, lost.quantize(Decimal("0.01")))


def tone(risk: float | None) -> str:
    """How pressing a group's risk is."""
    if risk is None:
        return "neutral"
    return "bad" if risk >= BAD else "warn" if risk >= WARN else "good"
