"""Amounts and keys as they are typed."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.utils.translation import gettext as _

from loopline.kernel.errors import Invalid, NotFound


def amount_of(text: str, field: str) -> Decimal:
    """An amount in yuan and fen; empty is nothing. Raises Invalid."""
    try:
        amount = Decimal(text.replace(",", "").replace("¥", "").strip() or "0")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > Decimal(10) ** 9:
        raise Invalid(field=field, reason=_("Please give an amount in yuan and fen."))
    return amount


def key_of(text: str) -> UUID:
    """A public key. Raises NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
