"""Tickets as a file: the list with its filters, masked as on screen."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.cases import files, wording
from loopline.cases.models import Priority, Ticket
from loopline.cases.queries import tickets as queries
from loopline.customers import api as customers
from loopline.exports.api import Outgoing, Rows, bring, moment
from loopline.kernel import clock, formats
from loopline.kernel.permission import Actor

HEADS = (
    _("Ticket"), _("Title"), _("Kind"), _("Category"), _("Customer"), _("State"), _("Priority"),
    _("Worked on by"), _("Branch"), _("Opened"), _("Due"),
)  # fmt: skip


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Ticket]:
    wanted = queries.wanted_from(asked.dict())
    rows = queries.tickets(actor, wanted, clock.now()).select_related(*queries.RELATED)
    return rows.order_by("-id") if wanted.view == "closed" else rows.order_by("due_at", "id")


def _writer(actor: Actor) -> Callable[[Ticket], list[str]]:
    def cells(ticket: Ticket) -> list[str]:
        who = ticket.customer
        return [
            ticket.number,
            ticket.title,
            wording.kind_of(ticket),
            formats.named(ticket.category) if ticket.category else ticket.ticket_type,
            customers.masks.name(who.kind, who.name) if who else "",
            wording.state_of(ticket),
            str(Priority(ticket.priority).label),
            wording.handler_of(ticket),
            formats.named(ticket.branch),
            moment(ticket.opened_at, actor),
            moment(ticket.due_at, actor) if ticket.due_at < queries.FAR else "",
        ]

    return cells


def _all(actor: Actor, asked: QueryDict) -> QuerySet[Ticket]:
    return _rows(actor, asked).select_related(*files.RELATED)


def _told(actor: Actor) -> Callable[[Ticket], list[str]]:
    def cells(ticket: Ticket) -> list[str]:
        told = files.told_of(ticket, actor)
        return [told.get(name, "") for name in files.COLUMNS]

    return cells


bring(
    Outgoing(
        "tickets",
        _("Tickets"),
        "cases.work",
        Rows(HEADS, _rows, _writer),
        clear=Rows(files.COLUMNS, _all, _told),
        page="cases:list",
    )
)
