"""The customer file for programs: the same search, view and actions as on screen, masked in the same way."""

from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from loopline.customers import api, panels
from loopline.customers.file_endpoints import CustomerFileOut, parts_of
from loopline.customers.file_endpoints import router as file_router
from loopline.customers.models import Customer, Kind, LifeCycle
from loopline.customers.rules import masks
from loopline.kernel.permission import caller

router = Router()
router.add_router("", file_router)
MOST = 200
FIRST_SCREEN = ("have", "pay", "tickets", "said")
"""What somebody wants to see first of a caller: his lines, what he owes, open tickets, what was said lately."""


class CustomerOut(Schema):
    """A customer, masked."""

    id: UUID
    number: str
    kind: Kind
    name: str
    tier: str
    status: LifeCycle
    branch: str
    joined_on: date | None
    left_on: date | None
    version: int


class CandidateOut(Schema):
    """A file that may be of the same customer, masked, and why."""

    id: UUID
    number: str
    name: str
    branch: str
    reasons: list[str]


class CreatedOut(CustomerOut):
    """A new file, and others that may be of the same customer."""

    warnings: list[CandidateOut]


class CandidatesOut(Schema):
    """Nothing was opened: there are files that may be of the same customer."""

    code: str
    title: str
    candidates: list[CandidateOut] = []


class ListIn(Schema):
    """What to look for: `q` searches; `after` is the `next` of the page before."""

    q: str = Field(default="", max_length=100)
    status: str = ""
    tier: str = ""
    branch: str = ""
    risk: str = ""
    value: str = ""
    sort: str = "number"
    reverse: bool = False
    after: str = ""
    limit: int = Field(default=50, ge=1, le=MOST)


class CustomerPage(Schema):
    """A page of customers. `count` is a lower bound when `more` is true; `next` goes into `after`."""

    customers: list[CustomerOut]
    count: int
    more: bool
    previous: str
    next: str


class ContactOut(Schema):
    """A way to reach the customer, masked; `field` is what `reveal` takes."""

    field: str
    kind: str
    value: str


class ViewOut(Schema):
    """Everything about one customer: `panels` holds the facts of each panel of the unified view by name."""

    customer: CustomerOut
    contacts: list[ContactOut]
    file: CustomerFileOut
    panels: dict[str, Any]


class CallerIn(Schema):
    """The number, in any spelling, and the panels of the first screen, separated by commas."""

    number: str = Field(max_length=40)
    panels: str = Field(default=",".join(FIRST_SCREEN), max_length=200)


class CallersOut(Schema):
    """Who has the number. `panels` is filled where it is one customer: the facts of the panels by name."""

    customers: list[CustomerOut]
    panels: dict[str, Any]


class CustomerIn(Schema):
    """A new customer's file. `sure` opens it although others may be of the same customer, with a `reason`."""

    name: str = Field(max_length=200)
    kind: Kind = Kind.PERSON
    sex: str = ""
    birth_date: date | None = None
    tier: str = ""
    telephone: str = ""
    email: str = ""
    street: str = ""
    document_kind: str = ""
    document: str = ""
    sure: bool = False
    reason: str = Field(default="", max_length=200)


class ChangeIn(Schema):
    """What to change; what is left out stays. `version` is the one that was read."""

    version: int
    name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    life_cycle: LifeCycle | None = None
    tier: str | None = None


class RevealIn(Schema):
    """`name`, `birth_date`, or `medium:`, `document:`, `address:` with the id of the row; and why."""

    field: str = Field(max_length=80)
    reason: str = Field(default="", max_length=200)


class RevealedOut(Schema):
    """A value in clear. The look has been written into the audit."""

    field: str
    value: str


@router.get("", response=CustomerPage, summary="List or search customers")
def list_customers(request: HttpRequest, asked: Query[ListIn]) -> dict[str, Any]:
    """A page of the customers whom the caller may see; filters as in the list on screen."""
    panels.load()
    given = asked.dict(include={"status", "tier", "branch", "risk", "value"})
    chosen = {name: text.replace("\0", "") for name, text in given.items() if text}
    wanted = api.Wanted(
        asked.q.replace("\0", ""), chosen, asked.sort, asked.reverse, asked.after, "", asked.limit
    )
    page = api.list_page(caller(request), wanted)
    return {
        "customers": [_out(customer) for customer in page.customers],
        "count": page.count,
        "more": page.more,
        "previous": page.previous,
        "next": page.next,
    }


