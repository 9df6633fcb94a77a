"""TMF629: a customer is a party with a contract, and the same file (ADR 10)."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel.errors import Conflict
from loopline.kernel.permission import Actor, require
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
    state_or_change,
)
from loopline.tmf.translate import parties as words
from loopline.tmf.translate.accounts import account_ref

STATES = {"active": "active", "at_risk": "atRisk", "lost": "lost", "won_back": "wonBack"}


class IsCustomer(Conflict):
    """The party has this role."""

    code = "is_customer"
    sentence = _("This party is a customer already: %(number)s.")


class HasSubscriptions(Conflict):
    """Somebody who uses something does not stop being a customer."""

    code = "has_subscriptions"
    sentence = _("This customer has subscriptions. End them first.")


def _rows(actor: Actor) -> QuerySet[customers.Customer]:
    return customers.parties(actor).exclude(life_cycle=customers.LifeCycle.PROSPECT)


def _prepare(found: list[customers.Customer], view: View) -> dict[str, dict[int, list[Any]]]:
    keys = [row.pk for row in found]
    return {"media": customers.contacts_of(keys), "accounts": customers.accounts_of(keys)}


def _accounts(row: customers.Customer, view: View) -> list[dict[str, str]] | None:
    return [account_ref(each, view) for each in view.data["accounts"].get(row.pk, [])] or None


def _create(actor: Actor, body: dict[str, Any]) -> customers.Customer:
    party = customer_of(body)
    if party is not None and body["engagedParty"].get("id") == str(party.public_id):
        return _take_up(actor, party)
    kind = "person" if body["engagedParty"].get("@referredType") == "Individual" else "organisation"
    row = customers.create_customer(actor=actor, name=body["name"], kind=kind, **words.first_media(body))
    words.add_media(actor, row, body.get("contactMedium") or [])
    return row


def _take_up(actor: Actor, party: customers.Customer) -> customers.Customer:
    """A prospect becomes a customer."""
    if party.life_cycle != customers.LifeCycle.PROSPECT:
        raise IsCustomer(number=party.number, field="engagedParty")
    return _live(actor, party, customers.LifeCycle.ACTIVE)


def _patch(actor: Actor, row: customers.Customer, changes: dict[str, Any]) -> None:
    require(actor, "customers.edit")
    own: dict[str, object] = {}
    if "name" in changes:
        own["name"] = changes["name"]
    if changes.get("status"):
        own["life_cycle"] = next(code for code, word in STATES.items() if word == changes["status"])
    if own:
        customers.change_customer(actor=actor, customer=row, version=row.version, changes=own)
    words.add_media(actor, row, changes.get("contactMedium") or [])


def _delete(actor: Actor, row: customers.Customer) -> None:
    """He stays a party, as a prospect."""
    if subscriptions.count_of(row.pk):
        raise HasSubscriptions
    _live(actor, row, customers.LifeCycle.PROSPECT)


def _live(actor: Actor, row: customers.Customer, cycle: str) -> customers.Customer:
    changes: dict[str, object] = {"life_cycle": cycle}
    return customers.change_customer(actor=actor, customer=row, version=row.version, changes=changes)


def _since(row: customers.Customer, view: View) -> dict[str, str] | None:
    zone = view.actor.zone
    ends = {"startDateTime": moment_of(row.joined_on, zone), "endDateTime": moment_of(row.left_on, zone)}
    return {name: value for name, value in ends.items() if value} or None


register(
    Resource(
        api=words.CUSTOMER,
        name="customer",
        about="A person or organisation with whom there is a contract.",
        model=customers.Customer,
        rows=_rows,
        prepare=_prepare,
        see="customers.view",
        create=_create,
        patch=_patch,
        delete=_delete,
        is_personal=True,
        events={
            "customers.created": CREATED,
            "customers.changed": state_or_change("life_cycle"),
            "customers.contact_added": CHANGED,
            "customers.contact_changed": CHANGED,
            "customers.life_cycle_moved": MOVED_ON,
            "customers.account_opened": CHANGED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(
                name="name",
                column="name",
                read=words.shown_name,
                mask=lambda value, view: value,
                required=True,
            ),
            Attribute(
                name="status",
                column="life_cycle",
                codes=STATES,
                settable=False,
                among=tuple(STATES.values()),
            ),
            Attribute(
                name="engagedParty",
                kind="reference",
                kept=True,
                required=True,
                read=words.party_of,
                paths={"id": "public_id"},
            ),
            Attribute(
                name="contactMedium",
                kind="object[]",
                read=lambda row, view: words.media_of(row, view, view.data["media"].get(row.pk, [])),
                keeps=words.other_media,
            ),
            Attribute(name="account", kind="reference[]", kept=True, read=_accounts),
            Attribute(name="validFor", kind="period", kept=True, read=_since),
            *kept("string", "statusReason"),
            *kept("reference[]", "agreement paymentMethod relatedParty"),
            *kept("characteristic[]", "characteristic"),
            *kept("object[]", "creditProfile"),
        ),
    )
)
