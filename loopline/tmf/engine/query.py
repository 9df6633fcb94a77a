"""The query string of a list: filters, sort, page and fields, made into one database query."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Q, Value
from django.http import QueryDict

from loopline.kernel.permission import Actor
from loopline.tmf.engine import matching
from loopline.tmf.engine.errors import BadQuery
from loopline.tmf.engine.matching import COMPARE, Condition, in_kept
from loopline.tmf.engine.resource import SHAPES, Attribute, Resource, View
from loopline.tmf.engine.values import INSTANT, instant

DEFAULT, MOST, FARTHEST = 50, 200, 10_000
OPERATORS = (*COMPARE, "ne", "regex")
KEYS = ("id", "href")
TYPED = ("@type", "@baseType", "@schemaLocation")
LONGEST_REGEX = 100
ENDLESS = re.compile(r"\\\d|\(\?|[*+}]\)?[*+{]|\{\d{3,}|,\d{3,}\}")
"""What makes an expression dear: back references, look-around, repeated repetitions, large counts."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One attribute or a path into it, an operator, and the values of which one must fit."""

    path: list[str]
    operator: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood."""

    filters: list[Filter] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    fields: list[str] | None = None
    offset: int = 0
    limit: int = DEFAULT


def understand(query: QueryDict) -> Asked:
    """Read a query string. Raises BadQuery."""
    filters, known = [], {"fields", "sort", "offset", "limit"}
    for name, values in query.lists():
        if name not in known:
            filters.append(_filter(name, values))
    offset = _count(query, "offset", 0)
    if offset > FARTHEST:
        raise BadQuery(field="offset", reason=f"offset goes to {FARTHEST}; filter to reach what lies farther")
    return Asked(
        filters,
        [_direction(name) for name in ",".join(query.getlist("sort")).split(",") if name.strip()],
        [name.strip() for name in ",".join(query.getlist("fields")).split(",")]
        if "fields" in query
        else None,
        offset,
        min(_count(query, "limit", DEFAULT), MOST),
    )


def select(resource: Resource, view: View, asked: Asked) -> models.QuerySet[Any]:
    """The rows that fit, in order."""
    rows = resource.found(view)
    for each in asked.filters:
        rows = rows.filter(_condition(resource, view, each))
    order = [_order(resource, name, down) for name, down in asked.sort]
    return rows.order_by(*order, *resource.sort)


def _filter(name: str, values: list[str]) -> Filter:
    path = name.split(".")
    operator = path.pop() if len(path) > 1 and path[-1] in OPERATORS else "eq"
    if any("\0" in text for text in (name, *values)):
        raise BadQuery(field="filter", reason="a filter holds no zero byte")
    if operator != "regex":
        values = [part for text in values for part in re.split(r"[,;]", text)]
    for pattern in values if operator == "regex" else []:
        _check_regex(name, pattern)
    return Filter(path, operator, values)


def _check_regex(name: str, pattern: str) -> None:
    if len(pattern) > LONGEST_REGEX or ENDLESS.search(pattern):
        raise BadQuery(field=name, reason="this regular expression is too costly")
    try:
        re.compile(pattern)
    except re.error as fault:
        raise BadQuery(field=name, reason="this is not a regular expression") from fault


def _direction(name: str) -> tuple[str, bool]:
    plain = name.strip()
    return plain.lstrip("+-"), plain.startswith("-")


def _count(query: QueryDict, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadQuery(field=name, reason=f"{name} is a number from 0")
    return int(text)


def _condition(resource: Resource, view: View, asked: Filter) -> Q:
    name, *rest = asked.path
    if asked.operator == "ne":
        equal = Filter(asked.path, "eq", asked.values)
        return ~_condition(resource, view, equal)
    found = Q(pk__in=[])
    for value in asked.values:
        if asked.path in (["id"], ["href"]):
            found |= _by_key(resource, view, asked.operator, value)
        elif asked.path in ([each] for each in TYPED):
            found |= _by_type(resource, name, asked.operator, value)
        else:
            found |= _by_attribute(resource, view, asked, rest, value)
    return found


def _by_key(resource: Resource, view: View, operator: str, value: str) -> Q:
    if operator != "eq":
        raise BadQuery(field="id", reason="id and href are compared for equality alone")
    key = key_of(resource, value.rpartition("/")[2])
    return Q(pk__in=[]) if key is None else Q(**{resource.key: key})


def key_of(resource: Resource, text: str) -> UUID | int | str | None:
    """An id as the key column has it, or None when it can be none."""
    column = resource.model._meta.pk if resource.key == "pk" else resource.model._meta.get_field(resource.key)
    if isinstance(column, models.UUIDField):
        return uuid_of(text)
    if isinstance(column, models.IntegerField):
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return text


def uuid_of(text: str) -> UUID | None:
    """The UUID that a text writes, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _by_type(resource: Resource, name: str, operator: str, value: str) -> Q:
    found = in_kept(resource, [name], Condition(operator, value))
    if name == "@type" and operator == "eq" and value == resource.type:
        found |= ~in_kept(resource, [name], None)
    return found


