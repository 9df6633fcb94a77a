"""Identity documents: which kinds there are and whether a number can be right."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, str | Promise] = {
    "identity_card": _("Identity card"),
    "passport": _("Passport"),
    "residence_permit": _("Residence permit"),
    "credit_code": _("Unified social credit code"),
    "other": _("Other document"),
}
_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def tidy(text: str) -> str:
    """The number without blanks, in capitals."""
    return re.sub(r"\s+", "", text).upper()


def is_right(kind: str, text: str) -> bool:
    """Whether the number has the form and check digit of its kind (GB 11643, GB 32100); others: 5 to 30 signs."""
    number = tidy(text)
    if kind == "identity_card":
        return is_identity_card(number)
    if kind == "credit_code":
        return is_credit_code(number)
    return bool(re.fullmatch(r"[A-Z0-9()\-]{5,30}", number))


def is_identity_card(number: str) -> bool:
    """Eighteen signs, the last of them ISO 7064 MOD 11-2 over the others."""
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _CARD_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def is_credit_code(number: str) -> bool:
    """Eighteen signs of 31, the last of them a weighted sum modulo 31."""
    if not re.fullmatch(f"[{_CODE_SIGNS}]{{18}}", number):
        return False
    total = sum(_CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(number[:17]))
    return _CODE_SIGNS[-total % 31] == number[17]


def could_be(text: str) -> list[str]:
    """The kinds under which a typed text is looked up; none when it is too short to be a document."""
    number = tidy(text)
    if not re.fullmatch(r"[A-Z0-9()\-]{6,30}", number) or not any(sign.isdigit() for sign in number):
        return []
    return list(KINDS)
