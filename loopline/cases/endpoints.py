"""Tickets for programs: everything the screens do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from loopline.cases import api
from loopline.cases.models import Entry, Ticket
from loopline.cases.queries import tickets as queries
from loopline.cases.refusals import NotTheReceiver
from loopline.customers import api as customers
from loopline.documents import api as documents
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.permission import caller

router = Router()
PAGE = 50


class TicketOut(Schema):
    """A ticket. `due_at` is when the clock ends that runs now; none runs while the customer owes an answer."""

    id: UUID
    number: str
    kind: str
    category: str | None
    title: str
    description: str
    state: str
    state_reason: str
    pending_for: str
    priority: str
    severity: str
    channel: str
    customer: UUID | None
    branch: str
    unit: str | None
    assignee: str | None
    regulator: bool
    regulator_number: str
    external_id: str
    mass: bool
    place: str
    parent: UUID | None
    opened_at: datetime
    answered_at: datetime | None
    answer_due_at: datetime
    solved_at: datetime | None
    solution_due_at: datetime | None
    solution: str
    due_at: datetime | None
    closed_at: datetime | None
    confirmed: bool | None
    reopened: int
    version: int


class TicketEntryOut(Schema):
    """An entry of the time line; `public` ones are for the customer too."""

    id: UUID
    kind: str
    public: bool
    text: str
    state: str
    channel: str
    by: str
    at: datetime


class FileOut(Schema):
    """A file; its bytes are at `/documents/{id}`."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str


class TicketFull(TicketOut):
    """A ticket with its time line, the newest first, and its files."""

    entries: list[TicketEntryOut]
    files: list[FileOut]


class TicketPage(Schema):
    """Tickets, the most urgent first; `next` is the `after` of the following page."""

    items: list[TicketOut]
    next: str | None


class TicketQuery(Schema):
    """Which tickets: `view` is mine, unit, open, overdue, today, regulator, mass, solved or closed."""

    view: str = "open"
    q: str = ""
    kind: str = ""
    state: str = ""
    category: str = ""
    priority: str = ""
    after: str = ""


class TicketIn(Schema):
    """A ticket to be opened; what is left out is decided by the category (its code)."""

    title: str
    kind: str = ""
    category: str = ""
    description: str = ""
    channel: str = "web"
    customer: UUID | None = None
    contact: str = ""
    priority: str = ""
    severity: str = "Medium"
    external_id: str = ""
    regulator: bool = False
    regulator_number: str = ""
    mass: bool = False
    place: str = ""
    requested_for: datetime | None = None
    take: bool = False


class StepIn(Schema):
    """A step: the state to come, its reason (at `resolved` the solution), whom a pending one waits for."""

    to: str
    reason: str = ""
    pending_for: str = ""
    confirmed: bool | None = None
    version: int | None = None


class Words(Schema):
    """A note; `channel` makes it a reply to the customer on that channel."""

    text: str
    public: bool = False
    channel: str = ""


class Receiver(Schema):
    """To whom: the code of a unit, or a person's user name; with a note."""

    unit: str = ""
    person: str = ""
    note: str


class Parts(Schema):
    """Tickets that become part of a mass fault."""

    tickets: list[UUID]


class Count(Schema):
    """How many."""

    count: int


def _plain(ticket: Ticket) -> dict[str, Any]:
    same = (
        "number", "kind", "title", "description", "state", "state_reason", "pending_for", "priority", "severity",
        "channel", "regulator", "regulator_number", "external_id", "mass", "place", "opened_at", "answered_at",
        "answer_due_at", "solved_at", "solution_due_at", "solution", "closed_at", "confirmed", "reopened", "version",
    )  # fmt: skip
    return {
        **{name: getattr(ticket, name) for name in same},
        "id": ticket.public_id,
        "category": ticket.category.code if ticket.category else None,
        "customer": ticket.customer.public_id if ticket.customer else None,
        "branch": ticket.branch.code,
        "unit": ticket.unit.code if ticket.unit else None,
        "assignee": ticket.assignee.user_name if ticket.assignee else None,
        "parent": ticket.parent.public_id if ticket.parent else None,
        "due_at": None if ticket.due_at == queries.FAR else ticket.due_at,
    }


def _entry(entry: Entry) -> TicketEntryOut:
    return TicketEntryOut(
        id=entry.public_id,
        kind=entry.kind,
        public=entry.public,
        text=entry.text,
        state=entry.state,
        channel=entry.channel,
        by=str(entry.detail.get("author") or entry.by_name),
        at=entry.at,
    )


def _file(document: documents.Document) -> FileOut:
    return FileOut(
        id=document.public_id,
        name=document.name,
        media_type=document.media_type,
        size=document.size,
        sha256=document.sha256,
    )


