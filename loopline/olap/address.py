"""Questions as addresses: a pivot's state in words that a person can read, keep and send."""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from loopline.olap import refusals
from loopline.olap.asking import find_cube
from loopline.olap.definitions import Cube
from loopline.olap.question import Filter, Measured, Member, Op, Question, Top, Way

_SIGNS = (("!=", Op.NOT_IN), (">=", Op.FROM), ("<=", Op.TO), ("=", Op.IN))
_NOTHING = "-"
"""How the member that is nothing is written."""
_LONGEST = 4000


class Named:
    """Plain values as an address gives them, for the command line and tests."""

    def __init__(self, given: Mapping[str, str | Sequence[str]]) -> None:
        self._given = {
            name: [value] if isinstance(value, str) else list(value) for name, value in given.items()
        }

    def get(self, name: str, default: str = "") -> str:
        """The last value."""
        return (self.getlist(name) or [default])[-1]

    def getlist(self, name: str) -> Sequence[str]:
        """All values."""
        return self._given.get(name, [])


type Given = QueryDict | Named
"""What a query string gives: `get` the last, `getlist` all values of a name."""


def parse(cube: str, given: Given) -> Question:
    """The question that an address asks. Without measures, the cube's first one. Refuses what it cannot read."""
    found = find_cube(cube)
    measures = tuple(measured(text) for text in _names(given.get("measures", "")))
    return Question(
        cube=cube,
        rows=_names(given.get("rows", "")),
        columns=_names(given.get("columns", "")),
        measures=measures or (Measured(next(iter(found.measures))),),
        filters=tuple(filter_of(found, text) for text in given.getlist("filter")),
        top=_top(given.get("top", "") or ""),
        sort=_sort(given.get("sort", "") or "0"),
        totals=given.get("totals", "1") != "0",
    )


def address(question: Question) -> str:
    """The query string that `parse` reads back to the same question."""
    pairs = [
        ("rows", ",".join(question.rows)),
        ("columns", ",".join(question.columns)),
        ("measures", ",".join(map(str, question.measures))),
        *(("filter", written(one)) for one in question.filters),
        ("top", f"{question.top.level}:{question.top.count}:{question.top.by}" if question.top else ""),
        ("sort", str(question.sort) if question.sort else ""),
        ("totals", "" if question.totals else "0"),
    ]
    return urlencode([(name, value) for name, value in pairs if value], safe=",:|<>=!")


def measured(text: str) -> Measured:
    """`revenue` or `revenue:year_on_year`. Raises UnknownWay."""
    name, _colon, way = text.partition(":")
    try:
        return Measured(name, Way(way or Way.PLAIN))
    except ValueError:
        raise refusals.UnknownWay(field="measures", name=way) from None


def filter_of(cube: Cube, text: str) -> Filter:
    """`tier=gold|silver`, `plan!=P59`, `month>=2026-01`, `city=-` (none). Raises BadFilter and UnknownLevel."""
    text = text.replace("\0", "")[:_LONGEST]
    places = [(text.find(sign), -len(sign), sign, op) for sign, op in _SIGNS if sign in text]
    if not places:
        raise refusals.BadFilter(field="filter", text=text[:60])
    place, _longer_first, sign, op = min(places)
    level, told = text[:place].strip(), text[place + len(sign) :]
    if level not in cube.levels:
        raise refusals.UnknownLevel(field="filter", cube=cube.name, name=level[:60])
    members = tuple(_member(level, one.strip(), text) for one in told.split("|"))
    if op in (Op.FROM, Op.TO) and (len(members) != 1 or members[0] is None):
        raise refusals.BadFilter(field="filter", text=text[:60])
    return Filter(level, op, members)


def written(one: Filter) -> str:
    """A filter as `filter_of` reads it."""
    sign = next(sign for sign, op in _SIGNS if op is one.op)
    return f"{one.level}{sign}{'|'.join(member_text(member) for member in one.members)}"


def member_text(member: Member) -> str:
    """A member as it is written in an address."""
    if member is None:
        return _NOTHING
    return f"{member:%Y-%m}" if isinstance(member, date) else str(member)


def _member(level: str, text: str, whole: str) -> Member:
    if text in ("", _NOTHING):
        return None
    try:
        if level == "year":
            return int(text)
        if level == "month":
            year, month = text.split("-")[:2]
            return date(int(year), int(month), 1)
        if level == "day":
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise refusals.BadFilter(field="filter", text=whole[:60]) from None
    return text


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in (text or "")[:_LONGEST].split(",")) if name)


def _top(text: str) -> Top | None:
    if not text:
        return None
    parts = text.split(":")
    if len(parts) != 3 or not parts[1].isdecimal() or len(parts[1]) > 4:
        raise refusals.BadTop(field="top")
    return Top(parts[0], int(parts[1]), parts[2])


def _sort(text: str) -> int:
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) < 3 else 0
