"""Telephone numbers (E.164) and how personal values look to who may not read them."""

import re

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal

_NOISE = re.compile(r"[\s\-().（）－‐–]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋", "0123456789+")


class NotANumber(Refusal):
    """The text is no telephone number."""

    code = "not_a_telephone_number"
    sentence = _("“%(value)s” is not a telephone number.")


def e164(text: str, country: str = "86") -> str:
    """`text` as E.164, for example `138 0013 8000` → `+8613800138000`.

    `country` is the calling code assumed for national numbers. Raises NotANumber.
    """
    digits = _NOISE.sub("", text.translate(_FULL_WIDTH))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+"):
        national = digits.lstrip("0")
        assumed = digits.startswith(country) and len(digits) > len(country) + 9
        digits = "+" + (digits if assumed else country + national)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise NotANumber(field="telephone", value=text[:40])
    return digits


def national(number: str, country: str = "86") -> str:
    """An E.164 number as people of `country` write it: +8613800138000 → 138 0013 8000."""
    prefix = "+" + country
    if not number.startswith(prefix):
        return number
    rest = number[len(prefix) :]
    return f"{rest[:3]} {rest[3:7]} {rest[7:]}" if len(rest) == 11 and rest[0] == "1" else "0" + rest


def mask_number(number: str, country: str = "86") -> str:
    """Keep the segment's first three and the last four digits: 138 **** 8000."""
    plain = national(number, country).replace(" ", "")
    if len(plain) < 8:
        return "*" * len(plain)
    return f"{plain[:3]} {'*' * (len(plain) - 7)} {plain[-4:]}"


def mask_name(name: str) -> str:
    """Keep the family name of a person: 张三丰 → 张**, John Smith → J*** S****."""
    if not name:
        return ""
    if re.search(r"[\u3400-\u9fff]", name):
        return name[0] + "*" * (len(name) - 1)
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def mask_text(text: str, keep_start: int = 4, keep_end: int = 4) -> str:
    """Keep both ends of a longer value, for documents and addresses."""
    hidden = len(text) - keep_start - keep_end
    end = text[len(text) - keep_end :]
    return text[:keep_start] + "*" * hidden + end if hidden > 0 else "*" * len(text)


def mask_email(address: str) -> str:
    """Keep the first letter and the domain: z***@example.cn."""
    local, at, domain = address.partition("@")
    return local[:1] + "***" + at + domain


def looks_masked(text: str) -> bool:
    """A mask is never accepted as input: true when `text` is one of ours."""
    return "**" in text
