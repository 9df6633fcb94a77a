"""Money is Decimal with the operator's currency; never a float."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded to minor units, half up, as a bill prints it."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