def _by_attribute(resource: Resource, view: View, asked: Filter, rest: list[str], value: str) -> Q:
    attribute = _known(resource, asked.path)
    if attribute.mask is not None and not view.clear and asked.operator != "eq":
        raise BadQuery(
            field=attribute.name, reason=f"{attribute.name} is masked and compared for equality alone"
        )
    if asked.operator == "regex" and not rest and attribute.shape not in ("string", "any"):
        raise BadQuery(field=attribute.name, reason=f"{attribute.name} is no text")
    column: Any = attribute.paths.get(".".join(rest)) if rest else attribute.column
    own = (
        _by_column(resource, attribute, column, (asked.operator, value, view.actor), plain=not rest)
        if column and not (attribute.find and not rest)
        else _found(attribute, asked, rest, value, view)
    )
    if not attribute.is_kept:
        if own is None:
            raise BadQuery(field=".".join(asked.path), reason=f"{'.'.join(asked.path)} cannot be filtered")
        return own
    sent = in_kept(resource, asked.path, _condition_on(attribute, asked, value, view.actor))
    return sent if own is None else sent | (~in_kept(resource, [attribute.name], None) & own)


def _found(attribute: Attribute, asked: Filter, rest: list[str], value: str, view: View) -> Q | None:
    if attribute.find is None or rest:
        return None
    if asked.operator != "eq":
        raise BadQuery(field=attribute.name, reason=f"{attribute.name} is compared for equality alone")
    return attribute.find(value, view.actor)


def _known(resource: Resource, path: list[str]) -> Attribute:
    attribute = resource.attribute(path[0])
    steps = SHAPES.get(attribute.shape) if attribute else None
    fits = attribute is not None and all(matching.STEP.fullmatch(step) for step in path)
    if fits and len(path) > 1 and attribute is not None:
        # An object of the guidelines may be extended by its sender; a plain value has no parts.
        fits = attribute.shape not in ("string", "number", "integer", "boolean", "date-time")
        if steps and attribute.shape in ("period", "money"):
            fits = path[1] in steps
    if attribute is None or not fits:
        raise BadQuery(field=".".join(path), reason=f"there is no attribute {'.'.join(path)[:80]}")
    return attribute


def _condition_on(attribute: Attribute, asked: Filter, value: str, actor: Actor) -> Condition:
    if asked.operator != "regex" and INSTANT.fullmatch(value.replace(" ", "+")):
        moment = instant(value, actor.zone)
        if moment is not None:
            return Condition(asked.operator, moment)
    return Condition(asked.operator, value)


