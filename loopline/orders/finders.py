"""Orders for the search over everything: by the beginning of their number."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import finding
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.permission import Actor
from loopline.orders.models import Order

SHORTEST = 2


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    text = wanted.text.upper().replace(" ", "")
    if len(text) < SHORTEST:
        return []
    rows = Order.objects.filter(finding.beginning("number", text), tenant_id=actor.tenant_id)
    return [_hit(row) for row in rows.select_related("customer").order_by("number")[:limit]]


def _hit(row: Order) -> Hit:
    who = customers.masks.name(row.customer.kind, row.customer.name) if row.customer else ""
    detail = " · ".join(part for part in (row.get_state_display(), who) if part)
    return Hit(
        row.number, detail, reverse("orders:one", kwargs={"public_id": row.public_id}), "shopping-cart"
    )


finders.add("orders", Finder(_("Orders"), "orders.view", _find), order=30)
