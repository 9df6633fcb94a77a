"""Tickets for the search over everything: by their number, or that of another system or the regulator."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.cases.models import Ticket
from loopline.customers import api as customers
from loopline.kernel import finding
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.permission import Actor

SHORTEST = 2


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    text = wanted.text.replace(" ", "")
    if len(text) < SHORTEST:
        return []
    fits = finding.beginning("number", text.upper()) | Q(external_id=text)
    fits |= Q(regulator_number=text, regulator=True)
    rows = Ticket.objects.filter(fits, tenant_id=actor.tenant_id).select_related("customer")
    return [_hit(row) for row in rows.order_by("-id")[:limit]]


def _hit(row: Ticket) -> Hit:
    who = customers.masks.name(row.customer.kind, row.customer.name) if row.customer else ""
    detail = " · ".join(part for part in (row.number, row.get_state_display(), who) if part)
    return Hit(row.title, detail, reverse("cases:one", kwargs={"public_id": row.public_id}), "ticket")


finders.add("tickets", Finder(_("Tickets"), "cases.work", _find), order=40)
