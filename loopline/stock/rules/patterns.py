"""Good numbers 靓号, found by rule: what pattern a number ends in and how good that makes it."""

import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

LUCKY = frozenset("689")
SAYINGS = ("1314", "5200", "0520", "5188", "1688", "0168", "1888", "9188")


class Worth(IntEnum):
    """How good a number is, from ordinary to the very best."""

    PLAIN = 0
    THIRD = 1
    SECOND = 2
    FIRST = 3
    TOP = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """The best pattern at the end of a number ("" for none) and its worth."""

    pattern: str
    worth: Worth


_SHAPES: list[tuple[str, re.Pattern[str], Worth]] = [
    ("AAAAA", re.compile(r"(\d)\1{4,}$"), Worth.TOP),
    ("AAAA", re.compile(r"(\d)\1{3}$"), Worth.FIRST),
    ("AAABBB", re.compile(r"(\d)\1\1(\d)\2\2$"), Worth.FIRST),
    ("AABBCC", re.compile(r"(\d)\1(?!\1)(\d)\2(?!\2)(\d)\3$"), Worth.FIRST),
    ("ABABAB", re.compile(r"((\d)(?!\2)\d)\1\1$"), Worth.FIRST),
    ("ABCDABCD", re.compile(r"(\d{4})\1$"), Worth.FIRST),
    ("ABCABC", re.compile(r"(\d{3})\1$"), Worth.SECOND),
    ("AAA", re.compile(r"(\d)\1\1$"), Worth.SECOND),
    ("AABB", re.compile(r"(\d)\1(\d)\2$"), Worth.SECOND),
    ("ABAB", re.compile(r"((\d)(?!\2)\d)\1$"), Worth.SECOND),
    ("ABBA", re.compile(r"(\d)(?!\1)(\d)\2\1$"), Worth.THIRD),
]
"""Shapes from the best downwards; each is looked for at the end of the number."""

PATTERNS = (*(name for name, _, _ in _SHAPES), "ABCDE", "ABCD", "saying", "birthday", "AA")
"""Every pattern that is found."""


def find_pattern(national: str) -> Finding:
    """The best pattern of a national number, `13800138000`. Lucky digits raise it, a 4 in the pattern lowers it."""
    for name, shape, worth in _SHAPES:
        if (found := shape.search(national)) is not None:
            return Finding(name, _by_digits(worth, found.group()))
    if (run := _run(national)) >= 4:
        name = "ABCDE" if run >= 5 else "ABCD"
        return Finding(name, _by_digits(Worth.FIRST if run >= 5 else Worth.SECOND, national[-run:]))
    if national.endswith(SAYINGS):
        return Finding("saying", Worth.THIRD)
    if is_birthday(national[-8:]):
        return Finding("birthday", Worth.THIRD)
    if national[-1:] == national[-2:-1] and national[-1:] in LUCKY:
        return Finding("AA", Worth.PLAIN)
    return Finding("", Worth.PLAIN)


def is_birthday(digits: str) -> bool:
    """Whether eight digits are a day on which somebody who telephones was born."""
    if len(digits) != 8 or not digits.isdigit() or not "1930" <= digits[:4] <= "2020":
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _run(digits: str) -> int:
    """How many digits at the end go up or down by one."""
    best = 1
    for step in (1, -1):
        length = 1
        while length < len(digits) and int(digits[-length]) - int(digits[-length - 1]) == step:
            length += 1
        best = max(best, length)
    return best


def _by_digits(worth: Worth, part: str) -> Worth:
    if "4" in part:
        return Worth(max(worth - 1, Worth.PLAIN))
    return Worth(min(worth + 1, Worth.TOP)) if set(part) <= LUCKY else worth
