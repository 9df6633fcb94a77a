"""Documents under the person's own key, showing what is masked, and erasing a person."""

from datetime import date

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.events import DocumentAdded, DocumentChecked, PersonErased
from loopline.customers.models import (
    Address,
    ContactMedium,
    Customer,
    IdentityDocument,
    Merge,
    PersonKey,
    SearchToken,
)
from loopline.customers.rules import documents, masks
from loopline.customers.rules.tokens import number_tokens
from loopline.kernel import clock, formats, numbers, sealing
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require


class UnlikelyDocument(Refusal):
    """The number does not have the form or check digit of its kind."""

    code = "unlikely_document"
    sentence = _("This cannot be the number of such a document; please compare it with the original.")


class Erased(Refusal):
    """The person's key was destroyed; nothing of him can be sealed or read any more."""

    code = "erased"
    status = 410
    sentence = _("The personal data of this customer has been erased.")


STATES = ("unchecked", "verified", "rejected")


def add_document(
    *, actor: Actor, customer: Customer, kind: str, number: str, valid_to: date | None = None
) -> IdentityDocument:
    """Keep an identity document, sealed with the person's key. Raises UnlikelyDocument, Erased."""
    require(actor, "customers.edit")
    inputs.choice("document_kind", kind, list(documents.KINDS))
    plain = documents.tidy(inputs.text("document", number, required=True, longest=40))
    if not documents.is_right(kind, plain):
        raise UnlikelyDocument(field="document")
    row = queries.locked(customer)
    key = _key(row)
    mark = sealing.fingerprint(row.tenant_id, kind, plain)
    known = IdentityDocument.objects.filter(customer=row, kind=kind, fingerprint=mark).first()
    if known is not None:
        return known
    document = IdentityDocument.objects.create(
        customer=row,
        branch_id=row.branch_id,
        kind=kind,
        fingerprint=mark,
        sealed=sealing.seal(bytes(key.wrapped), plain),
        masked=masks.document(plain),
        valid_to=valid_to,
    )
    event = DocumentAdded(kind=kind, masked=document.masked, fingerprint=mark.hex())
    record(event, about=row, by=actor)
    return document


def check_document(*, actor: Actor, customer: Customer, document: str, state: str) -> IdentityDocument:
    """Note whether the bearer is who the document says 实名制: `verified`, `rejected`, or `unchecked` again."""
    require(actor, "customers.edit")
    inputs.choice("state", state, list(STATES))
    row = queries.locked(customer)
    paper = queries.own(IdentityDocument, row, document)
    if paper.state != state:
        told: dict[str, list[object]] = {"state": [paper.state, state]}
        paper.state = state
        paper.checked_by = "" if state == "unchecked" else actor.name
        paper.checked_at = None if state == "unchecked" else clock.now()
        paper.save(update_fields=["state", "checked_by", "checked_at"])
        event = DocumentChecked(kind=paper.kind, masked=paper.masked, changes=told)
        record(event, about=row, by=actor)
    return paper


def reveal(*, actor: Actor, customer: Customer, field: str, reason: str = "", address: str = "") -> str:
    """The clear value of a masked field, written into the audit.

    `field` is `name`, `birth_date`, or `medium:`, `document:` or `address:` with the public id of the row.
    """
    require(actor, "customers.reveal")
    value = _clear(customer, field, actor.country)
    AccessRecord.objects.create(
        kind="reveal",
        staff_id=actor.staff_id,
        staff_name=actor.name,
        customer_id=customer.pk,
        field=field.partition(":")[0],
        reason=reason[:200],
        address=address,
    )
    return value


def erase_person(*, actor: Actor, customer: Customer, reason: str) -> None:
    """Destroy the person's key and all that names or reaches him, in merged files too. What he used and paid stays."""
    require(actor, "customers.erase")
    told = inputs.text("reason", reason, required=True)
    row = queries.locked(customer)
    files = queries.together(row)
    for model in (PersonKey, IdentityDocument, ContactMedium, Address, SearchToken):
        model.objects.filter(customer__in=files).delete()
    for one in Customer.objects.filter(pk__in=files):
        tokens = number_tokens(one.number, actor.country)
        SearchToken.objects.bulk_create(
            [SearchToken(customer=one, branch_id=one.branch_id, token=token) for token in sorted(tokens)]
        )
    Customer.objects.filter(pk__in=files).update(
        name="—", sex="", birth_date=None, born_key=None, version=F("version") + 1
    )
    Merge.objects.filter(customer__in=files).update(kept=b"")
    record(PersonErased(reason=told), about=row, by=actor)


def _clear(customer: Customer, field: str, country: str) -> str:
    if field == "name":
        return customer.name
    if field == "birth_date":
        return formats.day(customer.birth_date)
    kind, _colon, public_id = field.partition(":")
    if kind == "medium":
        medium = queries.own(ContactMedium, customer, public_id)
        return numbers.national(medium.value, country) if medium.kind == "telephone" else medium.value
    if kind == "address":
        address = queries.own(Address, customer, public_id)
        return f"{address.region} {address.street} {address.postcode}".strip()
    if kind == "document":
        document = queries.own(IdentityDocument, customer, public_id)
        return sealing.unseal(bytes(_key(document.customer).wrapped), bytes(document.sealed))
    raise NotFound(field="field")


def _key(customer: Customer) -> PersonKey:
    key = PersonKey.objects.filter(customer=customer).first()
    if key is None:
        raise Erased
    return key
