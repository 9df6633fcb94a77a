"""How an indicator is made: a measure, or a measure over another one, times a factor."""

from dataclasses import dataclass
from decimal import Decimal

WORK = "work"
"""The source of counts over operations; every other source is a cube."""
PLAN = "plan"
"""The source of what is made from other indicators' targets."""


@dataclass(frozen=True, slots=True)
class Formula:
    """`numerator` ÷ `denominator` × `factor`; each is `source.measure`. `filters` narrow a cube: `service=mobile`."""

    numerator: str
    denominator: str = ""
    factor: Decimal = Decimal(1)
    filters: str = ""

    @property
    def source(self) -> str:
        """The cube, or `work`."""
        return self.numerator.partition(".")[0]

    @property
    def measure(self) -> str:
        """The measure of the numerator."""
        return self.numerator.partition(".")[2]

    @property
    def terms(self) -> tuple[str, ...]:
        """The numerator and, where there is one, the denominator."""
        return (self.numerator, self.denominator) if self.denominator else (self.numerator,)

    def value_of(self, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
        """The value; None where a part of it is missing, or of a ratio to nothing."""
        if numerator is None:
            return None
        if not self.denominator:
            return numerator * self.factor
        return numerator / denominator * self.factor if denominator else None
