"""Keys of cards and devices: ICCID, IMSI and IMEI, and their check digits."""

import re


def luhn_is_right(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def with_check_digit(digits: str) -> str:
    """`digits` followed by their Luhn digit."""
    return next(digits + str(last) for last in range(10) if luhn_is_right(digits + str(last)))


def tidy_iccid(text: str) -> str | None:
    """The 19 or 20 digits of a card's number (the 20th may be F in old files), or None."""
    digits = re.sub(r"[\s\-]", "", text).upper().removesuffix("F")
    return digits if re.fullmatch(r"89\d{17,18}", digits) else None


def tidy_imsi(text: str) -> str | None:
    """MCC, MNC and subscriber: 14 or 15 digits, or None."""
    digits = re.sub(r"[\s\-]", "", text)
    return digits if re.fullmatch(r"\d{14,15}", digits) else None


def tidy_imei(text: str) -> str | None:
    """TAC, serial and check digit: 15 digits; the check digit is made where only 14 are given. Else None."""
    digits = re.sub(r"[\s\-/]", "", text)
    if re.fullmatch(r"\d{14}", digits):
        return with_check_digit(digits)
    return digits if re.fullmatch(r"\d{15}", digits) else None
