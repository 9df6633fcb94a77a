"""JSON as it comes in and goes out."""

import json
import math
import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Never
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime

from loopline.tmf.engine.errors import BadBody
from loopline.tmf.engine.resource import SHAPES, Attribute

JSON = "application/json;charset=utf-8"
DEPTH = 20
INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")


def dump(value: Any) -> str:
    """JSON text: moments in UTC, money as numbers, keys as text."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def load(body: bytes) -> Any:
    """What a body says. Raises BadBody for anything that PostgreSQL could not keep."""
    try:
        value = json.loads(body, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as fault:
        raise BadBody(reason=f"this is not JSON ({type(fault).__name__})") from fault
    _check(value, DEPTH)
    return value


def instant(text: str, zone: tzinfo = UTC) -> datetime | None:
    """The moment that a text names; a day is its beginning in `zone`. None when it names none."""
    # In an address that was not encoded the plus of an offset arrives as a blank.
    plain = re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip())
    try:
        moment = parse_datetime(plain) if "T" in plain else None
        day = parse_date(plain) if moment is None else None
    except ValueError:
        return None
    if day is not None:
        moment = datetime.combine(day, time.min)
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def moment_of(value: date | datetime | None, zone: tzinfo) -> str | None:
    """A day or moment as the APIs write moments."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min, tzinfo=zone)
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check(attribute: Attribute, value: Any) -> None:
    """Refuse a value that is not of the attribute's kind. Raises BadBody."""
    if attribute.kind.endswith("[]"):
        if not isinstance(value, list):
            raise BadBody(field=attribute.name, reason=f"{attribute.name} is a list")
        for item in value:
            _check_kind(attribute.name, attribute.shape, item)
    else:
        _check_kind(attribute.name, attribute.kind, value)
    if attribute.among and value not in attribute.among:
        raise BadBody(field=attribute.name, reason=f"{attribute.name} is one of {', '.join(attribute.among)}")


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


def _check_kind(name: str, kind: str, value: Any) -> None:
    if kind == "any":
        return
    if kind == "date-time":
        if not isinstance(value, str) or not INSTANT.fullmatch(value) or instant(value) is None:
            raise BadBody(field=name, reason=f"{name} is a moment such as 2026-01-31T12:00:00Z")
    elif kind in _TYPES:
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            raise BadBody(field=name, reason=f"{name} is a {kind}")
    elif not isinstance(value, dict):
        raise BadBody(field=name, reason=f"{name} is an object")
    else:
        for part, part_kind in SHAPES.get(kind, {}).items():
            if value.get(part) is not None:
                _check_kind(f"{name}.{part}", part_kind, value[part])


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return moment_of(value, UTC)
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, tuple | frozenset | set):
        return list(value)
    return str(value)


def _no_number(text: str) -> Never:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise BadBody(reason=f"it is nested more than {DEPTH} deep")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadBody(reason="a text holds a character that cannot be kept")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**18:
        raise BadBody(reason="a number is too large")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth - 1)
