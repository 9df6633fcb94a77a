"""TMF632: a person or an organisation is a customer's file; without a contract it is a prospect's (ADR 10)."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import numbers
from loopline.kernel.errors import Conflict
from loopline.kernel.permission import Actor, require
from loopline.subscriptions import api as subscriptions
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    Attribute,
    Resource,
    View,
    kept,
    moment_of,
    register,
    state_or_change,
    usually,
)
from loopline.tmf.engine.resource import Kind
from loopline.tmf.engine.values import instant
from loopline.tmf.translate import parties as words
from loopline.tmf.translate.strangers import open_prospect

SEX = {"F": "female", "M": "male"}
DOCUMENTS = {
    "nationalid": "identity_card",
    "identitycard": "identity_card",
    "passport": "passport",
    "residencepermit": "residence_permit",
    "creditcode": "credit_code",
}
EVENTS: dict[str, Kind] = {
    "customers.created": CREATED,
    "customers.changed": state_or_change("life_cycle"),
    "customers.contact_added": CHANGED,
    "customers.contact_changed": CHANGED,
    "customers.document_added": CHANGED,
    "tmf.attributes_changed": CHANGED,
}


class HasContract(Conflict):
    """Somebody with a contract."""

    code = "has_contract"
    sentence = _("This party has contracts. End them first.")


def _rows(kind: str) -> Callable[[Actor], QuerySet[customers.Customer]]:
    return lambda actor: customers.parties(actor).filter(kind=kind)


def _prepare(found: list[customers.Customer], view: View) -> dict[str, dict[int, list[Any]]]:
    keys = [row.pk for row in found]
    return {"media": customers.contacts_of(keys), "documents": customers.documents_of(keys)}


def _media(row: customers.Customer, view: View) -> Any:
    return words.media_of(row, view, view.data["media"].get(row.pk, []))


def _documents(row: customers.Customer, view: View) -> Any:
    found = view.data["documents"].get(row.pk, [])
    return [{"identificationType": each.kind, "identificationId": each.masked} for each in found] or None


def _open(actor: Actor, kind: str, name: str, body: dict[str, Any], **known: Any) -> customers.Customer:
    """Open a prospect's file with what is sent; what is none of ours stays in the body."""
    paper = next(iter(_papers(body)), ("", ""))
    known |= words.first_media(body) | {"document_kind": paper[0], "document": paper[1]}
    row = open_prospect(actor, kind, name, **known)
    _add(actor, row, body)
    return row


def _add(actor: Actor, row: customers.Customer, body: dict[str, Any]) -> None:
    words.add_media(actor, row, body.get("contactMedium") or [])
    for kind, number in _papers(body):
        customers.add_document(actor=actor, customer=row, kind=kind, number=number)


