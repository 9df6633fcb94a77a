"""The characteristics of a product: what kind of value each takes, which an offering allows, what was chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

TEXT, WHOLE, NUMBER, YES_NO, DAY = "text", "whole", "number", "yes_no", "day"
KINDS = (TEXT, WHOLE, NUMBER, YES_NO, DAY)

type Options = Mapping[str, str | Sequence[str]]
"""What a customer chose, by code of the characteristic."""


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values that may be chosen, with its label for people (the value itself where it has none)."""

    value: str
    name: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """What distinguishes one product of a specification from another.

    With `values` only these are allowed; `low` and `high` bound numbers. Between `minimum` and `maximum` values
    are chosen. What is not `configurable` is fixed by the design and not asked of the customer.
    """

    code: str
    name: str
    name_en: str = ""
    kind: str = TEXT
    unit: str = ""
    values: tuple[Value, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    minimum: int = 0
    maximum: int = 1
    default: str = ""
    configurable: bool = True

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Characteristic":
        """From what `stored` gave."""
        kept = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        kept["values"] = tuple(Value(**value) for value in stored.get("values", ()))
        for bound in ("low", "high"):
            kept[bound] = Decimal(stored[bound]) if stored.get(bound) not in (None, "") else None
        return cls(**kept)

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        kept = asdict(self) | {"values": [asdict(value) for value in self.values]}
        for bound in ("low", "high"):
            kept[bound] = None if kept[bound] is None else str(kept[bound])
        return kept

    def label(self, value: str, *, english: bool) -> str:
        """A value as people read it."""
        for known in self.values:
            if known.value == value:
                return (known.name_en if english else known.name) or known.value
        return value


@dataclass(frozen=True, slots=True)
class Use:
    """What an offering makes of a characteristic: the values it allows (none: all) and the one it proposes."""

    code: str
    values: tuple[str, ...] = ()
    default: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Use":
        """From what `stored` gave."""
        return cls(stored["code"], tuple(stored.get("values", ())), stored.get("default", ""))

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"code": self.code, "values": list(self.values), "default": self.default}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a choice does not hold: required, too_many, not_allowed, not_a_value, out_of_range, unknown."""

    code: str
    characteristic: str
    value: str = ""


def narrowed(characteristics: Iterable[Characteristic], uses: Iterable[Use]) -> tuple[Characteristic, ...]:
    """The characteristics as an offering has them."""
    by_code = {use.code: use for use in uses}
    return tuple(_narrow(each, by_code.get(each.code)) for each in characteristics)


def _narrow(each: Characteristic, use: Use | None) -> Characteristic:
    if use is None:
        return each
    labels = {value.value: value for value in each.values}
    allowed = tuple(labels.get(value, Value(value)) for value in use.values) or each.values
    default = use.default or (allowed[0].value if len(allowed) == 1 else each.default)
    if allowed and default not in {value.value for value in allowed}:
        default = ""
    return replace(each, values=allowed, default=default)


def resolve(
    characteristics: Iterable[Characteristic], chosen: Options
) -> tuple[dict[str, tuple[str, ...]], tuple[Problem, ...]]:
    """The value of every characteristic, with the defaults for what was not chosen, and what is wrong with it."""
    known = {each.code: each for each in characteristics}
    values: dict[str, tuple[str, ...]] = {}
    problems = [Problem("unknown", code) for code in chosen if code not in known]
    for code, each in known.items():
        given = _many(chosen.get(code, ()))
        values[code] = given or _many(each.default)
        problems += _check(each, values[code])
    return values, tuple(problems)


def _many(given: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value in ([given] if isinstance(given, str) else given) if value != "")


def _check(each: Characteristic, values: tuple[str, ...]) -> list[Problem]:
    if len(values) < each.minimum:
        return [Problem("required", each.code)]
    if each.maximum and len(values) > each.maximum:
        return [Problem("too_many", each.code, str(each.maximum))]
    return [Problem(wrong, each.code, value) for value in values if (wrong := wrong_with(each, value))]


def wrong_with(each: Characteristic, value: str) -> str:
    """Why a single value does not hold; empty when it does."""
    if each.values:
        return "" if value in {known.value for known in each.values} else "not_allowed"
    try:
        number = _number(each.kind, value)
    except (ValueError, InvalidOperation):
        return "not_a_value"
    if number is not None and (
        (each.low is not None and number < each.low) or (each.high is not None and number > each.high)
    ):
        return "out_of_range"
    return ""


def _number(kind: str, value: str) -> Decimal | None:
    """The number in a value, None for kinds that are none. Raises where the text is not of the kind."""
    if kind == WHOLE:
        return Decimal(int(value))
    if kind == NUMBER:
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(value)
        return number
    if kind == DAY:
        date.fromisoformat(value)
    if kind == YES_NO and value not in ("yes", "no"):
        raise ValueError(value)
    return None
