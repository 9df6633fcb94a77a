"""The catalogue in the words of TMF620, there and back."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Characteristic, Offering, PriceFact, Rule, State, Use, Value
from loopline.kernel.errors import Invalid
from loopline.tmf.engine import View, moment_of
from loopline.tmf.engine.query import uuid_of
from loopline.tmf.engine.values import instant

API = "productCatalogManagement"
STATES: Mapping[Any, str | None] = {
    State.IN_STUDY.value: "In study",
    State.IN_DESIGN.value: "In design",
    State.IN_TEST.value: "In test",
    State.ACTIVE.value: "Active",
    State.LAUNCHED.value: "Launched",
    State.RETIRED.value: "Retired",
    State.OBSOLETE.value: "Obsolete",
}
PRICE_TYPES: Mapping[Any, str | None] = {
    "recurring": "recurring",
    "one_time": "oneTime",
    "usage": "usage",
    "allowance": "allowance",
    "discount": "discount",
}
VALUE_TYPES = {"text": "string", "whole": "integer", "number": "number", "yes_no": "boolean", "day": "date"}
MONTHS = {"month": 1, "months": 1, "monthly": 1, "quarter": 3, "year": 12, "years": 12, "yearly": 12}


def thing(value: Any) -> dict[str, Any]:
    """An object that a client sent, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def things(value: Any) -> list[dict[str, Any]]:
    """The objects of a list that a client sent."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def state_of(text: str) -> str:
    """The state that a client names. Raises Invalid."""
    plain = text.replace(" ", "").casefold()
    for code, word in STATES.items():
        if str(word).replace(" ", "").casefold() == plain:
            return str(code)
    raise Invalid(field="lifecycleStatus", reason=_("There is no such state."))


def period(row: Any, view: View) -> dict[str, str] | None:
    """`validFor` of an entry."""
    ends = {
        "startDateTime": moment_of(row.valid_from, view.actor.zone),
        "endDateTime": moment_of(row.valid_until, view.actor.zone),
    }
    return {name: value for name, value in ends.items() if value} or None


def period_in(value: Mapping[str, Any] | None, view_zone: Any) -> dict[str, Any]:
    """The moments of a `validFor`, by the names of our fields."""
    given = value or {}
    starts, ends = given.get("startDateTime"), given.get("endDateTime")
    return {
        "valid_from": instant(starts, view_zone) if starts else None,
        "valid_until": instant(ends, view_zone) if ends else None,
    }


def ref(view: View, resource: str, row: Any, referred: str, **more: Any) -> dict[str, Any]:
    """A reference to something in the catalogue."""
    found = {
        "id": str(row.public_id),
        "href": view.href(API, resource, row.public_id),
        "name": row.name,
        "@referredType": referred,
    }
    return found | more


def known[M: models.Model](model: type[M], items: Iterable[Any]) -> dict[str, M]:
    """The rows that references name, by the id as it was sent."""
    keys = {str(item.get("id")): uuid_of(str(item.get("id"))) for item in items if isinstance(item, dict)}
    wanted = [key for key in keys.values() if key is not None]
    rows = {row.public_id: row for row in model._default_manager.filter(public_id__in=wanted)}  # type: ignore[attr-defined]
    return {text: rows[key] for text, key in keys.items() if key in rows}


def strangers(model: type[models.Model]) -> Callable[[Any], Any]:
    """Picks from a list of references those to what we do not hold."""

    def pick(value: Any) -> Any:
        ours = known(model, value)
        return [item for item in value if item.get("id") is not None and str(item["id"]) not in ours]

    return pick


# Specifications


def characteristic(each: Characteristic) -> dict[str, Any]:
    """A characteristic as a ProductSpecificationCharacteristic."""
    values: list[dict[str, Any]] = [
        {"value": known.value, "valueType": VALUE_TYPES[each.kind], "isDefault": known.value == each.default}
        for known in each.values
    ]
    if not values and (each.low is not None or each.high is not None):
        values = [{"valueType": VALUE_TYPES[each.kind], "valueFrom": each.low, "valueTo": each.high}]
    if not each.values and each.default:
        values.append({"value": each.default, "valueType": VALUE_TYPES[each.kind], "isDefault": True})
    if each.unit:
        values = [value | {"unitOfMeasure": each.unit} for value in values]
    return {
        "id": each.code,
        "name": each.name,
        "valueType": VALUE_TYPES[each.kind],
        "configurable": each.configurable,
        "minCardinality": each.minimum,
        "maxCardinality": each.maximum,
        "productSpecCharacteristicValue": values,
    }


def characteristics_in(items: Iterable[Mapping[str, Any]]) -> tuple[Characteristic, ...]:
    """Characteristics as a client describes them."""
    made: list[Characteristic] = []
    for item in items:
        name = str(item.get("name") or item.get("id") or "")
        code = re.sub(r"[.\s]+", "_", str(item.get("id") or name)).strip("_")[:100]
        if any(each.code == code for each in made):
            code = f"{code}_{len(made) + 1}"
        made.append(_characteristic_in(item, code, name))
    return tuple(made)


def _characteristic_in(item: Mapping[str, Any], code: str, name: str) -> Characteristic:
    kinds = {word: kind for kind, word in VALUE_TYPES.items()}
    kind = kinds.get(str(item.get("valueType", "")).casefold(), "text")
    values: list[Value] = []
    low, high, default, unit = None, None, "", ""
    for each in things(item.get("productSpecCharacteristicValue")):
        unit = str(each.get("unitOfMeasure") or unit)
        low, high = _bound(each.get("valueFrom"), low), _bound(each.get("valueTo"), high)
        if each.get("value") is not None:
            text = plain_value(each["value"])
            values.append(Value(text))
            default = text if each.get("isDefault") else default
    return Characteristic(
        code=code,
        name=name,
        name_en=name,
        kind="text" if values and kind == "yes_no" else kind,
        unit=unit,
        values=tuple(dict.fromkeys(values)),
        low=low,
        high=high,
        minimum=_count(item.get("minCardinality"), 0),
        maximum=_count(item.get("maxCardinality"), 1),
        default=default,
        configurable=item.get("configurable") is not False,
    )


def _bound(value: Any, before: Decimal | None) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else before


def _count(value: Any, otherwise: int) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= 100 else otherwise


def plain_value(value: Any) -> str:
    """A value of a characteristic as text: numbers plain, truth as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "value" in value:
        return plain_value(value["value"])
    return str(value)


