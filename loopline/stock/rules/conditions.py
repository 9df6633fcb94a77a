"""What a good number asks of the customer where the operator has not said otherwise."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """A fee paid once, and a monthly spend that is promised for a number of months."""

    fee: Decimal = Decimal(0)
    minimum_spend: Decimal = Decimal(0)
    term_months: int = 0


STANDARD = {
    0: Terms(),
    1: Terms(Decimal(0), Decimal(59), 12),
    2: Terms(Decimal(0), Decimal(129), 24),
    3: Terms(Decimal(0), Decimal(239), 36),
    4: Terms(Decimal(1000), Decimal(599), 60),
}
"""By grade; `GradeConditions` of the operator take their place."""
