"""TMF637: what customers have. A product is a subscription; orders open, change and end it."""

from typing import Any

from loopline.kernel.formats import named
from loopline.kernel.permission import Actor, require
from loopline.subscriptions import api as subscriptions
from loopline.tmf.engine import CHANGED, Attribute, Resource, View, kept, moment_of, register
from loopline.tmf.translate import parties as words
from loopline.tmf.translate.accounts import account_ref

STATES = {
    "pre_provisioned": "created",
    "active": "active",
    "suspended_request": "suspended",
    "suspended_arrears": "suspended",
    "suspended_lost": "suspended",
    "suspended_operator": "suspended",
    "pre_terminated": "pendingTerminate",
    "terminated": "terminated",
    "ported_out": "terminated",
}


def _patch(actor: Actor, row: subscriptions.Subscription, changes: dict[str, Any]) -> None:
    """What a client may change is kept beside the subscription; the rest is an order's."""
    require(actor, "customers.edit")


def _number(row: subscriptions.Subscription, view: View) -> str | None:
    return words.shown_number(row.number, view) if row.number else None


def _characteristics(row: subscriptions.Subscription, view: View) -> list[dict[str, Any]]:
    own = {"service": row.service, "number": _number(row, view)} | row.characteristics
    return [
        {"name": name, "valueType": "string", "value": value}
        for name, value in own.items()
        if value is not None
    ]


def _offering(row: subscriptions.Subscription, view: View) -> dict[str, Any]:
    plan = row.offering
    if plan is None:
        return {"id": row.service, "name": row.service, "@referredType": "ProductOffering"}
    return {
        "id": str(plan.public_id),
        "href": view.href("productCatalogManagement", "productOffering", plan.public_id),
        "name": named(plan),
        "@referredType": "ProductOffering",
    }


def _account(row: subscriptions.Subscription, view: View) -> dict[str, str] | None:
    payer = subscriptions.payer_of(row)
    return account_ref(payer, view) if payer else None


def _price(row: subscriptions.Subscription, view: View) -> list[dict[str, Any]] | None:
    if row.monthly_fee is None:
        return None
    amount = {"unit": view.actor.currency, "value": row.monthly_fee}
    return [
        {
            "name": "monthly fee",
            "priceType": "recurring",
            "recurringChargePeriod": "month",
            "price": {"taxIncludedAmount": amount},
        }
    ]


def _term(row: subscriptions.Subscription, view: View) -> list[dict[str, Any]] | None:
    ends = moment_of(row.contract_ends_on, view.actor.zone)
    return [{"name": "contract", "validFor": {"endDateTime": ends}}] if ends else None


def _day(name: str, column: str) -> Attribute:
    def read(row: subscriptions.Subscription, view: View) -> str | None:
        return moment_of(getattr(row, column), view.actor.zone)

    return Attribute(name=name, kind="date-time", column=column, read=read, changeable=False)


register(
    Resource(
        api="productInventory",
        name="product",
        about="Something that a customer has: a line, a connection.",
        model=subscriptions.Subscription,
        rows=subscriptions.subscriptions,
        see="customers.view",
        patch=_patch,
        is_personal=True,
        events={"subscriptions.retention_offer_set": CHANGED, "tmf.attributes_changed": CHANGED},
        attributes=(
            Attribute(
                name="name",
                read=lambda row, view: named(row.offering) if row.offering else row.service,
                kept=True,
            ),
            Attribute(name="status", column="state", codes=STATES, required=True, changeable=False),
            Attribute(
                name="productSerialNumber",
                column="number",
                read=lambda row, view: row.number or None,
                mask=words.shown_number,
                changeable=False,
            ),
            Attribute(
                name="productCharacteristic",
                kind="characteristic[]",
                read=_characteristics,
                required=True,
                changeable=False,
            ),
            Attribute(
                name="productOffering",
                kind="reference",
                read=_offering,
                paths={"id": "offering__public_id", "name": "offering__name"},
                required=True,
                changeable=False,
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                read=lambda row, view: [words.party_of(row.customer, view, "customer")],
                paths={"id": "customer__public_id"},
                required=True,
                changeable=False,
            ),
            Attribute(
                name="billingAccount",
                kind="reference",
                read=_account,
                paths={"id": "account__public_id", "name": "account__number"},
                required=True,
                changeable=False,
            ),
            Attribute(name="productPrice", kind="object[]", read=_price, changeable=False),
            Attribute(name="productTerm", kind="object[]", read=_term, changeable=False),
            Attribute(name="isBundle", kind="boolean", kept=True, read=lambda row, view: False),
            Attribute(name="isCustomerVisible", kind="boolean", kept=True, read=lambda row, view: True),
            _day("startDate", "started_on"),
            _day("terminationDate", "ended_on"),
            *kept("string", "description"),
            *kept("date-time", "orderDate"),
            *kept("reference", "productSpecification"),
            *kept("reference[]", "realizingResource realizingService"),
            *kept("object[]", "agreement place product productOrderItem productRelationship"),
        ),
    )
)
