"""TMF666: a billing account is an account of ours; the other accounts, formats, media and cycles are kept."""

from typing import Any

from loopline.customers import api as customers
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    REQUIRED_NAME,
    Attribute,
    Resource,
    customer_of,
    keep,
    kept,
    moment_of,
    register,
    usually,
)
from loopline.tmf.translate import parties as words
from loopline.tmf.translate.strangers import file_of

API = "accountManagement"
SEE, EDIT, SET_UP = "customers.view", "customers.edit", "administration.organisation"

LAST_MODIFIED = Attribute(
    name="lastModified",
    kind="date-time",
    read=lambda row, view: moment_of(row.changed_at, view.actor.zone),
    column="changed_at",
    settable=False,
    changeable=False,
)
_COMMON = (
    *kept("string", "accountType description"),
    usually("state", "active"),
    *kept("object[]", "accountBalance accountRelationship contact taxExemption"),
    *kept("money", "creditLimit"),
    *kept("date-time", "lastModified"),
)
_PAYING = (
    *_COMMON,
    *kept("string", "paymentStatus"),
    *kept("object", "billStructure"),
    *kept("reference", "defaultPaymentMethod financialAccount"),
    *kept("object[]", "paymentPlan"),
)
_PARTIES = Attribute(name="relatedParty", kind="reference[]", required=True)


def _create(actor: Actor, body: dict[str, Any]) -> customers.Account:
    owner = customer_of(body) or file_of(actor, body["relatedParty"])
    return customers.open_account(actor=actor, customer=owner, name=body["name"])


def _patch(actor: Actor, row: customers.Account, changes: dict[str, Any]) -> None:
    """The name is ours; everything else that a client may change of an account is kept beside it."""
    require(actor, "customers.edit")
    if "name" in changes:
        customers.change_account(
            actor=actor,
            customer=row.customer,
            account=str(row.public_id),
            version=row.version,
            changes={"name": changes["name"]},
        )


register(
    Resource(
        api=API,
        name="billingAccount",
        about="Who pays: bills of all its subscriptions go to it.",
        model=customers.Account,
        rows=lambda actor: customers.accounts(actor).filter(kind="billing"),
        see="customers.view",
        create=_create,
        patch=_patch,
        is_personal=True,
        heard=lambda event: {"number": event.payload["number"]},
        events={
            "customers.account_opened": CREATED,
            "customers.account_changed": CHANGED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(
                name="name", column="name", read=lambda row, view: row.name or row.number, required=True
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                kept=True,
                required=True,
                read=lambda row, view: [words.party_of(row.customer, view, "owner")],
                paths={"id": "customer__public_id"},
            ),
            *_PAYING,
        ),
    )
)

for _name, _about in (
    ("partyAccount", "An account that a party has with the operator."),
    ("settlementAccount", "An account by which partners settle."),
):
    keep(API, _name, REQUIRED_NAME, _PARTIES, LAST_MODIFIED, *_PAYING, about=_about, see=SEE, edit=EDIT)
keep(
    API,
    "financialAccount",
    REQUIRED_NAME,
    LAST_MODIFIED,
    *_COMMON,
    *kept("reference[]", "relatedParty"),
    about="What is owed and paid, over several accounts.",
    see=SEE,
    edit=EDIT,
)
keep(
    API,
    "billFormat",
    REQUIRED_NAME,
    *kept("string", "description"),
    about="How a bill is laid out.",
    see=SEE,
    edit=SET_UP,
)
keep(
    API,
    "billPresentationMedia",
    REQUIRED_NAME,
    *kept("string", "description"),
    about="How a bill reaches its reader.",
    see=SEE,
    edit=SET_UP,
)
keep(
    API,
    "billingCycleSpecification",
    REQUIRED_NAME,
    *kept("string", "description billingPeriod frequency"),
    *kept(
        "integer",
        "billingDateShift chargeDateOffset creditDateOffset mailingDateOffset paymentDueDateOffset",
    ),
    *kept("period", "validFor"),
    about="When bills are made.",
    see=SEE,
    edit=SET_UP,
)
