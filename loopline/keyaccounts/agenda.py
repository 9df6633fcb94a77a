"""Visits and steps of care plans for the calendar: one's own, or those of one's unit."""

from datetime import datetime, time

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.agenda import MOST, Due, Source, Span, sources
from loopline.kernel.permission import Actor
from loopline.keyaccounts import wording
from loopline.keyaccounts.models import CareStep, Charge, Visit, VisitState


def _whose(actor: Actor, span: Span) -> list[int]:
    """Oneself, or the people of one's unit."""
    if not span.team:
        return [actor.staff_id]
    people = identity.Staff.objects.filter(unit_id=actor.unit_id, is_active=True)
    return list(people.values_list("pk", flat=True))


def _visits(actor: Actor, span: Span) -> list[Due]:
    rows = Visit.objects.filter(
        staff_id__in=_whose(actor, span),
        state=VisitState.PLANNED,
        planned_at__gte=span.start,
        planned_at__lt=span.end,
    )
    return [
        _visit(row) for row in rows.select_related("customer", "staff").order_by("planned_at", "id")[:MOST]
    ]


def _visit(row: Visit) -> Due:
    url = reverse("keyaccounts:visit", kwargs={"public_id": row.public_id})
    return Due(row.planned_at, row.purpose, _name(row.customer), formats.named(row.staff), url, "map-pin")


def _steps(actor: Actor, span: Span) -> list[Due]:
    first, last = span.start.astimezone(actor.zone).date(), span.end.astimezone(actor.zone).date()
    mine = Charge.objects.filter(staff_id__in=_whose(actor, span), until=None).select_related("staff")
    rows = CareStep.objects.filter(
        customer_id__in=mine.values("customer_id"),
        done_on=None,
        dropped=False,
        due_on__gte=first,
        due_on__lt=last,
    )
    found = list(rows.select_related("customer").order_by("due_on", "id")[:MOST])
    keepers = {
        row.customer_id: row.staff for row in mine.filter(customer_id__in=[row.customer_id for row in found])
    }
    return [_step(row, keepers, actor) for row in found]


def _step(row: CareStep, keepers: dict[int, identity.Staff], actor: Actor) -> Due:
    who = keepers.get(row.customer_id)
    return Due(
        at=datetime.combine(row.due_on, time(9), actor.zone),
        title=wording.care_title(row),
        detail=_name(row.customer),
        who=formats.named(who) if who else "",
        url=reverse("keyaccounts:file", kwargs={"public_id": row.customer.public_id}),
        icon="heart-handshake",
    )


def _name(customer: customers.Customer) -> str:
    return customers.masks.name(customer.kind, customer.name)


sources.add("visits", Source(_("Visits"), "keyaccounts.view", _visits))
sources.add("care", Source(_("Care"), "keyaccounts.view", _steps))