def _by_column(
    resource: Resource,
    attribute: Attribute,
    column: Any,
    asked: tuple[str, str, Actor],
    *,
    plain: bool,
) -> Q:
    operator, value, actor = asked
    if attribute.codes and plain:
        fitting = [own for own, word in attribute.codes.items() if word and _fits(word, operator, value)]
        return Q(**{f"{column}__in": fitting})
    if not isinstance(column, str):
        typed: Any = value.lower() == "true" if attribute.kind == "boolean" else value
        if attribute.kind == "integer":
            typed = _number(attribute.name, value, is_key=False)
            if typed is None:
                return Q(pk__in=[])
        return Q(_LOOKUPS[operator](column, typed))
    wanted = _typed(_field_of(resource.model, column), attribute.name, operator, value, actor)
    if wanted is None:
        return Q(pk__in=[])
    if isinstance(wanted, datetime) and operator in ("eq", "gt", "lte"):
        return _within_millisecond(column, operator, wanted)
    suffix = {"eq": "", "regex": "__regex"}.get(operator, f"__{operator}")
    return Q(**{column + suffix: wanted})


def _within_millisecond(column: str, operator: str, moment: datetime) -> Q:
    """Moments are shown by the millisecond: one that is asked for by what was shown is found again."""
    following = moment + timedelta(milliseconds=1)
    if operator == "gt":
        return Q(**{f"{column}__gte": following})
    before = Q(**{f"{column}__lt": following})
    return before & Q(**{f"{column}__gte": moment}) if operator == "eq" else before


_LOOKUPS: dict[str, Any] = {
    "eq": models.lookups.Exact,
    "gt": models.lookups.GreaterThan,
    "gte": models.lookups.GreaterThanOrEqual,
    "lt": models.lookups.LessThan,
    "lte": models.lookups.LessThanOrEqual,
    "regex": models.lookups.Regex,
}


def _fits(word: str, operator: str, value: str) -> bool:
    if operator == "regex":
        return re.search(value, word) is not None
    return {
        "eq": word == value,
        "gt": word > value,
        "gte": word >= value,
        "lt": word < value,
        "lte": word <= value,
    }[operator]


def _field_of(model: type[models.Model], column: str) -> "models.Field[Any, Any] | None":
    """The field that a path leads to, or None for a value that the query computes."""
    found: Any = None
    for part in column.split("__"):
        try:
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        model = found.related_model or model
    return cast("models.Field[Any, Any]", found)


def _typed(of: "models.Field[Any, Any] | None", name: str, operator: str, value: str, actor: Actor) -> Any:
    if operator == "regex" and not isinstance(of, models.TextField | None):
        raise BadQuery(field=name, reason=f"{name} is no text and cannot be compared with an expression")
    if isinstance(of, models.UUIDField):
        return uuid_of(value)
    if isinstance(of, models.BooleanField):
        return {"true": True, "false": False}.get(value.lower())
    if isinstance(of, models.DateField):
        moment = instant(value, actor.zone)
        if moment is None:
            raise BadQuery(field=name, reason=f"{name} is a moment such as 2026-01-31T12:00:00Z")
        return moment if isinstance(of, models.DateTimeField) else _day(operator, moment, actor)
    if isinstance(of, models.IntegerField | models.DecimalField | models.FloatField):
        return _number(name, value, is_key=of.primary_key)
    return value


def _number(name: str, value: str, *, is_key: bool) -> Decimal | None:
    if is_key and not (value.isascii() and value.isdigit()):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation as fault:
        raise BadQuery(field=name, reason=f"{name} is a number") from fault
    return number if number.is_finite() and abs(number) < 10**18 else None


def _day(operator: str, moment: datetime, actor: Actor) -> date:
    """The day with which a column of days is compared; a day is its first moment in the operator's zone."""
    local = moment.astimezone(actor.zone)
    begun = local.time() != time.min and operator in ("gte", "lt")
    return local.date() + timedelta(days=1 if begun else 0)


def _order(resource: Resource, name: str, down: bool) -> Any:
    if name in KEYS:
        source: Any = F("pk")
    else:
        attribute = _known(resource, [name])
        own = attribute.source
        source = matching.text_in_kept(resource, name) if attribute.is_kept and own is None else own
        if isinstance(source, Value):
            source = F("pk")
        if source is None:
            raise BadQuery(field="sort", reason=f"{name} cannot be sorted by")
    return source.desc(nulls_last=True) if down else source.asc(nulls_last=True)