def _full(request: HttpRequest, ticket: UUID) -> TicketFull:
    found = api.get_ticket(caller(request), ticket)
    return TicketFull(
        **_plain(found),
        entries=[_entry(entry) for entry in api.entries(found)],
        files=[_file(document) for document in documents.documents_of(found)],
    )


@router.get("/tickets", response=TicketPage)
def list_tickets(request: HttpRequest, wanted: Query[TicketQuery]) -> TicketPage:
    """Tickets of my branches, and those that my unit works on."""
    given = {name: value.replace("\0", "")[:100] for name, value in wanted.dict().items()}
    asked = api.Wanted(
        view=given["view"] if given["view"] in queries.VIEWS else "open",
        text=given["q"].strip(),
        kind=given["kind"],
        state=given["state"],
        category=given["category"],
        priority=given["priority"],
        after=queries.place_of(given["after"]),
    )
    found = api.page(caller(request), asked, clock.now(), PAGE)
    return TicketPage(
        items=[TicketOut(**_plain(row)) for row in found.rows],
        next=f"{found.next[0]}.{found.next[1]}" if found.next else None,
    )


@router.get("/tickets/{ticket}", response=TicketFull)
def get_ticket(request: HttpRequest, ticket: UUID) -> TicketFull:
    """One ticket with its time line and files."""
    return _full(request, ticket)


@router.post("/tickets", response={201: TicketFull})
def open_ticket(request: HttpRequest, given: TicketIn) -> Status[TicketFull]:
    """Open a ticket."""
    actor, parts = caller(request), given.dict()
    who = parts.pop("customer")
    customer = customers.by_public_id(actor, who) if who else None
    made = api.open_ticket(actor=actor, new=api.NewTicket(**parts, customer=customer), now=clock.now())
    return Status(201, _full(request, made.public_id))


@router.post("/tickets/{ticket}/step", response=TicketFull)
def step(request: HttpRequest, ticket: UUID, given: StepIn) -> TicketFull:
    """Bring a ticket into another state."""
    api.take_step(actor=caller(request), ticket=ticket, now=clock.now(), **given.dict())
    return _full(request, ticket)


@router.post("/tickets/{ticket}/notes", response={201: TicketFull})
def note(request: HttpRequest, ticket: UUID, given: Words) -> Status[TicketFull]:
    """Write a note, or answer the customer on a channel."""
    actor, now = caller(request), clock.now()
    if given.channel:
        api.reply(actor=actor, ticket=ticket, channel=given.channel, text=given.text, now=now)
    else:
        api.add_note(actor=actor, ticket=ticket, text=given.text, public=given.public, now=now)
    return Status(201, _full(request, ticket))


@router.post("/tickets/{ticket}/files", response={201: FileOut})
def attach(request: HttpRequest, ticket: UUID, file: File[UploadedFile]) -> Status[FileOut]:
    """Hang a file on a ticket: pictures, PDF, Office documents, text, recordings; at most 20 MB."""
    if file.size is None or file.size > documents.LARGEST:
        raise documents.TooLarge(field="file", most=documents.LARGEST // 2**20)
    made = api.attach_file(
        actor=caller(request), ticket=ticket, name=file.name or "", content=file.read(), now=clock.now()
    )
    return Status(201, _file(made))


@router.post("/tickets/{ticket}/take", response=TicketFull)
def take(request: HttpRequest, ticket: UUID) -> TicketFull:
    """Make a ticket my own."""
    api.take_ticket(actor=caller(request), ticket=ticket, now=clock.now())
    return _full(request, ticket)


@router.post("/tickets/{ticket}/hand-over", response={204: None})
def hand_over(request: HttpRequest, ticket: UUID, to: Receiver) -> Status[None]:
    """Give a ticket to a unit or a person. Whoever gave it may not see it any more: nothing is answered."""
    unit = identity.Unit.objects.filter(code=to.unit).first() if to.unit else None
    person = identity.Staff.objects.filter(user_name__iexact=to.person).first() if to.person else None
    if (to.unit and unit is None) or (to.person and person is None):
        raise NotTheReceiver(field="unit" if to.unit else "person")
    api.hand_over(
        actor=caller(request),
        ticket=ticket,
        unit=unit.pk if unit else None,
        person=person.pk if person else None,
        note=to.note,
        now=clock.now(),
    )
    return Status(204, None)


@router.post("/tickets/{ticket}/parts", response=Count)
def link_parts(request: HttpRequest, ticket: UUID, parts: Parts) -> Count:
    """Make tickets part of a mass fault."""
    now = clock.now()
    return Count(
        count=api.link_children(actor=caller(request), parent=ticket, children=parts.tickets, now=now)
    )


@router.post("/tickets/{ticket}/notices", response=Count)
def notice(request: HttpRequest, ticket: UUID, given: Words) -> Count:
    """Tell every customer of a mass fault how it stands."""
    return Count(
        count=api.give_notice(actor=caller(request), parent=ticket, text=given.text, now=clock.now())
    )
