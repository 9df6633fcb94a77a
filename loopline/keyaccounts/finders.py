"""Group customers for the search over everything: by their number, or by the name of their organisation."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.kernel import finding
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.permission import Actor
from loopline.keyaccounts.models import Group

SHORTEST = 2


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    text = wanted.text.replace(" ", "")
    if len(text) < SHORTEST:
        return []
    rows = Group.objects.filter(tenant_id=actor.tenant_id).select_related("customer", "parent__customer")
    found = list(rows.filter(finding.beginning("number", text.upper())).order_by("number")[:limit])
    if not found and not wanted.number:
        found = _named(rows, actor, wanted, limit)
    return [_hit(row) for row in found]


def _named(rows: QuerySet[Group], actor: Actor, wanted: Asked, limit: int) -> list[Group]:
    """Groups whose organisation the search for customers finds, in its order."""
    if not actor.may("customers.view"):
        return []
    keys = customers.search(actor, wanted.text).ids
    by_customer = {row.customer_id: row for row in rows.filter(customer_id__in=keys)}
    return [by_customer[key] for key in keys if key in by_customer][:limit]


def _hit(row: Group) -> Hit:
    parent = row.parent.customer if row.parent else None
    under = customers.masks.name(parent.kind, parent.name) if parent else ""
    detail = [row.number, _("Grade %(grade)s") % {"grade": row.grade}, row.industry, under]
    return Hit(
        customers.masks.name(row.customer.kind, row.customer.name),
        " · ".join(part for part in detail if part),
        reverse("keyaccounts:group", kwargs={"public_id": row.public_id}),
        "building",
    )


finders.add("groups", Finder(gettext_lazy("Group customers"), "keyaccounts.view", _find), order=25)