@router.get("/by-number", response=CallersOut, summary="Who has a telephone number")
def by_number(request: HttpRequest, asked: Query[CallerIn]) -> dict[str, Any]:
    """The visible customers whom this number reaches, and of a single one what the first screen shows, masked."""
    panels.load()
    actor = caller(request)
    found = api.having_number(actor, asked.number.replace("\0", ""))
    wanted = asked.panels.split(",") if len(found) == 1 else []
    parts = panels.gather(panels.Subject(found[0], actor), wanted) if wanted else []
    return {
        "customers": [_out(customer) for customer in found],
        "panels": {part.name: plain(part.facts) for part in parts},
    }


@router.post("", response={201: CreatedOut, 409: CandidatesOut}, summary="Open a customer's file")
def create(request: HttpRequest, body: CustomerIn) -> Status[dict[str, Any]]:
    """Open a file with a key of its own and a first account.

    409 names files that may be of the same customer, masked, and why; where the operator chose to be warned only, they
    come as `warnings` with the new file.
    """
    opened = api.open_file(actor=caller(request), **body.dict())
    return Status(
        201, _out(opened.customer) | {"warnings": [api.shown_match(match) for match in opened.matches]}
    )


@router.get("/{uuid:public_id}", response=ViewOut, summary="The unified view of a customer")
def view(request: HttpRequest, public_id: UUID) -> dict[str, Any]:
    """The same facts as on the customer's page, masked."""
    actor = caller(request)
    customer = api.by_public_id(actor, public_id)
    subject = panels.Subject(customer, actor)
    return {
        "customer": _out(customer),
        "contacts": _contacts(parts := parts_of(subject)),
        "file": parts,
        "panels": {part.name: plain(part.facts) for part in panels.gather(subject)},
    }


@router.patch("/{uuid:public_id}", response=CustomerOut, summary="Change a customer")
def change(request: HttpRequest, public_id: UUID, body: ChangeIn) -> dict[str, Any]:
    """Change some fields; refused when somebody else has changed the customer meanwhile."""
    actor = caller(request)
    customer = api.by_public_id(actor, public_id)
    changes = body.dict(exclude={"version"}, exclude_none=True)
    changed = api.change_customer(actor=actor, customer=customer, version=body.version, changes=changes)
    return _out(changed)


@router.post("/{uuid:public_id}/reveal", response=RevealedOut, summary="Show a masked value in clear")
def reveal(request: HttpRequest, public_id: UUID, body: RevealIn) -> dict[str, str]:
    """The clear value; who looked at what and when is kept for ever."""
    actor = caller(request)
    customer = api.by_public_id(actor, public_id)
    address = request.META.get("REMOTE_ADDR", "")
    value = api.reveal(actor=actor, customer=customer, field=body.field, reason=body.reason, address=address)
    return {"field": body.field, "value": value}


def plain(facts: Any) -> Any:
    """Facts as JSON knows them: money as text, moments in ISO 8601."""
    if is_dataclass(facts) and not isinstance(facts, type):
        return plain(asdict(facts))
    if isinstance(facts, dict):
        return {str(key): plain(value) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [plain(value) for value in facts]
    if isinstance(facts, Decimal | UUID):
        return str(facts)
    return facts.isoformat() if isinstance(facts, date | datetime) else facts


def _contacts(parts: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {name: part[name] for name in ("field", "kind", "value")}
        for part in [*parts["contacts"], *parts["documents"]]
    ]


def _out(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.public_id,
        "number": customer.number,
        "kind": customer.kind,
        "name": masks.name(customer.kind, customer.name),
        "tier": customer.tier,
        "status": customer.life_cycle,
        "branch": customer.branch.code,
        "joined_on": customer.joined_on,
        "left_on": customer.left_on,
        "version": customer.version,
    }
