"""TMF620: catalogues, categories, specifications, offerings (each version is one) and their prices."""

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Catalogue, Category, EntryInput, Price, PriceDesign, Specification
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import Actor
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    DELETED,
    Attribute,
    Resource,
    View,
    kept,
    moment_of,
    register,
    usually,
)
from loopline.tmf.engine.query import uuid_of
from loopline.tmf.engine.resource import Kind, state_or_change
from loopline.tmf.translate import catalogue as words

EVENTS: dict[str, Kind] = {
    "catalogue.entry_added": CREATED,
    "catalogue.entry_changed": state_or_change("state"),
    "catalogue.entry_removed": DELETED,
    "tmf.attributes_changed": CHANGED,
}
LAST_UPDATE = Attribute(
    name="lastUpdate",
    kind="date-time",
    column="updated_at",
    read=lambda row, view: moment_of(row.updated_at, view.actor.zone),
    settable=False,
    changeable=False,
)
COMMON = (
    Attribute(name="name", column="name", required=True),
    Attribute(name="description", column="description"),
    Attribute(name="lifecycleStatus", column="state", codes=words.STATES),
    Attribute(name="version", column="release"),
    Attribute(name="validFor", kind="period", read=words.period),
    LAST_UPDATE,
)


def entry_fields(actor: Actor, body: dict[str, Any], before: Any = None) -> dict[str, Any]:
    """The fields that all entries have: as they were, changed by what a client sends."""
    names = ("name", "name_en", "description", "state", "release", "valid_from", "valid_until")
    fields = {name: getattr(before, name) for name in names} if before is not None else {}
    if "name" in body:
        fields |= {"name": body["name"]} | ({} if before is not None else {"name_en": body["name"]})
    if "description" in body:
        fields["description"] = body["description"] or ""
    if body.get("lifecycleStatus"):
        fields["state"] = words.state_of(body["lifecycleStatus"])
    if body.get("version"):
        fields["release"] = body["version"]
    if "validFor" in body:
        fields |= words.period_in(body["validFor"], actor.zone)
    return fields


def remove(actor: Actor, row: Any) -> None:
    """Remove an entry."""
    catalogue.remove_entry(actor=actor, entry=row)


# Catalogues


def _catalogue(
    actor: Actor, body: dict[str, Any], before: Catalogue | None = None
) -> catalogue.CatalogueInput:
    own = tuple(before.categories.values_list("public_id", flat=True)) if before else ()
    if "category" in body:
        own = tuple(row.public_id for row in words.known(Category, body["category"] or ()).values())
    kind = body.get("catalogType") or "" if "catalogType" in body else before.kind if before else ""
    return catalogue.CatalogueInput(kind=kind, categories=own, **entry_fields(actor, body, before))


def _roots(found: list[Catalogue], view: View) -> dict[int, list[Category]]:
    inside: dict[int, list[Category]] = {}
    for row in Category.objects.filter(catalogue__in=found).order_by("position", "id"):
        inside.setdefault(row.catalogue_id or 0, []).append(row)
    return inside


register(
    Resource(
        api=words.API,
        name="catalog",
        about="A collection of categories for an audience.",
        model=Catalogue,
        rows=lambda actor: Catalogue.objects.all(),
        prepare=_roots,
        see="catalogue.view",
        create=lambda actor, body: catalogue.add_catalogue(actor=actor, given=_catalogue(actor, body)),
        patch=lambda actor, row, changes: catalogue.change_catalogue(
            actor=actor, catalogue=row.public_id, given=_catalogue(actor, changes, row)
        ),
        delete=remove,
        events=EVENTS,
        attributes=(
            *COMMON,
            Attribute(name="catalogType", column="kind"),
            Attribute(
                name="category",
                kind="reference[]",
                read=lambda row, view: [
                    words.ref(view, "category", each, "Category", version=each.release)
                    for each in view.data.get(row.pk, [])
                ],
                keeps=words.strangers(Category),
                paths={"id": "categories__public_id", "name": "categories__name"},
            ),
            *kept("reference[]", "relatedParty"),
        ),
    )
)


# Categories


