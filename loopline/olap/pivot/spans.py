"""Periods in words: 2026年5月, May 2026, Q3 2026, 近12个月, last year."""

import re
from dataclasses import dataclass
from datetime import date

from loopline.kernel.period import add_months
from loopline.olap.question import Filter, Member, Op

_ENGLISH = (
    "jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?", "aug(?:ust)?",
    "sep(?:tember|t)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?",
)  # fmt: skip
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_END = r"(?![a-z0-9])"
_YEAR = r"((?:19|20)\d\d)"
_NAMES = "|".join(f"(?P<m{at}>{name})" for at, name in enumerate(_ENGLISH, start=1))


@dataclass(frozen=True, slots=True)
class Span:
    """A period: a member of a time level, or (`since`) everything from a month on."""

    level: str
    member: Member
    end: int
    since: bool = False

    def filter(self, op: Op = Op.IN) -> Filter:
        """The filter that lets this period through, or what follows or precedes it."""
        return Filter(self.level, Op.FROM if self.since else op, (self.member,))


_QUARTER = re.compile(
    rf"{_YEAR}\s*年?\s*[-,]?\s*(?:q|第)?([1-4一二三四])\s*(?:季度|季)|{_YEAR}\s*年?\s*-?\s*q([1-4]){_END}"
)
_QUARTER_FIRST = re.compile(rf"q([1-4])\s*(?:of\s+)?{_YEAR}{_END}")
_MONTH = re.compile(rf"{_YEAR}\s*(?:年\s*(1[0-2]|0?[1-9])\s*月份?|[-/.](1[0-2]|0?[1-9]){_END}(?!日))")
_NAMED_MONTH = re.compile(rf"(?:{_NAMES})\.?,?\s+(?:of\s+)?{_YEAR}{_END}")
_WHOLE_YEAR = re.compile(rf"{_YEAR}\s*(?:年度?|{_END})")
_LAST_MONTHS = re.compile(r"(?:last|past|latest|recent)\s+(\d+)\s+months?|(?:近|最近|过去)\s*(\d+)\s*个?月")
_SAID = {
    "this year": ("year", 0), "今年": ("year", 0), "本年": ("year", 0),
    "last year": ("year", 1), "去年": ("year", 1), "上年": ("year", 1),
    "this quarter": ("quarter", 0), "本季度": ("quarter", 0), "这个季度": ("quarter", 0),
    "last quarter": ("quarter", 1), "上季度": ("quarter", 1), "上个季度": ("quarter", 1),
    "this month": ("month", 0), "本月": ("month", 0), "这个月": ("month", 0), "当月": ("month", 0),
    "last month": ("month", 1), "上月": ("month", 1), "上个月": ("month", 1),
}  # fmt: skip


def span_at(text: str, at: int, today: date) -> Span | None:
    """The period that is named here, None for none. `text` is plain: one width, small letters."""
    for read in (_quarter, _month, _months_back, _said, _year):
        found = read(text, at, today)
        if found is not None:
            return found
    return None


def _quarter(text: str, at: int, today: date) -> Span | None:
    if found := _QUARTER.match(text, at):
        year, quarter = found[1] or found[3], _QUARTERS[found[2] or found[4]]
        return Span("quarter", f"{year}-Q{quarter}", found.end())
    if found := _QUARTER_FIRST.match(text, at):
        return Span("quarter", f"{found[2]}-Q{found[1]}", found.end())
    return None


def _month(text: str, at: int, today: date) -> Span | None:
    if found := _MONTH.match(text, at):
        return Span("month", date(int(found[1]), int(found[2] or found[3]), 1), found.end())
    if found := _NAMED_MONTH.match(text, at):
        number = next(number for number in range(1, 13) if found[f"m{number}"])
        return Span("month", date(int(found[found.re.groups]), number, 1), found.end())
    return None


def _year(text: str, at: int, today: date) -> Span | None:
    found = _WHOLE_YEAR.match(text, at)
    return Span("year", int(found[1]), found.end()) if found else None


def _months_back(text: str, at: int, today: date) -> Span | None:
    found = _LAST_MONTHS.match(text, at)
    if found is None:
        return None
    count = min(int(found[1] or found[2]), 240)
    return Span("month", add_months(today.replace(day=1), 1 - count), found.end(), since=True)


def _said(text: str, at: int, today: date) -> Span | None:
    # "same day last month", 上月同期 and 去年同期 are ways of looking, not periods.
    phrase = next((each for each in sorted(_SAID, key=len, reverse=True) if text.startswith(each, at)), "")
    if not phrase or text.startswith("同期", at + len(phrase)):
        return None
    level, back = _SAID[phrase]
    month = add_months(today.replace(day=1), -back * {"year": 12, "quarter": 3, "month": 1}[level])
    member: Member = month
    if level == "year":
        member = month.year
    elif level == "quarter":
        member = f"{month.year}-Q{(month.month + 2) // 3}"
    return Span(level, member, at + len(phrase))