def _papers(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and number of the identity documents sent in clear."""
    for name in ("individualIdentification", "organizationIdentification"):
        for paper in body.get(name) or []:
            number = str(paper.get("identificationId") or "")
            word = str(paper.get("identificationType") or "").replace("_", "").replace(" ", "").lower()
            if number and not numbers.looks_masked(number):
                yield DOCUMENTS.get(word, "other"), number


def _delete(actor: Actor, row: customers.Customer) -> None:
    if subscriptions.count_of(row.pk):
        raise HasContract
    customers.erase_person(actor=actor, customer=row, reason="Deleted through the party API")


# Persons


def _create_person(actor: Actor, body: dict[str, Any]) -> customers.Customer:
    name = words.join_name(body["familyName"], body["givenName"])
    return _open(actor, "person", name, body, sex=_sex(body), birth_date=_birthday(actor, body))


def _change_person(actor: Actor, row: customers.Customer, changes: dict[str, Any]) -> None:
    require(actor, "customers.edit")
    own: dict[str, object] = {}
    if {"familyName", "givenName"} & set(changes):
        family, given = words.split_name(row.name)
        own["name"] = words.join_name(changes.get("familyName") or family, changes.get("givenName") or given)
    if "gender" in changes:
        own["sex"] = _sex(changes)
    if "birthDate" in changes:
        own["birth_date"] = _birthday(actor, changes)
    if own:
        customers.change_customer(actor=actor, customer=row, version=row.version, changes=own)
    _add(actor, row, changes)


def _sex(body: dict[str, Any]) -> str:
    return {word: code for code, word in SEX.items()}.get(str(body.get("gender", "")).lower(), "")


def _birthday(actor: Actor, body: dict[str, Any]) -> Any:
    moment = instant(body["birthDate"], actor.zone) if body.get("birthDate") else None
    return moment.astimezone(actor.zone).date() if moment else None


def _fresh(row: customers.Customer, beside: dict[str, Any]) -> dict[str, Any]:
    """A name sent in parts holds until the name is changed elsewhere."""
    if words.join_name(beside.get("familyName", ""), beside.get("givenName", "")) == row.name:
        return beside
    return {name: value for name, value in beside.items() if name not in ("familyName", "givenName")}


def _masked(value: Any, view: View) -> Any:
    return value[:1] + "*" * (len(value) - 1) if isinstance(value, str) else None


def _hidden(value: Any, view: View) -> None:
    return None


register(
    Resource(
        api=words.PARTY,
        name="individual",
        about="A person.",
        model=customers.Customer,
        rows=_rows("person"),
        prepare=_prepare,
        see="customers.view",
        create=_create_person,
        patch=_change_person,
        delete=_delete,
        refresh=_fresh,
        is_personal=True,
        events=EVENTS,
        attributes=(
            Attribute(
                name="familyName",
                column=words.family_column(),
                read=lambda row, view: words.split_name(row.name)[0],
                kept=True,
                required=True,
                mask=_masked,
            ),
            Attribute(
                name="givenName",
                column=words.given_column(),
                read=lambda row, view: words.split_name(row.name)[1],
                kept=True,
                required=True,
                mask=lambda value, view: "*" * len(value),
            ),
            Attribute(
                name="fullName",
                column="name",
                settable=False,
                changeable=False,
                mask=lambda value, view: customers.masks.name("person", value),
            ),
            Attribute(name="gender", column="sex", codes={**SEX, "": None}),
            Attribute(
                name="birthDate",
                kind="date-time",
                column="birth_date",
                read=lambda row, view: moment_of(row.birth_date, view.actor.zone),
                mask=_hidden,
            ),
            Attribute(name="contactMedium", kind="object[]", read=_media, keeps=words.other_media),
            Attribute(name="individualIdentification", kind="object[]", read=_documents),
            usually("status", "validated"),
            *kept(
                "string",
                "aristocraticTitle countryOfBirth familyNamePrefix formattedName generation legalName location "
                "maritalStatus middleName nationality placeOfBirth preferredGivenName title",
                mask=_hidden,
            ),
            *kept("date-time", "deathDate", mask=_hidden),
            *kept(
                "object[]",
                "creditRating disability externalReference languageAbility otherName skill taxExemptionCertificate",
                mask=_hidden,
            ),
            *kept("characteristic[]", "partyCharacteristic", mask=_hidden),
            *kept("reference[]", "relatedParty"),
        ),
    )
)


# Organisations


def _create_organisation(actor: Actor, body: dict[str, Any]) -> customers.Customer:
    return _open(actor, "organisation", body["tradingName"], body)


def _change_organisation(actor: Actor, row: customers.Customer, changes: dict[str, Any]) -> None:
    require(actor, "customers.edit")
    if "tradingName" in changes:
        own: dict[str, object] = {"name": changes["tradingName"]}
        customers.change_customer(actor=actor, customer=row, version=row.version, changes=own)
    _add(actor, row, changes)


register(
    Resource(
        api=words.PARTY,
        name="organization",
        about="A company or other organisation.",
        model=customers.Customer,
        rows=_rows("organisation"),
        prepare=_prepare,
        see="customers.view",
        create=_create_organisation,
        patch=_change_organisation,
        delete=_delete,
        events=EVENTS,
        attributes=(
            Attribute(name="tradingName", column="name", required=True),
            Attribute(name="contactMedium", kind="object[]", read=_media, keeps=words.other_media),
            Attribute(name="organizationIdentification", kind="object[]", read=_documents),
            usually("status", "validated"),
            *kept("string", "name nameType organizationType"),
            *kept("boolean", "isHeadOffice isLegalEntity"),
            *kept("period", "existsDuring"),
            *kept("object", "organizationParentRelationship"),
            *kept(
                "object[]",
                "creditRating externalReference organizationChildRelationship otherName taxExemptionCertificate",
            ),
            *kept("characteristic[]", "partyCharacteristic"),
            *kept("reference[]", "relatedParty"),
        ),
    )
)