def _category(actor: Actor, body: dict[str, Any], before: Category | None = None) -> catalogue.CategoryInput:
    parent = before.parent.public_id if before and before.parent else None
    if "parentId" in body:
        parent = uuid_of(body["parentId"]) if body["parentId"] else None
        if body["parentId"] and parent is None:
            raise Invalid(field="parentId", reason=_("There is no such category."))
    position = before.position if before else 0
    return catalogue.CategoryInput(parent=parent, position=position, **entry_fields(actor, body, before))


def _shelves(found: list[Category], view: View) -> dict[str, dict[int, list[Any]]]:
    below: dict[int, list[Any]] = {}
    offers: dict[int, list[Any]] = {}
    for row in Category.objects.filter(parent__in=found).order_by("position", "id"):
        below.setdefault(row.parent_id or 0, []).append(row)
    for offer in catalogue.Offering.objects.filter(category__in=found, is_sold=True).order_by("name", "id"):
        offers.setdefault(offer.category_id or 0, []).append(offer)
    return {"below": below, "offers": offers}


register(
    Resource(
        api=words.API,
        name="category",
        about="A drawer of the catalogue; categories form a tree.",
        model=Category,
        rows=lambda actor: Category.objects.select_related("parent"),
        prepare=_shelves,
        see="catalogue.view",
        create=lambda actor, body: catalogue.add_category(actor=actor, given=_category(actor, body)),
        patch=lambda actor, row, changes: catalogue.change_category(
            actor=actor, category=row.public_id, given=_category(actor, changes, row)
        ),
        delete=remove,
        events=EVENTS,
        attributes=(
            *COMMON,
            Attribute(
                name="isRoot",
                kind="boolean",
                column=ExpressionWrapper(Q(parent=None), BooleanField()),
                read=lambda row, view: row.parent_id is None,
                settable=False,
                changeable=False,
            ),
            Attribute(
                name="parentId",
                column="parent__public_id",
                read=lambda row, view: str(row.parent.public_id) if row.parent else None,
            ),
            Attribute(
                name="subCategory",
                kind="reference[]",
                read=lambda row, view: [
                    words.ref(view, "category", each, "Category")
                    for each in view.data["below"].get(row.pk, [])
                ],
                keeps=words.strangers(Category),
            ),
            Attribute(
                name="productOffering",
                kind="reference[]",
                read=lambda row, view: [
                    words.ref(view, "productOffering", each, "ProductOffering")
                    for each in view.data["offers"].get(row.pk, [])
                ],
                keeps=words.strangers(catalogue.Offering),
            ),
        ),
    )
)


# Specifications


def _specification(
    actor: Actor, body: dict[str, Any], before: Specification | None = None
) -> catalogue.SpecificationInput:
    given = entry_fields(actor, body, before)
    for name, field in (("productNumber", "code"), ("brand", "brand")):
        given[field] = body.get(name) or "" if name in body else getattr(before, field, "")
    given["service"] = before.service if before else ""
    given["is_bundle"] = bool(body["isBundle"]) if "isBundle" in body else bool(before and before.is_bundle)
    if before is None and given["is_bundle"] and not body.get("bundledProductSpecification"):
        raise catalogue.EmptyBundle(field="bundledProductSpecification")
    own = catalogue.characteristics_of(before)
    if "productSpecCharacteristic" in body:
        own = words.characteristics_in(body["productSpecCharacteristic"] or ())
    return catalogue.SpecificationInput(characteristics=own, **given)


def _still_so(row: Specification, beside: dict[str, Any]) -> dict[str, Any]:
    """What a client said of the characteristics holds until they are changed elsewhere."""
    sent = beside.get("productSpecCharacteristic")
    if sent is None or words.characteristics_in(sent) == catalogue.characteristics_of(row):
        return beside
    return {name: value for name, value in beside.items() if name != "productSpecCharacteristic"}


