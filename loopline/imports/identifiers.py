"""Telephone numbers and identity documents: brought to one form, refused where a digit cannot be right."""

import re
import unicodedata
from datetime import date

from loopline.imports.refusals import ValueRefused

MASK = re.compile(r"[*＊×•●]")
PHONE_DRESS = re.compile(r"[\s\-().‐-―]")
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}\Z", re.ASCII)
CHINESE_LANDLINE = re.compile(r"(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}\Z", re.ASCII)
CHINESE_SERVICE = re.compile(r"(?:400|800)\d{7}\Z", re.ASCII)
IDENTITY_CARD = re.compile(r"[1-9]\d{5}(?P<day>(?:18|19|20)\d{6})\d{3}[\dX]\Z", re.ASCII)
OLD_IDENTITY_CARD = re.compile(r"[1-9]\d{5}(?P<day>\d{6})\d{3}\Z", re.ASCII)
CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{2}\d{6}[0-9A-HJ-NP-RT-UW-Y]{10}\Z", re.ASCII)
CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OTHER_DOCUMENT = re.compile(r"(?=.*\d)[A-Z0-9]{5,20}\Z", re.ASCII)
CARD_WEIGHTS = tuple(pow(2, place, 11) for place in range(17, 0, -1))
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def parse_phone(text: str, country: str = "86") -> str:
    """E.164 with its plus sign: "138 0013 8000" → "+8613800138000", "(010) 6552-9988" → "+861065529988".

    Numbers without a country are of `country`; Chinese ones are checked against the numbering plan (mobile 1[3-9] with
    11 digits, area code and 7 or 8 digits, 400 and 800). Short numbers such as 10086 belong to nobody and are refused.
    """
    bare = unicodedata.normalize("NFKC", text).strip()
    if MASK.search(bare):
        raise ValueRefused("masked")
    bare = PHONE_DRESS.sub("", bare)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    digits = bare.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueRefused("not_phone")
    if not bare.startswith("+"):
        long_mobile = country == "86" and digits.startswith("86") and CHINESE_MOBILE.match(digits[2:])
        digits = digits if long_mobile else country + digits.removeprefix("0")
    if digits.startswith("86"):
        national = digits[2:].removeprefix("0")
        if not any(form.match(national) for form in (CHINESE_MOBILE, CHINESE_LANDLINE, CHINESE_SERVICE)):
            raise ValueRefused("not_phone")
        digits = "86" + national
    elif digits.startswith("0") or not 8 <= len(digits) <= 15:
        raise ValueRefused("not_phone")
    return "+" + digits


def parse_document(text: str) -> str:
    """A document number in capitals without blanks.

    Chinese identity cards (GB 11643: 18 characters with check digit by ISO 7064 MOD 11-2, or 15 of before 1999) and
    unified social credit codes (GB 32100: MOD 31-3) are checked; other documents are 5 to 20 letters and digits.
    """
    number = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if MASK.search(number):
        raise ValueRefused("masked")
    if found := IDENTITY_CARD.match(number):
        _check_day(found["day"])
        remainder = sum(weight * int(digit) for weight, digit in zip(CARD_WEIGHTS, number, strict=False)) % 11
        if "10X98765432"[remainder] != number[17]:
            raise ValueRefused("check_digit")
        return number
    if len(number) == 15 and (found := OLD_IDENTITY_CARD.match(number)):
        _check_day("19" + found["day"])
        return number
    if len(number) == 18 and CREDIT_CODE.match(number):
        total = sum(
            weight * CREDIT_LETTERS.index(letter)
            for weight, letter in zip(CREDIT_WEIGHTS, number, strict=False)
        )
        if CREDIT_LETTERS[-total % 31] != number[17]:
            raise ValueRefused("check_digit")
        return number
    if (len(number) == 18 and number[:17].isdigit()) or not OTHER_DOCUMENT.match(number):
        raise ValueRefused("not_document")
    return number


def _check_day(digits: str) -> None:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise ValueRefused("no_such_day") from error