def use(each: Use, names: Mapping[str, str]) -> dict[str, Any]:
    """What an offering makes of a characteristic, as a ProductSpecificationCharacteristicValueUse."""
    values = each.values or ((each.default,) if each.default else ())
    return {
        "id": each.code,
        "name": names.get(each.code, each.code),
        "productSpecCharacteristicValue": [
            {"value": value, "isDefault": value == each.default} for value in values
        ],
    }


def uses_in(
    items: Iterable[Mapping[str, Any]], specification: catalogue.Specification | None
) -> tuple[Use, ...]:
    """The uses that name a characteristic of the specification; values it does not know are left out."""
    codes: dict[str, Characteristic] = {}
    for each in catalogue.characteristics_of(specification):
        codes |= {each.code: each, each.name: each}
    found = []
    for item in items:
        named = codes.get(str(item.get("id"))) or codes.get(str(item.get("name")))
        if named is None:
            continue
        allowed = {known.value for known in named.values}
        values, default = [], ""
        for value in things(item.get("productSpecCharacteristicValue")):
            text = plain_value(value.get("value"))
            if value.get("value") is not None and (not allowed or text in allowed):
                values.append(text)
                default = text if value.get("isDefault") else default
        found.append(Use(named.code, tuple(values), default))
    return tuple(found)


# Prices


def price_type(text: str) -> str:
    """Our kind of price for a client's word; what is charged in periods is recurring, the rest once."""
    plain = re.sub(r"[\s_-]", "", text).casefold()
    return {"onetime": "one_time", "recurring": "recurring", "usage": "usage", "discount": "discount",
            "allowance": "allowance"}.get(plain, "")  # fmt: skip


