"""TMF622: what customers ask for. An order that names what we do not hold waits acknowledged, as it was sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from loopline.catalogue import api as catalogue
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.formats import named
from loopline.kernel.permission import Actor
from loopline.orders import api as orders
from loopline.subscriptions import api as subscriptions
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    MOVED_ON,
    Attribute,
    Resource,
    View,
    customer_of,
    kept,
    moment_of,
    register,
)
from loopline.tmf.engine.values import instant
from loopline.tmf.translate import parties as words

API = "productOrderingManagement"
ACTIONS = {"open": "add", "port_in": "add", "add_service": "add"} | dict.fromkeys(
    ("close", "port_out", "remove_service"), "delete"
)
NUMBERS = ("number", "msisdn", "telephonenumber", "phonenumber")
STATUSES = {"suspended": "suspend", "active": "resume"}


def _create(actor: Actor, body: dict[str, Any]) -> orders.Order:
    customer = customer_of(body)
    items, unknown = _items_of(actor, body["productOrderItem"], customer)
    if customer is None:
        unknown.insert(0, "relatedParty")
    about: dict[str, Any] = {
        "external_id": body.get("externalId", ""),
        "category": body.get("category", ""),
        "description": body.get("description", ""),
        "priority": body.get("priority", "4"),
        "requested_start": _moment(actor, body.get("requestedStartDate")),
        "requested_completion": _moment(actor, body.get("requestedCompletionDate")),
    }
    if customer is None or unknown:
        if customer is not None:
            about["customer_id"] = customer.pk
        branch = customer.branch_id if customer else customers.working_branch(actor, None)
        return orders.acknowledge_order(actor=actor, branch=branch, wanted=about, unknown=unknown)
    wanted = orders.WantedOrder(customer.public_id, tuple(items), "api", **about)
    return orders.accept_order(actor=actor, wanted=wanted, now=clock.now())


def _items_of(
    actor: Actor, sent: list[dict[str, Any]], customer: customers.Customer | None
) -> tuple[list[orders.WantedItem], list[str]]:
    """The items that can be understood, and what of the others is not known."""
    items, unknown = [], []
    for place, each in enumerate(sent):
        item = _item_of(each, customer)
        if isinstance(item, str):
            unknown.append(f"productOrderItem[{place}].{item}")
        else:
            items.append(item)
    return items, unknown


def _item_of(sent: dict[str, Any], customer: customers.Customer | None) -> orders.WantedItem | str:
    offering = _offering(sent)
    product: dict[str, Any] = sent["product"] if isinstance(sent.get("product"), dict) else {}
    line = _line(product, customer)
    told = _characteristics(product)
    action = str(sent.get("action", "")).lower()
    if action not in ("add", "modify", "delete"):
        return "action"
    kind = _kind(action, offering, told)
    if kind in ("open", "add_service") and offering is None:
        return "productOffering"
    if kind != "open" and line is None:
        return "product"
    number = next((told[name] for name in NUMBERS if name in told), "")
    if kind == "open" and offering is not None and offering.service in ("mobile", "fixed") and not number:
        return "product.productCharacteristic"
    detail = {"at_once": True} if kind == "close" else {}
    return orders.WantedItem(
        kind=kind,
        offering=offering.public_id if offering else None,
        subscription=line.public_id if line else None,
        number=number,
        iccid=told.get("iccid", ""),
        key=str(sent.get("id", "")),
        detail=detail,
    )


def _kind(action: str, offering: catalogue.Offering | None, told: Mapping[str, str]) -> str:
    is_service = offering is not None and offering.kind == catalogue.OfferingKind.ADD_ON
    if action == "add":
        return "add_service" if is_service else "open"
    if action == "delete":
        return "remove_service" if is_service else "close"
    if told.get("status", "").lower() in STATUSES:
        return STATUSES[told["status"].lower()]
    if any(name in told for name in NUMBERS):
        return "change_number"
    return "change_plan"


def _offering(sent: dict[str, Any]) -> catalogue.Offering | None:
    key = _uuid((sent.get("productOffering") or {}).get("id"))
    return catalogue.Offering.objects.filter(public_id=key).first() if key else None


def _line(product: dict[str, Any], customer: customers.Customer | None) -> subscriptions.Subscription | None:
    related = [each.get("id") for each in product.get("productRelationship", []) if isinstance(each, dict)]
    for told in (product.get("id"), *related):
        key = _uuid(told)
        if key is not None and customer is not None:
            found = subscriptions.Subscription.objects.filter(public_id=key, customer=customer).first()
            if found is not None:
                return found
    return None


def _characteristics(product: dict[str, Any]) -> dict[str, str]:
    listed = product.get("productCharacteristic") or []
    found = {
        str(each.get("name", "")).lower().replace(" ", ""): str(each.get("value", ""))
        for each in listed
        if isinstance(each, dict)
    }
    if product.get("status"):
        found["status"] = str(product["status"])
    return found


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _moment(actor: Actor, text: str | None) -> Any:
    return instant(text, actor.zone) if text else None


def _patch(actor: Actor, row: orders.Order, changes: dict[str, Any]) -> orders.Order:
    own = {
        "externalId": "external_id",
        "category": "category",
        "description": "description",
        "priority": "priority",
    }
    told: dict[str, Any] = {own[name]: changes[name] or "" for name in own if name in changes}
    if "requestedCompletionDate" in changes:
        told["requested_completion"] = _moment(actor, changes["requestedCompletionDate"])
    if changes.get("requestedStartDate"):
        told["not_before"] = _moment(actor, changes["requestedStartDate"])
    return orders.amend_order(actor=actor, order=row.public_id, version=None, changes=told, now=clock.now())


def _refresh(row: orders.Order, beside: dict[str, Any]) -> dict[str, Any]:
    """Our own items tell more than what was sent; items that wait have the order's state."""
    if row.items.all():
        return {name: value for name, value in beside.items() if name != "productOrderItem"}
    waiting = [
        {**each, "state": row.state} if isinstance(each, dict) else each
        for each in beside.get("productOrderItem", [])
    ]
    return {**beside, "productOrderItem": waiting} if waiting else beside


