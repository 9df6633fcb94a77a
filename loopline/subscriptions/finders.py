"""Subscriptions for the search over everything: by the beginning of their number."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import finding
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.permission import Actor
from loopline.subscriptions.models import Subscription

SHORTEST = 4


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    """The number in any spelling, with the country's code or without."""
    bare = wanted.number or wanted.folded
    if len(bare) < SHORTEST or not bare.isalnum():
        return []
    national = bare.removeprefix("00").lstrip("0")
    spellings = {bare, f"+{national}", f"+{actor.country}{national}", national}
    begins = Q()
    for spelling in spellings - {"", "+"}:
        begins |= finding.beginning("number", spelling)
    rows = Subscription.objects.filter(begins, tenant_id=actor.tenant_id).select_related("customer")
    return [_hit(actor, row) for row in rows.order_by("number", "id")[:limit]]


def _hit(actor: Actor, row: Subscription) -> Hit:
    number = customers.masks.medium("telephone", row.number, actor.country)
    who = customers.masks.name(row.customer.kind, row.customer.name)
    url = reverse("customers:view", kwargs={"public_id": row.customer.public_id})
    detail = " · ".join((row.get_service_display(), row.get_state_display(), who))
    return Hit(number, detail, url, "device-sim")


finders.add("subscriptions", Finder(_("Subscriptions"), "customers.view", _find), order=20)
