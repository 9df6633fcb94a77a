"""When two files may be of one customer: what they have in common, normalised so that spellings meet."""

import re
from collections.abc import Iterable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.customers.rules.tokens import fold

DOCUMENT, NUMBER, EMAIL, BIRTHDAY, ADDRESS = "document", "number", "email", "birthday", "address"
REASONS: dict[str, str | Promise] = {
    DOCUMENT: _("same document"),
    NUMBER: _("same telephone number"),
    EMAIL: _("same e-mail"),
    BIRTHDAY: _("same name and date of birth"),
    ADDRESS: _("same name and address"),
}
"""Why files match, the surest first."""

REFUSE, WARN = "refuse", "warn"
_NOISE = re.compile(r"[\s,.;:·、，。；#()（）\-_/]+")


def plain_name(name: str) -> str:
    """A name without blanks and signs, in one spelling."""
    return _NOISE.sub("", fold(name))


def born(name: str, day: date | None) -> str:
    """What a person with this name and birthday is known by; nothing without either."""
    return f"{plain_name(name)}|{day.isoformat()}" if day and plain_name(name) else ""


def place(region: str, street: str) -> str:
    """What a place is known by, however it is written; nothing for a street of fewer than four characters."""
    known = _NOISE.sub("", fold(street))
    return f"{_NOISE.sub('', fold(region))}|{known}" if len(known) >= 4 else ""


def surname(kind: str, name: str) -> str:
    """A person's family name: the first character of a Chinese name, else the last word."""
    if kind != "person" or not name.strip():
        return ""
    folded = fold(name)
    return folded[0] if re.match(r"[\u3400-\u9fff]", folded) else folded.split()[-1]


def in_order(whys: Iterable[str]) -> list[str]:
    """Reasons, the surest first."""
    return [why for why in REASONS if why in set(whys)]
