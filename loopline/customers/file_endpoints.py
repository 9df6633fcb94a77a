"""The parts of a customer's file for programs: the actions of the screens, answered with the part as it is then."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from loopline.customers import api, panels
from loopline.customers.models import Account, Address, ContactMedium, IdentityDocument
from loopline.customers.rules import masks
from loopline.kernel.permission import caller

router = Router()


class PartOut(Schema):
    """A contact, document, address or account, masked. `field` is what `reveal` takes; empty: nothing to show."""

    id: UUID
    field: str = ""
    kind: str
    value: str
    status: str = ""
    preferred: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class HouseholdMemberOut(Schema):
    """A member of the customer's household or group, masked."""

    id: UUID
    number: str
    name: str
    role: str
    household: str
    kind: str


class CustomerFileOut(Schema):
    """The parts of a file. `not_to_be_served` is the reason, empty when he is served."""

    contacts: list[PartOut]
    addresses: list[PartOut]
    documents: list[PartOut]
    accounts: list[PartOut]
    household: list[HouseholdMemberOut]
    not_to_be_served: str


class ContactIn(Schema):
    """A way to reach the customer."""

    kind: Literal["telephone", "email", "wechat"]
    value: str = Field(max_length=200)
    valid_from: date | None = None
    valid_to: date | None = None


class AddressIn(Schema):
    """An address."""

    kind: Literal["home", "work", "billing", "installation"] = "home"
    region: str = Field(default="", max_length=200)
    street: str = Field(max_length=200)
    postcode: str = Field(default="", max_length=12)


class DocumentIn(Schema):
    """An identity document, in clear; it is sealed at once."""

    kind: str = Field(max_length=40)
    number: str = Field(max_length=40)
    valid_to: date | None = None


class CheckIn(Schema):
    """The outcome of the real-name check."""

    state: Literal["verified", "rejected", "unchecked"]


class ConsentIn(Schema):
    """What the customer agrees to, or not; `channel` is empty for purposes that have none."""

    purpose: str = Field(default="marketing", max_length=40)
    channel: str = Field(default="", max_length=40)
    granted: bool


class AccountIn(Schema):
    """A further account."""

    kind: Literal["billing", "settlement"] = "billing"
    name: str = Field(default="", max_length=200)
    payment_method: str = Field(default="", max_length=200)
    bill_day: int = Field(default=1, ge=1, le=28)


class MatchOut(Schema):
    """A file that may be of the same customer, masked, and why."""

    id: UUID
    number: str
    name: str
    branch: str
    reasons: list[str]


class MergeIn(Schema):
    """The file to be merged into this one, and the fields whose values are taken from it."""

    merged: UUID
    take: list[Literal["name", "sex", "birth_date", "tier", "life_cycle", "joined_on"]] = []
    version: int | None = None
    merged_version: int | None = None
    reason: str = Field(default="", max_length=200)


class MergeOut(Schema):
    """A merge: the id undoes it."""

    id: UUID
    survivor: UUID
    merged: UUID
    taken: list[str]


class FreeOut(Schema):
    """The file that stands alone again."""

    id: UUID
    number: str
    version: int


class StopIn(Schema):
    """Why the customer is not to be served, and until when (empty: until somebody lifts it)."""

    reason: Literal["fraud", "police", "real_name", "debt", "abuse", "other"]
    note: str = Field(default="", max_length=200)
    until: date | None = None


class ResumeIn(Schema):
    """Why the customer is served again."""

    reason: str = Field(max_length=200)


@router.get("/{uuid:public_id}/file", response=CustomerFileOut, summary="All parts of a customer's file")
def whole_file(request: HttpRequest, public_id: UUID) -> dict[str, Any]:
    """Contacts, addresses, documents, accounts, household; those of merged files too."""
    actor = caller(request)
    return parts_of(panels.Subject(api.by_public_id(actor, public_id), actor))


@router.post("/{uuid:public_id}/contacts", response=CustomerFileOut, summary="Add a contact")
def add_contact(request: HttpRequest, public_id: UUID, body: ContactIn) -> dict[str, Any]:
    """Add a way to reach the customer."""
    subject = _subject(request, public_id)
    api.add_contact(actor=subject.actor, customer=subject.customer, **body.dict())
    return parts_of(subject)


@router.post(
    "/{uuid:public_id}/contacts/{uuid:contact}/prefer", response=CustomerFileOut, summary="Prefer a contact"
)
def prefer_contact(request: HttpRequest, public_id: UUID, contact: UUID) -> dict[str, Any]:
    """Reach the customer here first."""
    subject = _subject(request, public_id)
    api.prefer_contact(actor=subject.actor, customer=subject.customer, contact=str(contact))
    return parts_of(subject)


@router.post(
    "/{uuid:public_id}/contacts/{uuid:contact}/end", response=CustomerFileOut, summary="End a contact"
)
def end_contact(request: HttpRequest, public_id: UUID, contact: UUID) -> dict[str, Any]:
    """The contact no longer holds."""
    subject = _subject(request, public_id)
    api.end_contact(actor=subject.actor, customer=subject.customer, contact=str(contact))
    return parts_of(subject)


@router.post("/{uuid:public_id}/addresses", response=CustomerFileOut, summary="Add an address")
def add_address(request: HttpRequest, public_id: UUID, body: AddressIn) -> dict[str, Any]:
    """Add an address."""
    subject = _subject(request, public_id)
    api.add_address(actor=subject.actor, customer=subject.customer, **body.dict())
    return parts_of(subject)


@router.post("/{uuid:public_id}/documents", response=CustomerFileOut, summary="Add an identity document")
def add_document(request: HttpRequest, public_id: UUID, body: DocumentIn) -> dict[str, Any]:
    """Keep a document, sealed."""
    subject = _subject(request, public_id)
    api.add_document(actor=subject.actor, customer=subject.customer, **body.dict())
    return parts_of(subject)