def _items(row: orders.Order, view: View) -> list[dict[str, Any]]:
    return [_item(item, view) for item in row.items.all()]


def _item(item: orders.OrderItem, view: View) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": item.key or str(item.position),
        "action": ACTIONS.get(item.kind, "modify"),
        "quantity": 1,
        "state": item.state,
        "@type": "ProductOrderItem",
    }
    if item.offering is not None:
        shown["productOffering"] = {
            "id": str(item.offering.public_id),
            "href": view.href("productCatalogManagement", "productOffering", item.offering.public_id),
            "name": named(item.offering),
        }
    if item.subscription is not None:
        key = item.subscription.public_id
        shown["product"] = {"id": str(key), "href": view.href("productInventory", "product", key)}
    if item.monthly:
        amount = {"unit": view.actor.currency, "value": item.monthly}
        shown["itemTotalPrice"] = [
            {
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "price": {"taxIncludedAmount": amount},
            }
        ]
    return shown


def _parties(row: orders.Order, view: View) -> list[dict[str, Any]]:
    return [words.party_of(row.customer, view, "customer")] if row.customer else []


def _total(row: orders.Order, view: View) -> list[dict[str, Any]] | None:
    told = [("oneTime", "", row.due_now), ("recurring", "month", row.monthly)]
    return [
        {"priceType": kind, "price": {"taxIncludedAmount": {"unit": view.actor.currency, "value": amount}}}
        | ({"recurringChargePeriod": period} if period else {})
        for kind, period, amount in told
        if amount
    ] or None


def _day(
    name: str, column: str, *, required: bool = False, settable: bool = True, changeable: bool = True
) -> Attribute:
    def read(row: orders.Order, view: View) -> str | None:
        return moment_of(getattr(row, column), view.actor.zone)

    return Attribute(
        name=name,
        kind="date-time",
        column=column,
        read=read,
        required=required,
        settable=settable,
        changeable=changeable,
    )


register(
    Resource(
        api=API,
        name="productOrder",
        about="What a customer asks for.",
        model=orders.Order,
        rows=orders.all_orders,
        see="orders.view",
        create=_create,
        patch=_patch,
        refresh=_refresh,
        is_personal=True,
        sort=("-pk",),
        events={
            "orders.accepted": CREATED,
            "orders.state_changed": MOVED_ON,
            "orders.amended": CHANGED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(name="state", column="state", required=True, settable=False, changeable=False),
            Attribute(
                name="productOrderItem",
                kind="object[]",
                kept=True,
                required=True,
                changeable=False,
                read=_items,
                paths={"state": "items__state", "productOffering.id": "items__offering__public_id"},
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                kept=True,
                required=True,
                read=_parties,
                paths={"id": "customer__public_id"},
            ),
            _day("orderDate", "created_at", required=True, settable=False, changeable=False),
            _day("completionDate", "completed_at", settable=False, changeable=False),
            _day("cancellationDate", "cancelled_at", settable=False, changeable=False),
            _day("expectedCompletionDate", "due_at", settable=False, changeable=False),
            _day("requestedStartDate", "requested_start"),
            _day("requestedCompletionDate", "requested_completion"),
            Attribute(name="cancellationReason", column="cancel_reason", settable=False, changeable=False),
            Attribute(name="externalId", column="external_id"),
            Attribute(name="category", column="category"),
            Attribute(name="description", column="description"),
            Attribute(name="priority", column="priority"),
            Attribute(name="orderTotalPrice", kind="object[]", read=_total, settable=False, changeable=False),
            *kept("string", "notificationContact"),
            *kept("reference", "billingAccount"),
            *kept("reference[]", "agreement channel payment quote productOfferingQualification"),
            *kept("note[]", "note"),
        ),
    )
)


def _cancel(actor: Actor, body: dict[str, Any]) -> orders.Cancellation:
    key = _uuid((body["productOrder"] or {}).get("id"))
    reason = str(body.get("cancellationReason", ""))
    if key is None or not orders.all_orders(actor).filter(public_id=key).exists():
        branch = customers.working_branch(actor, None)
        return orders.note_cancellation(actor=actor, branch=branch, reason=reason, now=clock.now())
    return orders.cancel_order(actor=actor, order=key, reason=reason, now=clock.now())


def _ended(row: orders.Cancellation, view: View) -> str | None:
    return moment_of(row.ended_at, view.actor.zone)


def _order_of(row: orders.Cancellation, view: View) -> dict[str, Any] | None:
    if row.order is None:
        return None
    return {"id": str(row.order.public_id), "href": view.href(API, "productOrder", row.order.public_id)}


register(
    Resource(
        api=API,
        name="cancelProductOrder",
        about="Somebody's wish that an order be cancelled.",
        model=orders.Cancellation,
        rows=orders.cancellations,
        see="orders.view",
        create=_cancel,
        sort=("-pk",),
        attributes=(
            Attribute(
                name="productOrder",
                kind="reference",
                kept=True,
                required=True,
                read=_order_of,
                paths={"id": "order__public_id"},
            ),
            Attribute(name="state", column="state", required=True, settable=False, changeable=False),
            Attribute(name="cancellationReason", column="reason"),
            Attribute(
                name="effectiveCancellationDate",
                kind="date-time",
                column="ended_at",
                read=_ended,
                settable=False,
                changeable=False,
            ),
            *kept("date-time", "requestedCancellationDate"),
        ),
    )
)
