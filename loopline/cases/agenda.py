"""Tickets whose next clock ends, for the calendar: one's own, or those of one's unit."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.cases.models import Ticket
from loopline.kernel import formats
from loopline.kernel.agenda import MOST, Due, Source, Span, sources
from loopline.kernel.permission import Actor


def _find(actor: Actor, span: Span) -> list[Due]:
    whose = {"unit_id": actor.unit_id} if span.team else {"assignee_id": actor.staff_id}
    rows = Ticket.objects.filter(is_open=True, due_at__gte=span.start, due_at__lt=span.end, **whose)
    return [_due(row) for row in rows.select_related("assignee").order_by("due_at", "id")[:MOST]]


def _due(row: Ticket) -> Due:
    who = formats.named(row.assignee) if row.assignee else ""
    url = reverse("cases:one", kwargs={"public_id": row.public_id})
    return Due(row.due_at, row.title, row.number, who, url, "ticket")


sources.add("tickets", Source(_("Tickets"), "cases.work", _find))