@router.post(
    "/{uuid:public_id}/documents/{uuid:document}/check", response=CustomerFileOut, summary="Check a document"
)
def check_document(request: HttpRequest, public_id: UUID, document: UUID, body: CheckIn) -> dict[str, Any]:
    """Note the outcome of the real-name check."""
    subject = _subject(request, public_id)
    api.check_document(
        actor=subject.actor, customer=subject.customer, document=str(document), state=body.state
    )
    return parts_of(subject)


@router.post("/{uuid:public_id}/consents", response={204: None}, summary="Note a customer's wish")
def decide_consent(request: HttpRequest, public_id: UUID, body: ConsentIn) -> Status[None]:
    """Note what the customer agrees to."""
    subject = _subject(request, public_id)
    decide = api.give_consent if body.granted else api.withdraw_consent
    decide(actor=subject.actor, customer=subject.customer, purpose=body.purpose, channel=body.channel)
    return Status(204, None)


@router.post("/{uuid:public_id}/accounts", response=CustomerFileOut, summary="Open an account")
def open_account(request: HttpRequest, public_id: UUID, body: AccountIn) -> dict[str, Any]:
    """Open a further account."""
    subject = _subject(request, public_id)
    api.open_account(actor=subject.actor, customer=subject.customer, **body.dict())
    return parts_of(subject)


@router.get("/{uuid:public_id}/matches", response=list[MatchOut], summary="Possible doubles of a customer")
def matches(request: HttpRequest, public_id: UUID) -> list[dict[str, object]]:
    """Files anywhere in the operator that may be of the same customer, masked, and why."""
    subject = _subject(request, public_id)
    return [api.shown_match(match) for match in api.doubles_of(subject.customer, subject.files)]


@router.post("/{uuid:public_id}/merges", response={201: MergeOut}, summary="Merge another file into this one")
def merge(request: HttpRequest, public_id: UUID, body: MergeIn) -> Status[dict[str, Any]]:
    """Merge; everything stays where it is, and the merged file answers 410 with its survivor."""
    subject = _subject(request, public_id)
    merged = api.by_public_id(subject.actor, body.merged)
    told = body.version is not None and body.merged_version is not None
    made = api.merge_customers(
        actor=subject.actor,
        survivor=subject.customer,
        merged=merged,
        take=body.take,
        versions=(body.version or 0, body.merged_version or 0) if told else None,
        reason=body.reason,
    )
    return Status(
        201, {"id": made.public_id, "survivor": public_id, "merged": body.merged, "taken": made.taken}
    )


@router.post("/{uuid:public_id}/merges/{uuid:merge}/undo", response=FreeOut, summary="Undo a merge")
def undo_merge(request: HttpRequest, public_id: UUID, merge: UUID) -> dict[str, Any]:
    """Let the merged file stand alone again."""
    subject = _subject(request, public_id)
    free = api.undo_merge(actor=subject.actor, customer=subject.customer, merge=str(merge))
    return {"id": free.public_id, "number": free.number, "version": free.version}


@router.post("/{uuid:public_id}/stop", response=CustomerFileOut, summary="Stop serving a customer")
def stop(request: HttpRequest, public_id: UUID, body: StopIn) -> dict[str, Any]:
    """Put the customer on the list of those not to be served."""
    subject = _subject(request, public_id)
    api.stop_service(actor=subject.actor, customer=subject.customer, **body.dict())
    return parts_of(subject)


@router.post("/{uuid:public_id}/resume", response=CustomerFileOut, summary="Serve a customer again")
def resume(request: HttpRequest, public_id: UUID, body: ResumeIn) -> dict[str, Any]:
    """Take the customer off the list."""
    subject = _subject(request, public_id)
    api.resume_service(actor=subject.actor, customer=subject.customer, reason=body.reason)
    return parts_of(subject)


def parts_of(subject: panels.Subject) -> dict[str, Any]:
    """Every part of a file as plain values, in a constant number of queries."""
    files, country = subject.files, subject.actor.country
    stop = api.stop_of(subject.customer, files)
    return {
        "contacts": [
            _part(
                row, "medium", masks.medium(row.kind, row.value, country), preferred=row.preferred,
                valid_from=row.valid_from, valid_to=row.valid_to,
            )
            for row in ContactMedium.objects.filter(customer__in=files).order_by("kind", "-preferred", "id")
        ],
        "addresses": [
            _part(row, "address", f"{row.region}{masks.street(row.street)}", valid_to=row.valid_to)
            for row in Address.objects.filter(customer__in=files).order_by("id")
        ],
        "documents": [
            _part(row, "document", row.masked, status=row.state, valid_to=row.valid_to)
            for row in IdentityDocument.objects.filter(customer__in=files).order_by("id")
        ],
        "accounts": [
            _part(row, "", row.number, status=row.status)
            for row in Account.objects.filter(customer__in=files).order_by("id")
        ],
        "household": [
            {
                "id": member.public_id,
                "number": member.number,
                "name": member.name,
                "role": member.role,
                "household": member.household,
                "kind": member.kind,
            }
            for member in api.members_of(files)
        ],
        "not_to_be_served": stop.reason if stop else "",
    }  # fmt: skip


def _part(
    row: ContactMedium | Address | IdentityDocument | Account, field: str, value: str, **more: Any
) -> dict[str, Any]:
    shown = f"{field}:{row.public_id}" if field else ""
    return {"id": row.public_id, "field": shown, "kind": row.kind, "value": value, **more}


def _subject(request: HttpRequest, public_id: UUID) -> panels.Subject:
    actor = caller(request)
    return panels.Subject(api.by_public_id(actor, public_id), actor)
