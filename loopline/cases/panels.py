"""Open tickets on a customer's page, with the way to a new one."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.cases import wording
from loopline.cases.models import Kind, State
from loopline.cases.queries import standards, tickets
from loopline.customers.panels import USE, Panel, Subject, panels
from loopline.kernel import clock
from loopline.kernel.pages import address_of


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that is open."""

    id: str
    number: str
    kind: str
    title: str
    state: str
    priority: str
    due_at: datetime | None
    handler: str
    bar: wording.Bar


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What is open."""

    tickets: list[OpenTicket]


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in words."""

    url: str
    icon: str
    title: str
    note: str
    state: str
    tone: str
    bar: wording.Bar


@dataclass(frozen=True, slots=True)
class TicketsPanel:
    """The open tickets."""

    title: str
    rows: list[TicketRow]
    new_url: str
    all_url: str


def gather(subject: Subject) -> TicketFacts:
    """The open tickets of the customer, in one query where there are none."""
    rows = tickets.open_of_customer(subject.files)
    if not rows:
        return TicketFacts([])
    calendars, now = standards.calendars(subject.actor.zone), clock.now()
    return TicketFacts(
        [
            OpenTicket(
                id=str(row.public_id),
                number=row.number,
                kind=row.kind,
                title=row.title,
                state=row.state,
                priority=row.priority,
                due_at=None if row.due_at == tickets.FAR else row.due_at,
                handler=wording.handler_of(row),
                bar=wording.bar(row, calendars, now),
            )
            for row in rows
        ]
    )


def show(subject: Subject, facts: TicketFacts) -> TicketsPanel:
    """The tickets as finished strings."""
    customer = subject.customer
    return TicketsPanel(
        title=_("Open tickets"),
        rows=[_row(ticket) for ticket in facts.tickets],
        new_url=reverse("cases:new", query={"customer": str(customer.public_id)}),
        all_url=reverse("cases:list", query={"view": "closed", "q": customer.number}),
    )


def _row(ticket: OpenTicket) -> TicketRow:

    return TicketRow(
        url=address_of("cases:one", ticket.id),
        icon=wording.KIND_ICONS[Kind(ticket.kind)],
        title=ticket.title,
        note=" · ".join(part for part in (ticket.number, ticket.handler) if part),
        state=str(State(ticket.state).label),
        tone=wording.STATE_TONES[State(ticket.state)],
        bar=ticket.bar,
    )


panels.add("tickets", Panel(USE, "cases/open.html", gather, show, permission="cases.work"), order=40)