def price_fact(body: Mapping[str, Any], before: PriceFact | None = None) -> PriceFact:
    """A price as a client describes it; what he does not mention stays as it was."""
    kind = price_type(str(body.get("priceType") or ""))
    if not kind:
        periodic = body.get("recurringChargePeriodType") or body.get("recurringChargePeriodLength")
        kind = before.kind if before else "recurring" if periodic else "one_time"
    fact = replace(before, kind=kind) if before else PriceFact(kind=kind, name=str(body.get("name") or ""))
    changes: dict[str, Any] = {}
    if "name" in body:
        changes["name"] = str(body["name"] or "")
    if "price" in body:
        changes["amount"] = _decimal(thing(body["price"]).get("value"))
    if "percentage" in body:
        changes["percent"] = _decimal(body["percentage"])
    if "unitOfMeasure" in body:
        given = thing(body["unitOfMeasure"])
        amount = _decimal(given.get("amount"))
        changes |= {"unit": str(given.get("units") or "piece"), "quantity": amount or None}
    elif kind in ("usage", "allowance") and not fact.unit:
        changes |= {"unit": "piece", "quantity": Decimal(1)}
    if "recurringChargePeriodType" in body or "recurringChargePeriodLength" in body:
        unit = MONTHS.get(str(body.get("recurringChargePeriodType") or "month").casefold(), 1)
        changes["period_months"] = unit * max(1, _count(body.get("recurringChargePeriodLength"), 1))
    if "productOfferingTerm" in body:
        changes["months"] = term_in(body["productOfferingTerm"])
    return replace(fact, **changes)


def _decimal(value: Any) -> Decimal:
    return (
        Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else Decimal(0)
    )


def term_in(items: Any) -> int:
    """The months of the first term that says how long it is."""
    for item in things(items):
        duration = thing(item.get("duration"))
        amount = duration.get("amount")
        if isinstance(amount, int) and 0 < amount <= 120:
            return min(120, amount * MONTHS.get(str(duration.get("units") or "month").casefold(), 1))
    return 0


def term(months: int, name: str) -> list[dict[str, Any]] | None:
    """So many months as a ProductOfferingTerm."""
    return [{"name": name, "duration": {"amount": months, "units": "month"}}] if months else None


# Rules


def relationships(rules: Iterable[Rule], offers: Mapping[str, Offering], view: View) -> list[dict[str, Any]]:
    """Compatibility rules as productOfferingRelationship."""
    return [
        ref(view, "productOffering", offers[code], "ProductOffering", relationshipType=rule.kind)
        for rule in rules
        if rule.kind in ("requires", "excludes", "replaces")
        for code in rule.values
        if code in offers
    ]


def relation_kind(text: str) -> str:
    """Our kind of rule for a client's relationship; empty where we have none."""
    plain = text.casefold()
    kinds = {"requires": "requires", "dependency": "requires", "reliesfrom": "requires", "excludes": "excludes",
             "exclusivity": "excludes", "exclusion": "excludes", "replaces": "replaces", "substitution": "replaces",
             "migration": "replaces"}  # fmt: skip
    return kinds.get(re.sub(r"[\s_-]", "", plain), "")


def rules_in(items: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules that relationships to our own offerings mean."""
    rows = known(Offering, items)
    codes: dict[str, list[str]] = {}
    for item in items:
        kind, row = relation_kind(str(item.get("relationshipType") or "")), rows.get(str(item.get("id")))
        if kind and row is not None:
            codes.setdefault(kind, []).append(row.code)
    return tuple(Rule(kind, tuple(dict.fromkeys(values))) for kind, values in codes.items())


def other_relationships(value: Any) -> Any:
    """Relationships that are no rule of ours."""
    rows = known(Offering, value)
    return [
        item
        for item in value
        if str(item.get("id")) not in rows or not relation_kind(str(item.get("relationshipType") or ""))
    ]


def member_in(item: Mapping[str, Any], key: UUID) -> catalogue.MemberDesign:
    """A bundledProductOffering of our own as a member."""
    option = thing(item.get("bundledProductOfferingOption"))
    low = _count(option.get("numberRelOfferLowerLimit"), 0)
    usual = max(low, _count(option.get("numberRelOfferDefault"), max(low, 1)))
    return catalogue.MemberDesign(
        key, low, max(usual, _count(option.get("numberRelOfferUpperLimit"), usual)), usual
    )
