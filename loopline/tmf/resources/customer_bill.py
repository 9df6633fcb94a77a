"""TMF678: bills as billing has delivered them. Nothing here makes a bill; holding one is noted beside it."""

from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, Value

from loopline.billing import api as billing
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    Attribute,
    Resource,
    View,
    keep,
    kept,
    moment_of,
    register,
    usually,
)
from loopline.tmf.engine.query import uuid_of
from loopline.tmf.translate import parties as words
from loopline.tmf.translate.accounts import account_ref, money

API = "customerBillManagement"
ALWAYS = Value(True, output_field=BooleanField())
STATES = ("new", "onHold", "validated", "sent", "partiallyPaid", "settled")


def _period(row: billing.Bill, view: View) -> dict[str, str | None]:
    following = (row.month + timedelta(days=31)).replace(day=1)
    zone = view.actor.zone
    return {"startDateTime": moment_of(row.month, zone), "endDateTime": moment_of(following, zone)}


def _number(row: billing.Bill) -> str:
    return f"{row.month:%Y%m}-{row.pk}"


def _statement(row: billing.Bill, view: View) -> list[dict[str, str]]:
    """Where the lines of a bill are read."""
    number = _number(row)
    return [
        {
            "id": number,
            "name": f"Bill {number}",
            "attachmentType": "statement",
            "mimeType": "application/json",
            "url": f"{view.href(API, 'appliedCustomerBillingRate', '')[:-1]}?bill.id={row.pk}",
        }
    ]


def _patch(actor: Actor, row: billing.Bill, changes: dict[str, Any]) -> None:
    """The state alone can be changed, and is kept beside the bill."""
    require(actor, "customers.edit")


def _day(name: str, column: str) -> Attribute:
    def read(row: billing.Bill, view: View) -> str | None:
        return moment_of(getattr(row, column), view.actor.zone)

    return Attribute(name=name, kind="date-time", column=column, read=read, changeable=False)


def _party(row: billing.Bill, view: View) -> list[dict[str, Any]]:
    return [words.party_of(row.customer, view, "payer")]


_OWNER = (
    Attribute(
        name="billingAccount",
        kind="reference",
        read=lambda row, view: account_ref(row.account, view),
        paths={"id": "account__public_id", "name": "account__number"},
        changeable=False,
    ),
)

register(
    Resource(
        api=API,
        name="customerBill",
        about="A bill for a month.",
        model=billing.Bill,
        rows=billing.bills,
        key="pk",
        see="customers.view",
        patch=_patch,
        events={"tmf.attributes_changed": "StateChange"},
        attributes=(
            Attribute(name="billNo", read=lambda row, view: _number(row), changeable=False),
            usually("category", "normal", changeable=False),
            usually("runType", "onCycle", changeable=False),
            usually("state", "sent", among=STATES),
            _day("billDate", "month"),
            _day("paymentDueDate", "due_on"),
            Attribute(name="billingPeriod", kind="period", read=_period, changeable=False),
            Attribute(
                name="amountDue",
                kind="money",
                read=lambda row, view: money(row.amount, view),
                paths={"value": "amount"},
                changeable=False,
            ),
            Attribute(
                name="taxIncludedAmount",
                kind="money",
                read=lambda row, view: money(row.amount, view),
                paths={"value": "amount"},
                changeable=False,
            ),
            Attribute(
                name="billDocument",
                kind="object[]",
                read=_statement,
                required=True,
                changeable=False,
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                read=_party,
                paths={"id": "customer__public_id"},
                changeable=False,
            ),
            *kept("date-time", "lastUpdate nextBillDate"),
            *kept("object[]", "appliedPayment taxItem"),
            *kept("reference", "financialAccount paymentMethod"),
            *kept("money", "remainingAmount taxExcludedAmount"),
            *_OWNER,
        ),
    )
)


def _parts(row: billing.Bill, view: View) -> list[dict[str, Any]]:
    parts = {"monthlyFee": row.monthly_fee, "usageCharge": row.usage_charge, "discount": -row.discount}
    return [{"name": name, "valueType": "number", "value": value} for name, value in parts.items() if value]


register(
    Resource(
        api=API,
        name="appliedCustomerBillingRate",
        about="What a subscription was charged on a bill.",
        model=billing.Bill,
        rows=billing.bills,
        key="pk",
        see="customers.view",
        attributes=(
            Attribute(name="name", read=lambda row, view: f"{row.month:%Y-%m}"),
            Attribute(name="type", read=lambda row, view: "subscription"),
            Attribute(
                name="isBilled",
                kind="boolean",
                column=ALWAYS,
                read=lambda row, view: True,
                required=True,
            ),
            _day("date", "month"),
            Attribute(
                name="bill",
                kind="reference",
                read=lambda row, view: {
                    "id": str(row.pk),
                    "href": view.href(API, "customerBill", row.pk),
                    "@referredType": "CustomerBill",
                },
                paths={"id": "pk"},
            ),
            Attribute(
                name="product",
                kind="reference",
                read=lambda row, view: {
                    "id": str(row.subscription.public_id),
                    "href": view.href("productInventory", "product", row.subscription.public_id),
                    "@referredType": "Product",
                },
                paths={"id": "subscription__public_id"},
            ),
            Attribute(name="periodCoverage", kind="period", read=_period),
            Attribute(
                name="taxIncludedAmount",
                kind="money",
                read=lambda row, view: money(row.amount, view),
                paths={"value": "amount"},
            ),
            Attribute(name="characteristic", kind="characteristic[]", read=_parts),
            *kept("string", "description"),
            *kept("object[]", "appliedTax"),
            *kept("money", "taxExcludedAmount"),
            *_OWNER,
        ),
    )
)


def _answer(actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """The newest bill of the account is the answer; what is not here cannot be billed."""
    asked = uuid_of(str((body.get("billingAccount") or {}).get("id", "")))
    account = customers.accounts(actor).filter(public_id=asked).first() if asked else None
    bill = billing.latest_bill_of(actor, account.pk) if account else None
    answer = {"state": "done", "customerBill": {"id": str(bill.pk)}} if bill else {"state": "rejected"}
    return {**body, **answer, "lastUpdate": moment_of(clock.now(), actor.zone)}


keep(
    API,
    "customerBillOnDemand",
    Attribute(name="billingAccount", kind="reference", required=True, changeable=False),
    *kept("string", "name description lastUpdate state"),
    *kept("reference", "customerBill relatedParty"),
    see="customers.view",
    edit="customers.edit",
    complete=_answer,
    delete=False,
    change=False,
    about="A bill asked for out of its turn: answered with the newest there is.",
)