register(
    Resource(
        api=words.API,
        name="productSpecification",
        about="What a product can be: its characteristics.",
        model=Specification,
        rows=lambda actor: Specification.objects.all(),
        see="catalogue.view",
        create=lambda actor, body: catalogue.add_specification(
            actor=actor, given=_specification(actor, body)
        ),
        patch=lambda actor, row, changes: catalogue.change_specification(
            actor=actor, specification=row.public_id, given=_specification(actor, changes, row)
        ),
        delete=remove,
        refresh=_still_so,
        events=EVENTS,
        attributes=(
            *COMMON,
            Attribute(name="productNumber", column="code"),
            Attribute(name="brand", column="brand"),
            Attribute(name="isBundle", kind="boolean", column="is_bundle"),
            Attribute(
                name="bundledProductSpecification",
                kind="object[]",
                kept=True,
                read=lambda row, view: [] if row.is_bundle else None,
            ),
            Attribute(
                name="productSpecCharacteristic",
                kind="object[]",
                kept=True,
                read=lambda row, view: [
                    words.characteristic(each) for each in catalogue.characteristics_of(row)
                ],
            ),
            *kept("reference[]", "relatedParty resourceSpecification serviceSpecification"),
            *kept("object[]", "attachment productSpecificationRelationship"),
            *kept("object", "targetProductSchema"),
        ),
    )
)


# Prices


def _entry(actor: Actor, body: dict[str, Any], before: Price | None = None) -> EntryInput:
    return EntryInput(**entry_fields(actor, body, before))


def _change_price(actor: Actor, row: Price, changes: dict[str, Any]) -> Price:
    if set(changes) <= set(WORDS_OF_A_PRICE):
        return row
    fact = words.price_fact(changes, catalogue.price_fact(row))
    return catalogue.change_price(
        actor=actor, price=row.public_id, given=PriceDesign(fact), entry=_entry(actor, changes, row)
    )


WORDS_OF_A_PRICE = (
    "bundledPopRelationship", "constraint", "place", "popRelationship", "pricingLogicAlgorithm", "tax", "isBundle",
)  # fmt: skip


def _type_still_so(row: Price, beside: dict[str, Any]) -> dict[str, Any]:
    sent = beside.get("priceType")
    if sent is None or words.price_type(str(sent)) in ("", row.kind):
        return beside
    return {name: value for name, value in beside.items() if name != "priceType"}


def _money(row: Price, view: View) -> dict[str, Any] | None:
    if row.kind in ("allowance", "discount") and not row.amount:
        return None
    return {"unit": row.currency or view.actor.currency, "value": row.amount}


def _unit(row: Price, view: View) -> dict[str, Any] | None:
    return {"amount": row.quantity or 1, "units": row.unit} if row.unit else None


register(
    Resource(
        api=words.API,
        name="productOfferingPrice",
        about="A price: recurring, one-time, for usage, a discount or an allowance.",
        model=Price,
        rows=lambda actor: Price.objects.select_related("offering"),
        see="catalogue.view",
        create=lambda actor, body: catalogue.add_price(
            actor=actor, given=PriceDesign(words.price_fact(body)), entry=_entry(actor, body)
        ),
        patch=_change_price,
        delete=remove,
        refresh=_type_still_so,
        events=EVENTS,
        attributes=(
            *COMMON,
            Attribute(name="priceType", column="kind", codes=words.PRICE_TYPES, kept=True),
            usually("isBundle", False),
            Attribute(name="price", kind="money", read=_money, paths={"value": "amount", "unit": "currency"}),
            Attribute(
                name="percentage",
                kind="number",
                column="percent",
                read=lambda row, view: row.percent or None,
            ),
            Attribute(
                name="unitOfMeasure", kind="object", read=_unit, paths={"units": "unit", "amount": "quantity"}
            ),
            Attribute(
                name="recurringChargePeriodType",
                read=lambda row, view: "month" if row.kind == "recurring" else None,
            ),
            Attribute(
                name="recurringChargePeriodLength",
                kind="integer",
                column="period_months",
                read=lambda row, view: row.period_months if row.kind == "recurring" else None,
            ),
            Attribute(
                name="productOfferingTerm",
                kind="object[]",
                kept=True,
                read=lambda row, view: words.term(row.months, "duration"),
            ),
            Attribute(
                name="prodSpecCharValueUse",
                kind="object[]",
                kept=True,
                read=lambda row, view: (
                    [
                        {"id": code, "name": code, "productSpecCharacteristicValue": [{"value": value}]}
                        for code, value in row.condition.items()
                    ]
                    or None
                ),
            ),
            *kept("object[]", "bundledPopRelationship popRelationship pricingLogicAlgorithm tax"),
            *kept("reference[]", "constraint place"),
        ),
    )
)
