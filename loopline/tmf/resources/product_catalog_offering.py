"""TMF620: offerings. Each version is an entity; what is on sale is changed by launching a new one."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import BundleMember, Design, Offering, Price, PriceDesign, Specification, State
from loopline.kernel import clock, series
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import CHANGED, CREATED, DELETED, MOVED_ON, Attribute, Resource, View, kept, register
from loopline.tmf.resources.product_catalog import LAST_UPDATE
from loopline.tmf.translate import catalogue as words

HAS_MEMBERS = ExpressionWrapper(
    Exists(BundleMember.objects.filter(bundle=OuterRef("pk"))), output_field=BooleanField()
)
WAY = [State.IN_DESIGN, State.IN_TEST, State.ACTIVE, State.LAUNCHED, State.RETIRED, State.OBSOLETE]
"""How an offering walks to a state that a client names."""

PARTS = (
    "name", "description", "validFor", "productSpecification", "category", "productOfferingPrice",
    "bundledProductOffering", "productOfferingRelationship", "prodSpecCharValueUse", "productOfferingTerm",
)  # fmt: skip
"""Attributes that are a part of the design."""


def _create(actor: Actor, body: dict[str, Any]) -> Offering:
    if body.get("isBundle") and not body.get("bundledProductOffering"):
        raise catalogue.EmptyBundle(field="bundledProductOffering")
    (number,) = series.take("offering")
    blank = Design(code=f"PO{number:05d}", name=body["name"], name_en=body["name"])
    row = catalogue.design_offering(actor=actor, design=_design(actor, blank, body))
    return _walk(actor, row, body.get("lifecycleStatus"))


def _patch(actor: Actor, row: Offering, changes: dict[str, Any]) -> Offering:
    require(actor, "catalogue.design")
    if set(changes) & set(PARTS):
        design = _design(actor, catalogue.design_of(row), changes)
        row = catalogue.change_offering(actor=actor, offering=row.public_id, design=design)
    return _walk(actor, row, changes.get("lifecycleStatus"))


def _walk(actor: Actor, row: Offering, wanted: str | None) -> Offering:
    """Take the steps to the state that a client names; each is checked as on screen."""
    to = words.state_of(wanted) if wanted else row.state
    order = [state.value for state in WAY]
    ahead = row.state in order and to in order and order.index(to) > order.index(row.state)
    steps = (
        order[order.index(row.state) + 1 : order.index(to) + 1] if ahead else [to] if to != row.state else []
    )
    for step in steps:
        row = catalogue.change_state(actor=actor, offering=row.public_id, to=step, now=clock.now())
    return row


def _design(actor: Actor, before: Design, body: dict[str, Any]) -> Design:
    changes: dict[str, Any] = {}
    if "name" in body:
        changes["name"] = body["name"]
    if "description" in body:
        changes["description"] = body["description"] or ""
    if "validFor" in body:
        changes |= words.period_in(body["validFor"], actor.zone)
    if "productSpecification" in body:
        named = words.known(Specification, [body["productSpecification"]])
        changes["specification"] = next((row.public_id for row in named.values()), None)
    if "category" in body:
        drawers = words.known(catalogue.Category, body["category"] or ())
        changes["category"] = next((row.public_id for row in drawers.values()), None)
    if "productOfferingTerm" in body:
        changes["term_months"] = words.term_in(body["productOfferingTerm"])
    if "productOfferingPrice" in body:
        changes["prices"] = _prices(before, body["productOfferingPrice"] or ())
    if "bundledProductOffering" in body:
        items = body["bundledProductOffering"] or ()
        inside = words.known(Offering, items)
        changes["members"] = tuple(
            words.member_in(item, inside[str(item.get("id"))].public_id)
            for item in items
            if str(item.get("id")) in inside
        )
    if "productOfferingRelationship" in body:
        own = [rule for rule in before.rules if not words.relation_kind(rule.kind)]
        changes["rules"] = (*own, *words.rules_in(body["productOfferingRelationship"] or ()))
    made = replace(before, **changes)
    if "prodSpecCharValueUse" in body:
        specification = (
            Specification.objects.filter(public_id=made.specification).first() if made.specification else None
        )
        made = replace(made, uses=words.uses_in(body["prodSpecCharValueUse"] or (), specification))
    elif made.specification != before.specification:
        made = replace(made, uses=())
    return made


def _prices(before: Design, items: Any) -> tuple[PriceDesign, ...]:
    """Prices by value are made; one that stands alone or in another offering is copied, for it is changed there."""
    own = {str(each.id): each for each in before.prices}
    named = words.known(Price, items)
    made = []
    for item in items:
        key = str(item.get("id"))
        if key in own:
            made.append(own[key])
        elif key in named:
            made.append(PriceDesign(catalogue.price_fact(named[key])))
        elif item.get("id") is None:
            made.append(PriceDesign(words.price_fact(item)))
    return tuple(made)


def _prepare(found: list[Offering], view: View) -> dict[str, Any]:
    prices, inside = defaultdict(list), defaultdict(list)
    for price in Price.objects.filter(offering__in=found).order_by("position", "id"):
        prices[price.offering_id].append(price)
    links = BundleMember.objects.filter(bundle__in=found).select_related("member").order_by("position", "id")
    for link in links:
        inside[link.bundle_id].append(link)
    codes = {code for row in found for rule in catalogue.rules_of(row) for code in rule.values}
    others = Offering.objects.filter(code__in=codes).order_by("is_sold", "revision") if codes else ()
    return {"prices": prices, "inside": inside, "offers": {row.code: row for row in others}}


def _specification(row: Offering, view: View) -> dict[str, Any] | None:
    spec = row.specification
    if spec is None:
        # What is no bundle stands on something: where nobody said on what, on the service alone.
        bundle = bool(view.data["inside"][row.pk])
        return (
            None
            if bundle
            else {"id": row.service, "name": row.service, "@referredType": "ProductSpecification"}
        )
    return words.ref(view, "productSpecification", spec, "ProductSpecification", version=spec.release)


def _inside(row: Offering, view: View) -> list[dict[str, Any]]:
    return [
        words.ref(
            view,
            "productOffering",
            link.member,
            "ProductOffering",
            lifecycleStatus=words.STATES[link.member.state],
            bundledProductOfferingOption={
                "numberRelOfferDefault": link.default,
                "numberRelOfferLowerLimit": link.minimum,
                "numberRelOfferUpperLimit": link.maximum,
            },
        )
        for link in view.data["inside"][row.pk]
    ]


def _uses(row: Offering, view: View) -> list[dict[str, Any]] | None:
    names = {each.code: each.name for each in catalogue.characteristics_of(row.specification)}
    return [words.use(catalogue.Use.read(stored), names) for stored in row.characteristics] or None


def _rule_refs(kind: str, referred: str) -> Any:
    def read(row: Offering, view: View) -> list[dict[str, Any]] | None:
        values = [value for rule in catalogue.rules_of(row) if rule.kind == kind for value in rule.values]
        return [{"id": value, "name": value, "@referredType": referred} for value in values] or None

    return read


def _still_so(row: Offering, beside: dict[str, Any]) -> dict[str, Any]:
    """What a client sent gives way to what was decided since."""
    stale = {"productSpecification"} if row.specification_id else set()
    sent = beside.get("prodSpecCharValueUse")
    if sent is not None and words.uses_in(sent, row.specification) != tuple(
        map(catalogue.Use.read, row.characteristics)
    ):
        stale.add("prodSpecCharValueUse")
    return {name: value for name, value in beside.items() if name not in stale}


def _remove(actor: Actor, row: Offering) -> None:
    catalogue.remove_offering(actor=actor, offering=row.public_id)


register(
    Resource(
        api=words.API,
        name="productOffering",
        about="What is sold: a plan, an add-on or a bundle, in one of its versions.",
        model=Offering,
        rows=lambda actor: Offering.objects.select_related("specification", "category"),
        prepare=_prepare,
        see="catalogue.view",
        create=_create,
        patch=_patch,
        delete=_remove,
        refresh=_still_so,
        events={
            "catalogue.offering_designed": CREATED,
            "catalogue.offering_versioned": CREATED,
            "catalogue.offering_changed": CHANGED,
            "catalogue.offering_state_changed": MOVED_ON,
            "catalogue.offering_removed": DELETED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(name="name", column="name", required=True),
            Attribute(name="description", column="description"),
            Attribute(name="lifecycleStatus", column="state", codes=words.STATES),
            Attribute(
                name="version", kept=True, column="revision", read=lambda row, view: f"{row.revision}.0"
            ),
            Attribute(name="validFor", kind="period", read=words.period),
            LAST_UPDATE,
            Attribute(
                name="isBundle",
                kind="boolean",
                kept=True,
                column=HAS_MEMBERS,
                read=lambda row, view: bool(view.data["inside"][row.pk]),
            ),
            Attribute(name="isSellable", kind="boolean", kept=True, column="is_sold"),
            Attribute(
                name="productSpecification",
                kind="reference",
                kept=True,
                read=_specification,
                paths={"id": "specification__public_id", "name": "specification__name"},
            ),
            Attribute(
                name="category",
                kind="reference[]",
                read=lambda row, view: (
                    [words.ref(view, "category", row.category, "Category")] if row.category else []
                ),
                keeps=words.strangers(catalogue.Category),
                paths={"id": "category__public_id", "name": "category__name"},
            ),
            Attribute(
                name="productOfferingPrice",
                kind="object[]",
                read=lambda row, view: [
                    words.ref(view, "productOfferingPrice", price, "ProductOfferingPrice")
                    for price in view.data["prices"][row.pk]
                ],
                keeps=words.strangers(Price),
                paths={"id": "prices__public_id", "name": "prices__name"},
            ),
            Attribute(
                name="bundledProductOffering",
                kind="object[]",
                read=_inside,
                keeps=words.strangers(Offering),
                paths={"id": "members__member__public_id", "name": "members__member__name"},
            ),
            Attribute(
                name="productOfferingRelationship",
                kind="object[]",
                read=lambda row, view: words.relationships(
                    catalogue.rules_of(row), view.data["offers"], view
                ),
                keeps=words.other_relationships,
            ),
            Attribute(name="prodSpecCharValueUse", kind="object[]", kept=True, read=_uses),
            Attribute(
                name="productOfferingTerm",
                kind="object[]",
                kept=True,
                read=lambda row, view: words.term(row.term_months, "contract"),
            ),
            Attribute(name="channel", kind="reference[]", kept=True, read=_rule_refs("channel", "Channel")),
            Attribute(
                name="marketSegment",
                kind="reference[]",
                kept=True,
                read=_rule_refs("segment", "MarketSegment"),
            ),
            Attribute(name="place", kind="reference[]", kept=True, read=_rule_refs("unit", "Place")),
            *kept("string", "statusReason"),
            *kept("reference", "resourceCandidate serviceCandidate serviceLevelAgreement"),
            *kept("object[]", "agreement attachment"),
        ),
    )
)
